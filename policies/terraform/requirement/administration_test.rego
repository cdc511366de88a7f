package meshwarden.terraform.requirement.administration_test

import data.meshwarden.terraform.requirement.administration

roles := "arn:aws:iam::300000000001:role/mw.*"

allowing(actions, resources) := {"Sid": "One", "Effect": "Allow", "Action": actions, "Resource": resources}

creating := object.union(
	allowing(["iam:CreateRole"], [roles]),
	{"Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::300000000001:policy/meshwarden-boundary"}}},
)

attaching := object.union(
	allowing(["iam:AttachRolePolicy"], [roles]),
	{"Condition": {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::300000000001:policy/mw-access.*"}}},
)

granting := allowing(["lakeformation:GrantPermissions"], ["*"])

linking := allowing(["glue:CreateDatabase"], ["arn:aws:glue:eu-west-1:300000000001:database/lending__*"])

part(statements) := {"type": "aws_iam_role_policy", "body": {
	"name": "meshwarden-deploy",
	"role": "meshwarden-deploy",
	"policy": json.marshal({"Version": "2012-10-17", "Statement": statements}),
}}

passing := allowing(["iam:PassRole"], ["arn:aws:iam::100000000001:role/meshwarden-lake-access"])

reconcilers := "arn:aws:iam::300000000001:role/meshwarden-reconciler-eu-west-1-consumer"

its_boundary := "arn:aws:iam::300000000001:policy/meshwarden-reconciler-boundary"

bounded := {"StringEquals": {"iam:PermissionsBoundary": its_boundary}}

logs := "arn:aws:logs:eu-west-1:300000000001:log-group:/aws/lambda"

passed := {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}

test_met_by_what_a_reconciler_takes if {
	every statement in [
		object.union(allowing(["iam:CreateRole", "iam:PutRolePolicy"], [reconcilers]), {"Condition": bounded}),
		object.union(allowing(["iam:PassRole"], [reconcilers]), {"Condition": passed}),
		allowing(["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy"], [reconcilers]),
		allowing(["lambda:InvokeFunction"], ["arn:aws:lambda:eu-west-1:300000000001:function:meshwarden-reader-*"]),
		allowing(["logs:PutLogEvents"], [concat("", [logs, "/meshwarden-reader-consumer:*"])]),
		allowing(["redshift:DescribeDataShares", "logs:DescribeLogGroups"], ["*"]),
	] {
		administration.met with input as part([statement])
	}
}

owned := {"StringEquals": {"redshift-data:statement-owner-iam-userid": "$${aws:userid}"}}

test_met_by_seeing_ones_own_statements if {
	seeing := object.union(
		allowing(["redshift-data:DescribeStatement", "redshift-data:ListStatements"], ["*"]),
		{"Condition": owned},
	)
	administration.met with input as part([seeing])
}

test_not_met_by_seeing_the_statements_of_others if {
	every statement in [
		allowing(["redshift-data:DescribeStatement"], ["*"]),
		allowing(["redshift-data:CancelStatement", "redshift:DescribeDataShares"], ["*"]),
		object.union(allowing(["redshift-data:ExecuteStatement"], ["*"]), {"Condition": owned}),
		object.union(allowing(["redshift-data:DescribeStatement"], ["*"]), {"Condition": passed}),
	] {
		not administration.met with input as part([granting, statement])
	}
}

test_not_met_by_a_reconciler_that_could_do_more if {
	every statement in [
		allowing(["iam:CreateRole"], [reconcilers]),
		allowing(["iam:PutRolePolicy"], [reconcilers]),
		object.union(allowing(["iam:PutRolePolicy"], [reconcilers]), {"Condition": creating.Condition}),
		object.union(allowing(["iam:PutRolePolicy"], [roles]), {"Condition": bounded}),
		object.union(allowing(["iam:CreateRole"], ["arn:aws:iam::300000000001:role/admin"]), {"Condition": bounded}),
		allowing(["iam:AttachRolePolicy"], [reconcilers]),
		allowing(["iam:PassRole"], [reconcilers]),
		object.union(allowing(["iam:PassRole"], ["arn:aws:iam::300000000001:role/admin", roles]), {"Condition": passed}),
		allowing(["iam:DeleteRolePolicy"], ["arn:aws:iam::300000000001:role/meshwarden-*"]),
		allowing(["lambda:InvokeFunction"], ["arn:aws:lambda:eu-west-1:300000000001:function:*"]),
		allowing(["logs:PutLogEvents"], [concat("", [logs, "/*:*"])]),
		allowing(["logs:PutLogEvents"], [concat("", [logs, "/other:*"])]),
	] {
		not administration.met with input as part([granting, statement])
	}
}

test_met_by_what_is_least if {
	every statement in [
		passing,
		creating,
		attaching,
		granting,
		linking,
		allowing(["iam:DeleteRole"], [roles]),
		allowing(["iam:CreatePolicy"], ["arn:aws:iam::300000000001:policy/mw-*"]),
		allowing(["glue:GetDatabases"], ["arn:aws:glue:eu-west-1:300000000001:database/*"]),
		allowing(["cloudtrail:LookupEvents"], ["*"]),
	] {
		administration.met with input as part([statement])
	}
}

test_met_by_a_boundary if {
	boundary := object.union(part([granting]), {"type": "aws_iam_policy", "body": {"name": "meshwarden-boundary"}})
	administration.met with input as boundary
	administration.met with input as object.union(boundary, {"body": {"name": "meshwarden-reconciler-boundary"}})
	not administration.met with input as object.union(boundary, {"body": {"name": "meshwarden-other-boundary"}})
}

test_met_by_another_resource if administration.met with input as {"type": "aws_iam_role", "body": {}}

test_not_met_by_a_role_that_raises_itself if {
	every statement in [
		allowing(["iam:CreateRole"], [roles]),
		allowing(["iam:AttachRolePolicy"], [roles]),
		allowing(["iam:PutRolePolicy"], [roles]),
		allowing(["iam:PassRole"], [roles]),
		allowing(["iam:PassRole"], ["arn:aws:iam::300000000001:role/mw.analyst.modelling"]),
		object.union(passing, {"Resource": ["arn:aws:iam::100000000001:role/*"]}),
		allowing(["iam:DeleteRolePermissionsBoundary"], [roles]),
		allowing(["iam:UpdateAssumeRolePolicy"], ["arn:aws:iam::300000000001:role/meshwarden-deploy"]),
		allowing(["iam:UpdateAssumeRolePolicy"], ["arn:aws:iam::300000000001:role/m*"]),
		allowing(["iam:CreatePolicyVersion"], ["arn:aws:iam::300000000001:policy/meshwarden-boundary"]),
		allowing(["iam:CreatePolicyVersion"], ["arn:aws:iam::300000000001:policy/m*"]),
		object.union(creating, {"Resource": ["arn:aws:iam::300000000001:role/admin"]}),
		object.union(attaching, {"Condition": {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}}),
	] {
		not administration.met with input as part([granting, statement])
	}
}

test_not_met_by_a_bound_that_is_another if {
	other := {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::300000000001:policy/mw-access.1.a.b"}}
	not administration.met with input as part([object.union(creating, {"Condition": other})])
}

test_not_met_by_a_wildcard if {
	every statement in [
		allowing(["*"], ["*"]),
		allowing(["glue:*"], ["arn:aws:glue:eu-west-1:300000000001:database/lending__*"]),
		allowing(["glue:GetTable"], ["*"]),
		allowing(["glue:DeleteDatabase"], ["arn:aws:glue:eu-west-1:300000000001:database/*"]),
		allowing(["glue:GetTable"], ["arn:aws:glue:*:300000000001:catalog"]),
		allowing(["s3:GetObject"], ["arn:aws:s3:::bucket/*"]),
		allowing(["iam:GetRole", "lakeformation:GrantPermissions"], ["*"]),
	] {
		not administration.met with input as part([statement])
	}
}

test_not_met_by_what_is_not_action_and_resource if {
	every change in [{"Effect": "Deny"}, {"NotAction": "iam:CreateUser"}, {"NotResource": "*"}, {"Action": []}] {
		not administration.met with input as part([object.union(granting, change)])
	}
}

test_not_met_by_an_inline_policy_of_an_access_role if {
	not administration.met with input as object.union(part([granting]), {"body": {"role": "mw.analyst.modelling"}})
}

test_not_met_by_the_policy_of_somebody_else if {
	not administration.met with input as object.union(part([granting]), {"type": "aws_iam_policy"})
}

test_not_met_by_what_cannot_be_parsed if {
	not administration.met with input as object.union(part([granting]), {"body": {"policy": "${local.policy}"}})
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/role", "body/policy"] {
		not administration.met with input as json.remove(part([granting]), [fact])
	}
	every fact in ["Effect", "Action", "Resource"] {
		not administration.met with input as part([object.remove(granting, [fact])])
	}
}
