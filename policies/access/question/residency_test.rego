package meshwarden.access.question.residency_test

import data.meshwarden.access.question.residency

facts := {"persona": {"regions": ["eu-central-1", "eu-west-1"]}, "product": {"region": "eu-west-1"}}

test_met_in_a_region_of_the_persona if residency.met with input as facts

test_not_met_in_another_region if {
	every regions in [[], ["eu-central-1"], ["eu-west-2", "eu-west"]] {
		not residency.met with input as object.union(facts, {"persona": {"regions": regions}})
	}
}

test_not_met_where_the_product_has_no_region if {
	not residency.met with input as object.union(facts, {"product": {"region": null}})
}

test_not_met_without_each_fact if {
	every fact in ["persona/regions", "product/region"] {
		not residency.met with input as json.remove(facts, [fact])
	}
}
