package meshwarden.access.question.status_test

import data.meshwarden.access.question.status

facts := {"product": {"status": "active"}}

test_met_while_in_service if {
	every word in ["active", "deprecated"] {
		status.met with input as {"product": {"status": word}}
	}
}

test_not_met_before_and_after if {
	every word in ["proposed", "draft", "retired", "Active", "", null] {
		not status.met with input as {"product": {"status": word}}
	}
}

test_not_met_without_each_fact if {
	not status.met with input as json.remove(facts, ["product/status"])
}
