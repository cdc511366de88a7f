package meshwarden.access.column.personal_test

import data.meshwarden.access.column.personal

facts := {
	"purpose": {"allows_personal": true},
	"product": {"classes": [{"id": "borrower", "personal": true}, {"id": "balance", "personal": false}]},
}

test_readable_where_the_purpose_allows_it if {
	personal.readable == {"balance", "borrower"} with input as facts
}

test_not_readable_where_the_purpose_does_not if {
	every word in [false, null, "yes", 1] {
		personal.readable == {"balance"} with input as object.union(facts, {"purpose": {"allows_personal": word}})
	}
}

test_not_readable_where_nobody_says_whether_it_is_personal if {
	every word in [null, "no", 0] {
		classes := [{"id": "remark", "personal": word}]
		personal.readable == set() with input as object.union(facts, {"product": {"classes": classes}})
	}
}

test_not_readable_without_each_fact if {
	personal.readable == {"balance"} with input as json.remove(facts, ["purpose/allows_personal"])
	personal.readable == set() with input as json.remove(facts, ["product/classes"])
	every field in ["id", "personal"] {
		classes := [object.remove(class, [field]) | some class in facts.product.classes]
		personal.readable == set() with input as object.union(facts, {"product": {"classes": classes}})
	}
}
