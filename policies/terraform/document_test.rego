package meshwarden.terraform.document_test

import data.meshwarden.terraform.document

whole := {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}

test_statements_of_a_document if document.statements(json.marshal(whole)) == [{"Effect": "Allow"}]

test_no_statements_of_anything_else if {
	every text in [
		"",
		"${local.policy}",
		"[]",
		"{}",
		json.marshal(object.remove(whole, ["Version"])),
		json.marshal(object.remove(whole, ["Statement"])),
		json.marshal(object.union(whole, {"Version": "2008-10-17"})),
		json.marshal(object.union(whole, {"Statement": []})),
		json.marshal(object.union(whole, {"Statement": {"Effect": "Allow"}})),
		json.marshal(object.union(whole, {"Id": "mine"})),
	] {
		not document.statements(text)
	}
}

test_words if {
	document.words("one") == {"one"}
	document.words(["one", "two"]) == {"one", "two"}
}

test_no_words if {
	every value in [null, 1, [], {}, [1], ["one", null], {"one": "two"}] { not document.words(value) }
}

test_one_role if document.is_role("arn:aws:iam::100000000001:role/broker")

test_no_one_role if {
	every arn in [
		"*",
		"100000000001",
		"arn:aws:iam::100000000001:root",
		"arn:aws:iam::100000000001:role/*",
		"arn:aws:iam::*:role/broker",
		"arn:aws:iam::100000000001:user/anna",
		"arn:aws:sts::100000000001:assumed-role/broker/session",
		"arn:aws:iam::100000000001:role/${var.name}",
		"arn:aws:iam::100000000001:role/broker\n",
	] {
		not document.is_role(arn)
	}
}

test_ends if document.ends({"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}})

test_does_not_end if {
	every condition in [
		{},
		{"DateLessThan": {}},
		{"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
		{"DateLessThan": {"aws:TokenIssueTime": "2027-01-01T00:00:00Z"}},
		{"DateLessThan": {"aws:CurrentTime": "2027"}},
		{"DateLessThan": {"aws:CurrentTime": "${aws:CurrentTime}"}},
		{"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, "Bool": {"aws:SecureTransport": "true"}},
	] {
		not document.ends(condition)
	}
}

test_in_time_whatever_else_is_asked if {
	ends := {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}
	document.in_time(object.union(ends, {"StringEquals": {}}))
	not document.in_time({"StringEquals": {}})
}

test_owns if document.owns({"redshift-data:statement-owner-iam-userid": "$${aws:userid}"})

test_does_not_own if {
	every condition in [
		{},
		{"redshift-data:statement-owner-iam-userid": "*"},
		{"redshift-data:statement-owner-iam-userid": "${aws:userid}"},
		{"redshift-data:session-owner-iam-userid": "$${aws:userid}"},
		{"redshift-data:statement-owner-iam-userid": "$${aws:userid}", "aws:userid": "*"},
	] {
		not document.owns(condition)
	}
}

test_a_reconciler if {
	every name in ["meshwarden-reconciler-eu-west-1-producer", "meshwarden-reconciler-us-gov-west-1-consumer"] {
		document.is_reconciler(name)
	}
}

test_no_reconciler if {
	every name in [
		"",
		"meshwarden-deploy",
		"mw.analyst.modelling",
		"meshwarden-reconciler",
		"meshwarden-reconciler-eu-west-1",
		"meshwarden-reconciler-eu-west-1-admin",
		"meshwarden-reconciler-*-producer",
		"x-meshwarden-reconciler-eu-west-1-producer",
	] {
		not document.is_reconciler(name)
	}
}
