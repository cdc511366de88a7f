package meshwarden.access.question.suspension_test

import data.meshwarden.access.question.suspension

facts := {
	"persona": {"suspended": false},
	"purpose": {"suspended": false},
	"account": {"suspended": false, "suspended_regions": ["eu-north-1"]},
	"product": {
		"region": "eu-west-1",
		"domain": {"suspended": false, "suspended_regions": []},
		"account": {"suspended": false, "suspended_regions": ["eu-north-1", "eu-south-1"]},
	},
}

test_met_while_all_are_in_use if suspension.met with input as facts

test_not_met_while_one_is_suspended if {
	cases := {
		"the persona": {"persona": {"suspended": true}},
		"the purpose": {"purpose": {"suspended": true}},
		"the consumer account": {"account": {"suspended": true}},
		"the domain": {"product": {"domain": {"suspended": true}}},
		"the producer account": {"product": {"account": {"suspended": true}}},
	}
	every change in cases {
		not suspension.met with input as object.union(facts, change)
	}
}

test_not_met_while_the_region_is_suspended_in_one if {
	cases := {
		"the consumer account": {"account": {"suspended_regions": ["eu-north-1", "eu-west-1"]}},
		"the domain": {"product": {"domain": {"suspended_regions": ["eu-west-1"]}}},
		"the producer account": {"product": {"account": {"suspended_regions": ["eu-west-1"]}}},
	}
	every change in cases {
		not suspension.met with input as object.union(facts, change)
	}
}

test_not_met_where_nobody_says if {
	cases := {
		"the persona": {"persona": {"suspended": null}},
		"the purpose": {"purpose": {"suspended": null}},
		"the consumer account": {"account": {"suspended": null}},
		"the domain": {"product": {"domain": {"suspended": null}}},
		"the producer account": {"product": {"account": {"suspended": null}}},
	}
	every change in cases {
		not suspension.met with input as object.union(facts, change)
	}
}

test_not_met_without_each_fact if {
	every fact in [
		"persona/suspended",
		"purpose/suspended",
		"account",
		"account/suspended",
		"account/suspended_regions",
		"product/region",
		"product/domain",
		"product/domain/suspended",
		"product/domain/suspended_regions",
		"product/account",
		"product/account/suspended",
		"product/account/suspended_regions",
	] {
		not suspension.met with input as json.remove(facts, [fact])
	}
}
