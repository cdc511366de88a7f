package meshwarden.access.question.embargo_test

import data.meshwarden.access.question.embargo

facts := {"now": "2026-06-01T00:00:00Z", "product": {"embargoed_until": "2026-06-01T00:00:00Z"}}

test_met_without_an_embargo if {
	embargo.met with input as object.union(facts, {"product": {"embargoed_until": null}})
}

test_met_from_the_instant_on_which_it_ends if {
	every now in ["2026-06-01T00:00:00Z", "2026-06-01T00:00:01Z", "2027-01-01T00:00:00Z"] {
		embargo.met with input as object.union(facts, {"now": now})
	}
}

test_not_met_before if {
	every now in ["2026-05-31T23:59:59Z", "2025-12-31T00:00:00Z"] {
		not embargo.met with input as object.union(facts, {"now": now})
	}
}

test_not_met_by_what_is_no_instant if {
	every date in [0, false, {}, []] {
		not embargo.met with input as object.union(facts, {"product": {"embargoed_until": date}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["now", "product/embargoed_until"] {
		not embargo.met with input as json.remove(facts, [fact])
	}
}
