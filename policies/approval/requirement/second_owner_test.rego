package meshwarden.approval.requirement.second_owner_test

import data.meshwarden.approval.requirement.second_owner

facts := {
	"agreement": {"max_classification": "restricted"},
	"approvals": [{"signs_as": "owner"}, {"signs_as": "second owner"}],
}

# what is below restricted needs no second owner, so nothing but its classification is read
below := {"agreement": {"max_classification": "confidential"}}

test_met_when_a_second_owner_has_signed if second_owner.met with input as facts

test_met_below_restricted if {
	every word in ["public", "internal", "confidential"] {
		second_owner.met with input as {"agreement": {"max_classification": word}, "approvals": []}
	}
}

test_not_met_by_others_when_restricted if {
	every signed in [[], [{"signs_as": "owner"}, {"signs_as": "owner"}], [{"signs_as": "governance"}]] {
		not second_owner.met with input as object.union(facts, {"approvals": signed})
	}
}

test_not_met_when_the_classification_is_none if {
	every word in ["secret", "", 0, null] {
		not second_owner.met with input as {"agreement": {"max_classification": word}, "approvals": []}
	}
}

test_not_met_without_each_fact if {
	not second_owner.met with input as json.remove(facts, ["approvals"])
	not second_owner.met with input as json.remove(below, ["agreement/max_classification"])
	signed := [object.remove(approval, ["signs_as"]) | some approval in facts.approvals]
	not second_owner.met with input as object.union(facts, {"approvals": signed})
}
