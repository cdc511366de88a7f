package meshwarden.access.column.clearance_test

import data.meshwarden.access.column.clearance

words := ["public", "internal", "confidential", "restricted"]

facts := {
	"persona": {"clearance": "restricted"},
	"product": {"classes": [{"id": word, "classification": word} | some word in words]},
}

test_readable_up_to_the_clearance if {
	cases := {
		"public": {"public"},
		"internal": {"public", "internal"},
		"confidential": {"public", "internal", "confidential"},
		"restricted": {"public", "internal", "confidential", "restricted"},
	}
	every word, expected in cases {
		clearance.readable == expected with input as object.union(facts, {"persona": {"clearance": word}})
	}
}

test_not_readable_with_a_clearance_that_is_none if {
	every word in ["Restricted", "secret", "", 3, null] {
		clearance.readable == set() with input as object.union(facts, {"persona": {"clearance": word}})
	}
}

test_not_readable_where_the_classification_is_none if {
	every word in ["secret", "", 0, null] {
		classes := [{"id": "unclassified", "classification": word}]
		clearance.readable == set() with input as object.union(facts, {"product": {"classes": classes}})
	}
}

test_not_readable_without_each_fact if {
	every fact in ["persona/clearance", "product/classes"] {
		clearance.readable == set() with input as json.remove(facts, [fact])
	}
	every field in ["id", "classification"] {
		classes := [object.remove(class, [field]) | some class in facts.product.classes]
		clearance.readable == set() with input as object.union(facts, {"product": {"classes": classes}})
	}
}
