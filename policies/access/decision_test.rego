package meshwarden.access_test

import data.meshwarden.access

# requirements of the test's own, so that a new one of the policies changes nothing here
requirements := {
	"held": {"met": true},
	"refused": {"met": false},
	"wordy": {"met": "true"},
	"absent": {},
}

columns := {"wide": {"readable": {"a", "b"}}, "narrow": {"readable": set()}, "absent": {}}

sessions := {"short": {"longest": 900}, "absent": {}}

question := {"id": "q", "persona": "p", "purpose": "u", "account": "c", "product": "d"}

facts := {
	"now": "2026-01-31T00:00:00Z",
	"personas": {"p": {"id": "p"}},
	"purposes": {"u": {"id": "u"}},
	"accounts": {"c": {"id": "c"}},
	"products": {"d": {"id": "d"}},
	"questions": [question],
}

test_met_holds_what_is_true if access.met == {"held"} with access.question as requirements

test_readable_holds_what_answered if {
	access.readable == {"wide": {"a", "b"}, "narrow": set()} with access.column as columns
}

test_longest_holds_what_answered if access.longest == {"short": 900} with access.session as sessions

test_decision_is_the_three_together if {
	decision := access.decision with access.question as requirements
		with access.column as columns
		with access.session as sessions
	decision == {
		"met": {"held"},
		"readable": {"wide": {"a", "b"}, "narrow": set()},
		"longest": {"short": 900},
	}
}

test_nothing_is_met_without_facts if {
	access.met == set() with input as {}
	access.longest == {} with input as {}
	every classes in access.readable {
		classes == set()
	}
}

test_decisions_keep_the_order_and_the_ids if {
	asked := [object.union(question, {"id": id}) | some id in ["second", "first", "third"]]
	decisions := access.decisions with input as object.union(facts, {"questions": asked})
	[decision.id | some decision in decisions] == ["second", "first", "third"]
}

test_decisions_hand_each_question_its_own_facts if {
	decisions := access.decisions with input as object.union(facts, {
		"personas": {"p": {"regions": ["eu-west-1"]}, "q": {"regions": ["eu-north-1"]}},
		"products": {"d": {"region": "eu-west-1"}, "e": {"region": "eu-north-1"}},
		"questions": [
			question,
			object.union(question, {"id": "r", "persona": "q"}),
			object.union(question, {"id": "s", "persona": "q", "product": "e"}),
		],
	})
	[decision.id | some decision in decisions; "residency" in decision.decision.met] == ["q", "s"]
}

test_decisions_drop_an_unknown_id if {
	every field in ["persona", "purpose", "account", "product"] {
		asked := [object.union(question, {"id": "lost", field: "unheard-of"}), question]
		decisions := access.decisions with input as object.union(facts, {"questions": asked})
		[decision.id | some decision in decisions] == ["q"]
	}
}

test_decisions_answer_nothing_without_an_instant if {
	access.decisions == [] with input as object.remove(facts, ["now"])
}
