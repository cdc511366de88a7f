package meshwarden.access.question.audience_test

import data.meshwarden.access.question.audience

facts := {
	"persona": {"domains": ["mortgage", "servicing"]},
	"product": {"audience": "domain", "domain": {"id": "mortgage"}},
}

elsewhere := object.union(facts, {"product": {"domain": {"id": "treasury"}}})

test_met_by_everybody_where_open if {
	audience.met with input as object.union(elsewhere, {"product": {"audience": "open"}})
}

test_met_by_a_persona_of_the_domain if {
	every word in ["open", "domain", null] {
		audience.met with input as object.union(facts, {"product": {"audience": word}})
	}
}

test_not_met_by_a_persona_of_another_domain if {
	every word in ["domain", "Open", "", null] {
		not audience.met with input as object.union(elsewhere, {"product": {"audience": word}})
	}
}

test_not_met_where_nobody_says_the_domain if {
	not audience.met with input as object.union(facts, {"product": {"domain": {"id": null}}})
}

test_not_met_without_each_fact if {
	opened := object.union(elsewhere, {"product": {"audience": "open"}})
	not audience.met with input as json.remove(opened, ["product/audience"])
	every fact in ["persona/domains", "product/domain/id"] {
		not audience.met with input as json.remove(facts, [fact])
	}
}
