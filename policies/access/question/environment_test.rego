package meshwarden.access.question.environment_test

import data.meshwarden.access.question.environment

facts := {"account": {"environment": "prod"}, "product": {"account": {"environment": "prod"}}}

test_met_within_one_environment if {
	every name in ["prod", "nonprod"] {
		environment.met with input as {"account": {"environment": name}, "product": {"account": {"environment": name}}}
	}
}

test_not_met_across if {
	every name in ["nonprod", "PROD", null] {
		not environment.met with input as object.union(facts, {"account": {"environment": name}})
		not environment.met with input as object.union(facts, {"product": {"account": {"environment": name}}})
	}
}

test_not_met_where_neither_is_declared if {
	every name in [null, "", "PROD", "staging"] {
		not environment.met with input as {"account": {"environment": name}, "product": {"account": {"environment": name}}}
	}
}

test_not_met_without_each_fact if {
	every fact in ["account/environment", "product/account/environment"] {
		not environment.met with input as json.remove(facts, [fact])
	}
}
