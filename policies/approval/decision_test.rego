package meshwarden.approval_test

import data.meshwarden.approval

requirements := {
	"held": {"met": true},
	"refused": {"met": false},
	"wordy": {"met": "true"},
	"absent": {},
}

facts := {
	"now": "2026-01-31T00:00:00Z",
	"questions": [
		{"id": "a/0", "agreement": {"max_classification": "confidential", "personal": true}, "approvals": []},
		{
			"id": "a/1",
			"agreement": {"max_classification": "confidential", "personal": true},
			"approvals": [{"signs_as": "owner"}],
		},
	],
}

test_decision_holds_what_is_true if {
	approval.decision == {"met": {"held"}} with approval.requirement as requirements
}

test_nothing_is_met_without_facts if approval.decision == {"met": set()} with input as {}

test_decisions_hand_each_question_its_own_facts if {
	decisions := approval.decisions with input as facts
	[decision.id | some decision in decisions] == ["a/0", "a/1"]
	[decision.id | some decision in decisions; "owner" in decision.decision.met] == ["a/1"]
}

test_decisions_drop_what_lacks_a_part if {
	approval.decisions == [] with input as object.remove(facts, ["now"])
	every part in ["id", "agreement", "approvals"] {
		decisions := approval.decisions with input as json.remove(facts, [sprintf("questions/0/%s", [part])])
		[decision.id | some decision in decisions] == ["a/1"]
	}
}
