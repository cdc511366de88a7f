package meshwarden.terraform.requirement.permissions_test

import data.meshwarden.terraform.requirement.permissions

statement := {
	"Effect": "Allow",
	"Action": ["glue:GetTable"],
	"Resource": ["arn:aws:glue:eu-west-1:300000000001:table/lending__loans/loan"],
	"Condition": {"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}},
}

vending := object.union(statement, {"Action": ["lakeformation:GetDataAccess"], "Resource": ["*"]})

part(statements) := {"type": "aws_iam_policy", "body": {
	"name": "mw-access.1.analyst.modelling",
	"policy": json.marshal({"Version": "2012-10-17", "Statement": statements}),
}}

test_met_by_named_actions_and_resources if permissions.met with input as part([statement, vending])

test_met_by_another_resource if permissions.met with input as {"type": "aws_iam_role", "body": {}}

test_not_met_by_a_wildcard_as_an_action if {
	every action in ["*", "glue:*", "glue:Get*", "glue:GetTable?", "${var.action}", []] {
		not permissions.met with input as part([vending, object.union(statement, {"Action": action})])
	}
}

test_not_met_by_a_wildcard_as_a_resource if {
	every resource in [
		"*",
		["*"],
		"arn:aws:glue:eu-west-1:300000000001:table/lending__loans/*",
		"arn:aws:glue:*:300000000001:catalog",
		"arn:aws:glue:eu-west-1:*:catalog",
		"arn:aws:s3:::bucket/key",
		"arn:aws:glue:eu-west-1:300000000001:table/${var.table}",
		[],
	] {
		not permissions.met with input as part([object.union(statement, {"Resource": resource})])
	}
}

test_not_met_where_another_action_joins_one_without_arn if {
	actions := ["lakeformation:GetDataAccess", "lakeformation:GrantPermissions"]
	not permissions.met with input as part([object.union(vending, {"Action": actions})])
	resources := ["*", "arn:aws:glue:eu-west-1:300000000001:catalog"]
	not permissions.met with input as part([object.union(vending, {"Resource": resources})])
}

seeing := {
	"Effect": "Allow",
	"Action": ["redshift-data:CancelStatement", "redshift-data:DescribeStatement", "redshift-data:GetStatementResult"],
	"Resource": ["*"],
	"Condition": {
		"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"},
		"StringEquals": {"redshift-data:statement-owner-iam-userid": "$${aws:userid}"},
	},
}

test_met_by_ones_own_statements if permissions.met with input as part([statement, seeing])

test_not_met_by_the_statements_of_others if {
	every change in [
		{"Condition": {"DateLessThan": seeing.Condition.DateLessThan}},
		{"Condition": {"StringEquals": seeing.Condition.StringEquals}},
		{"Action": ["redshift-data:DescribeStatement", "redshift-data:ExecuteStatement"]},
		{"Action": ["redshift-data:ListStatements"]},
		{"Action": []},
		{"Resource": ["*", "arn:aws:redshift:eu-west-1:300000000001:cluster:dwh"]},
	] {
		changed := object.union(object.remove(seeing, object.keys(change)), change)
		not permissions.met with input as part([statement, changed])
	}
}

test_not_met_by_a_deny_or_what_is_not_action_and_resource if {
	every change in [{"Effect": "Deny"}, {"NotAction": "s3:GetObject"}, {"NotResource": "*"}, {"Principal": "*"}] {
		not permissions.met with input as part([object.union(statement, change)])
	}
}

test_not_met_by_a_statement_without_end if {
	not permissions.met with input as part([json.remove(statement, ["Condition/DateLessThan/aws:CurrentTime"])])
}

test_not_met_by_the_policy_of_somebody_else if {
	not permissions.met with input as object.union(part([statement]), {"body": {"name": "AdministratorAccess"}})
}

test_not_met_by_what_cannot_be_parsed if {
	every text in ["", "{", "[]", "${data.policy}"] {
		not permissions.met with input as object.union(part([statement]), {"body": {"policy": text}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/name", "body/policy"] {
		not permissions.met with input as json.remove(part([statement]), [fact])
	}
	every fact in ["Effect", "Action", "Resource", "Condition"] {
		not permissions.met with input as part([statement, object.remove(statement, [fact])])
	}
}

test_why_shows_the_statement if {
	whole := part([statement, object.union(statement, {"Action": "*"})])
	[told] := [told | some told in permissions.why] with input as whole
	startswith(told, "statement 2 of `mw-access.1.analyst.modelling`: {\"Action\":\"*\"")
}
