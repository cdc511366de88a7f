package meshwarden.approval.requirement.governance_test

import data.meshwarden.approval.requirement.governance

facts := {
	"agreement": {"max_classification": "restricted", "personal": true},
	"approvals": [{"signs_as": "owner"}, {"signs_as": "governance"}],
}

# neither personal nor above internal: nobody of governance needs to sign
harmless := {"agreement": {"max_classification": "internal", "personal": false}, "approvals": []}

test_met_when_governance_has_signed if governance.met with input as facts

test_met_where_neither_personal_nor_above_internal if {
	every word in ["public", "internal"] {
		governance.met with input as object.union(harmless, {"agreement": {"max_classification": word}})
	}
}

test_not_met_by_others if {
	every bound in [
		{"max_classification": "public", "personal": true},
		{"max_classification": "internal", "personal": true},
		{"max_classification": "confidential", "personal": false},
		{"max_classification": "restricted", "personal": false},
		{"max_classification": null, "personal": false},
		{"max_classification": "public", "personal": null},
	] {
		not governance.met with input as {"agreement": bound, "approvals": []}
		not governance.met with input as {"agreement": bound, "approvals": [{"signs_as": "owner"}]}
	}
}

test_not_met_without_each_fact if {
	not governance.met with input as json.remove(facts, ["approvals"])
	every fact in ["agreement/max_classification", "agreement/personal"] {
		not governance.met with input as json.remove(harmless, [fact])
	}
	signed := [object.remove(approval, ["signs_as"]) | some approval in facts.approvals]
	not governance.met with input as object.union(facts, {"approvals": signed})
}
