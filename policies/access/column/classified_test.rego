package meshwarden.access.column.classified_test

import data.meshwarden.access.column.classified

facts := {"product": {"classes": [
	{"id": "public", "classification": "public", "personal": false},
	{"id": "internal", "classification": "internal", "personal": true},
	{"id": "confidential", "classification": "confidential", "personal": false},
	{"id": "restricted", "classification": "restricted", "personal": true},
]}}

test_readable_where_both_are_said if {
	classified.readable == {"public", "internal", "confidential", "restricted"} with input as facts
}

test_not_readable_where_one_is_not_said if {
	every change in [{"classification": null}, {"personal": null}, {"classification": "secret"}, {"personal": "no"}] {
		classes := [object.union(class, change) | some class in facts.product.classes]
		classified.readable == set() with input as {"product": {"classes": classes}}
	}
}

test_not_readable_without_each_fact if {
	classified.readable == set() with input as json.remove(facts, ["product/classes"])
	every field in ["id", "classification", "personal"] {
		classes := [object.remove(class, [field]) | some class in facts.product.classes]
		classified.readable == set() with input as {"product": {"classes": classes}}
	}
}
