package meshwarden.approval.requirement.owner_test

import data.meshwarden.approval.requirement.owner

facts := {"approvals": [{"signs_as": "governance"}, {"signs_as": "owner"}]}

test_met_when_the_owner_has_signed if owner.met with input as facts

test_not_met_by_others if {
	every signed in [[], [{"signs_as": "governance"}, {"signs_as": "second owner"}], [{"signs_as": null}]] {
		not owner.met with input as {"approvals": signed}
	}
}

test_not_met_without_each_fact if {
	not owner.met with input as json.remove(facts, ["approvals"])
	signed := [object.remove(approval, ["signs_as"]) | some approval in facts.approvals]
	not owner.met with input as {"approvals": signed}
}
