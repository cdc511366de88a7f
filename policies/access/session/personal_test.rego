package meshwarden.access.session.personal_test

import data.meshwarden.access.session.personal

facts := {"purpose": {"allows_personal": true}}

test_an_hour_where_the_purpose_allows_personal_data if personal.longest == 3600 with input as facts

test_a_working_day_where_it_does_not if {
	personal.longest == 28800 with input as {"purpose": {"allows_personal": false}}
}

test_no_answer_where_nobody_says if {
	every word in [null, "no", 0] {
		not personal.longest with input as {"purpose": {"allows_personal": word}}
	}
}

test_no_answer_without_each_fact if {
	not personal.longest with input as json.remove(facts, ["purpose/allows_personal"])
}
