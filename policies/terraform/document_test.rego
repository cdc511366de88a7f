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
