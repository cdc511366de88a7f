package meshwarden.terraform.requirement.trust_test

import data.meshwarden.terraform.requirement.trust

broker := "arn:aws:iam::100000000001:role/broker"

statement := {
	"Effect": "Allow",
	"Action": "sts:AssumeRole",
	"Principal": {"AWS": broker},
	"Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
}

part(statements) := {"type": "aws_iam_role", "body": {
	"name": "mw.analyst.modelling",
	"assume_role_policy": json.marshal({"Version": "2012-10-17", "Statement": statements}),
}}

test_met_by_named_roles if {
	every principals in [broker, [broker, "arn:aws:iam::300000000001:role/scoring"]] {
		trust.met with input as part([object.union(statement, {"Principal": {"AWS": principals}})])
	}
}

test_met_by_another_resource if trust.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_any_other_principal if {
	every principal in [
		"*",
		{"AWS": "*"},
		{"AWS": "arn:aws:iam::100000000001:root"},
		{"AWS": "100000000001"},
		{"AWS": [broker, "*"]},
		{"AWS": []},
		{"Service": "glue.amazonaws.com"},
		{"Federated": "arn:aws:iam::100000000001:saml-provider/idp"},
		{"AWS": broker, "Service": "glue.amazonaws.com"},
	] {
		changed := object.union(object.remove(statement, ["Principal"]), {"Principal": principal})
		not trust.met with input as part([statement, changed])
	}
}

test_not_met_by_another_action if {
	every action in ["*", "sts:*", "sts:AssumeRoleWithSAML", ["sts:AssumeRole", "sts:TagSession"]] {
		not trust.met with input as part([object.union(statement, {"Action": action})])
	}
}

test_not_met_by_a_statement_without_end if {
	every condition in [{}, {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}] {
		changed := object.union(object.remove(statement, ["Condition"]), {"Condition": condition})
		not trust.met with input as part([changed])
	}
}

tagging := object.union(statement, {
	"Action": "sts:TagSession",
	"Condition": {
		"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
		"ForAllValues:StringEquals": {"aws:TagKeys": ["RedshiftDbRoles"]},
		"StringEquals": {"aws:RequestTag/RedshiftDbRoles": "mw__analyst__modelling"},
	},
})

test_met_by_one_tag_with_one_database_role if trust.met with input as part([statement, tagging])

test_not_met_by_tags_alone if not trust.met with input as part([tagging])

test_not_met_by_other_tags if {
	every change in [
		{"/Condition/DateLessThan": {}},
		{"/Condition/ForAllValues:StringEquals": {"aws:TagKeys": ["RedshiftDbRoles", "other"]}},
		{"/Condition/ForAllValues:StringEquals": {"aws:TagKeys": "*"}},
		{"/Condition/StringEquals": {"aws:RequestTag/RedshiftDbRoles": "sys:superuser"}},
		{"/Condition/StringEquals": {"aws:RequestTag/RedshiftDbRoles": "mw__analyst:mw__auditor"}},
		{"/Condition/StringEquals": {"aws:RequestTag/RedshiftDbRoles": ["mw__analyst", "mw__auditor"]}},
		{"/Condition/StringEquals": {"aws:RequestTag/other": "mw__analyst"}},
		{"/Condition/StringLike": {}},
		{"/Principal": {"AWS": "*"}},
	] {
		some path, value in change
		changed := json.patch(tagging, [{"op": "add", "path": path, "value": value}])
		not trust.met with input as part([statement, changed])
	}
}

test_not_met_by_tags_without_each_condition if {
	every operator in ["DateLessThan", "ForAllValues:StringEquals", "StringEquals"] {
		changed := json.remove(tagging, [sprintf("Condition/%s", [operator])])
		not trust.met with input as part([statement, changed])
	}
}

lambda := {
	"Effect": "Allow",
	"Action": "sts:AssumeRole",
	"Principal": {"Service": "lambda.amazonaws.com"},
}

running(statements) := object.union(
	part(statements),
	{"body": {"name": "meshwarden-reconciler-eu-west-1-producer"}},
)

test_met_by_a_reconcilers_role_that_trusts_lambda if trust.met with input as running([lambda])

test_not_met_by_a_reconcilers_role_that_trusts_another if {
	every change in [
		{"Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}},
		{"Principal": {"Service": "ec2.amazonaws.com"}},
		{"Principal": {"AWS": "arn:aws:iam::100000000001:role/broker"}},
		{"Principal": "*"},
		{"Action": "sts:*"},
		{"Condition": {}},
	] {
		not trust.met with input as running([object.union(object.remove(lambda, object.keys(change)), change)])
	}
	every statements in [[lambda, statement], [asking], [lambda, lambda]] {
		not trust.met with input as running(statements)
	}
}

test_not_met_by_another_role_that_trusts_lambda if {
	every name in ["meshwarden-deploy", "mw.analyst.modelling", "meshwarden-reconciler"] {
		not trust.met with input as object.union(part([lambda]), {"body": {"name": name}})
	}
}

asking := object.union(
	object.remove(statement, ["Condition"]),
	{"Condition": {"StringEquals": {"sts:ExternalId": "mine"}}},
)

assumed(statements) := object.union(part(statements), {"body": {"name": "meshwarden-deploy"}})

test_met_by_a_role_of_ours_that_asks_for_the_external_id if trust.met with input as assumed([asking])

test_not_met_by_a_role_of_ours_that_asks_for_nothing if {
	every condition in [{}, {"StringLike": {"sts:ExternalId": "*"}}, {"StringEquals": {"sts:ExternalId": ""}}] {
		changed := object.union(object.remove(asking, ["Condition"]), {"Condition": condition})
		not trust.met with input as assumed([changed])
	}
}

test_not_met_by_a_role_of_ours_that_trusts_an_account if {
	changed := object.union(asking, {"Principal": {"AWS": "arn:aws:iam::100000000001:root"}})
	not trust.met with input as assumed([changed])
}

test_not_met_by_an_access_role_that_asks_and_does_not_end if not trust.met with input as part([asking])

test_not_met_by_another_role_that_asks_for_nothing if {
	every name in ["admin", "meshwarden-deploy", "mwx"] {
		not trust.met with input as object.union(part([statement]), {"body": {"name": name}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/name", "body/assume_role_policy"] {
		not trust.met with input as json.remove(part([statement]), [fact])
	}
	every fact in ["Effect", "Action", "Principal", "Condition"] {
		not trust.met with input as part([statement, object.remove(statement, [fact])])
	}
}

test_why_shows_the_statement if {
	changed := object.union(statement, {"Principal": {"AWS": "*"}})
	[told] := [told | some told in trust.why] with input as part([changed])
	startswith(told, "mw.analyst.modelling trusts by {")
}
