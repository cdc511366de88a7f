package meshwarden.access.question.purpose_test

import data.meshwarden.access.question.purpose

facts := {
	"purpose": {"id": "credit-risk"},
	"persona": {"purposes": ["credit-risk", "fraud"]},
	"product": {"purposes": ["credit-risk", "marketing"]},
}

test_met_where_held_and_served if purpose.met with input as facts

test_not_met_where_only_one_side_names_it if {
	every id in ["fraud", "marketing", "unheard-of"] {
		not purpose.met with input as object.union(facts, {"purpose": {"id": id}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["purpose/id", "persona/purposes", "product/purposes"] {
		not purpose.met with input as json.remove(facts, [fact])
	}
}
