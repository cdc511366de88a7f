package meshwarden.terraform.requirement.execution_test

import data.meshwarden.terraform.requirement.execution

cluster := "arn:aws:redshift:eu-west-1:200000000001:cluster:lending-dwh"

workgroup := "arn:aws:redshift-serverless:eu-west-1:200000000001:workgroup/5d0e7c1b-93a4-4f6e-8b27-64c1f09ad802"

group := "arn:aws:logs:eu-west-1:200000000001:log-group:/aws/lambda/meshwarden-reconciler-producer:*"

allowing(actions, resources) := {"Sid": "One", "Effect": "Allow", "Action": actions, "Resource": resources}

running := allowing(["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"], [cluster, workgroup])

owned := {"StringEquals": {"redshift-data:statement-owner-iam-userid": "$${aws:userid}"}}

seeing := object.union(
	allowing(
		["redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:ListStatements"],
		["*"],
	),
	{"Condition": owned},
)

part(statements) := {"type": "aws_iam_role_policy", "body": {
	"name": "meshwarden-reconciler-eu-west-1-producer",
	"role": "meshwarden-reconciler-eu-west-1-producer",
	"policy": json.marshal({"Version": "2012-10-17", "Statement": statements}),
}}

test_met_by_what_a_reconciler_needs if {
	execution.met with input as part([
		running,
		seeing,
		allowing(["redshift:GetClusterCredentialsWithIAM"], ["arn:aws:redshift:eu-west-1:200000000001:dbname:dwh/dev"]),
		allowing(["redshift-serverless:GetCredentials"], [workgroup]),
		allowing(["logs:CreateLogStream", "logs:PutLogEvents"], [group]),
	])
}

test_met_by_what_is_no_reconcilers if {
	execution.met with input as {"type": "aws_iam_role", "body": {}}
	execution.met with input as object.union(part([]), {"body": {"role": "meshwarden-deploy"}})
}

test_not_met_by_more if {
	every statement in [
		allowing(["*"], ["*"]),
		allowing(["redshift-data:ExecuteStatement"], ["*"]),
		allowing(["redshift-data:ExecuteStatement"], ["arn:aws:redshift:eu-west-1:200000000001:cluster:*"]),
		allowing(["redshift-data:ExecuteStatement"], ["arn:aws:redshift:*:200000000001:cluster:dwh"]),
		allowing(["redshift-data:ExecuteStatement", "redshift:DeleteCluster"], [cluster]),
		allowing(["redshift-data:ListStatements"], ["*"]),
		allowing(["redshift:GetClusterCredentialsWithIAM"], ["arn:aws:redshift:eu-west-1:200000000001:dbname:dwh/*"]),
		allowing(["redshift:GetClusterCredentials"], ["arn:aws:redshift:eu-west-1:200000000001:dbuser:dwh/admin"]),
		allowing(["redshift-serverless:GetCredentials"], ["arn:aws:redshift-serverless:eu-west-1:200000000001:workgroup/*"]),
		allowing(["redshift-serverless:GetCredentials"], [cluster]),
		allowing(["logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:200000000001:log-group:*"]),
		allowing(["logs:PutLogEvents"], ["arn:aws:logs:eu-west-1:200000000001:log-group:/aws/lambda/other:*"]),
		allowing(["s3:GetObject"], ["arn:aws:s3:::bucket/key"]),
		allowing([], [cluster]),
		allowing(["redshift-data:ExecuteStatement"], []),
		object.union(running, {"Effect": "Deny"}),
		object.union(running, {"NotResource": ["*"]}),
		object.union(running, {"Condition": owned}),
	] {
		not execution.met with input as part([running, statement])
	}
}

test_not_met_by_the_statements_of_others if {
	every change in [
		{"Condition": {}},
		{"Condition": {"StringLike": {"redshift-data:statement-owner-iam-userid": "*"}}},
		{"Condition": {"StringEquals": {"redshift-data:statement-owner-iam-userid": "*"}}},
		{"Action": ["redshift-data:DescribeStatement", "redshift-data:ExecuteStatement"]},
	] {
		not execution.met with input as part([object.union(object.remove(seeing, object.keys(change)), change)])
	}
	every fact in ["Effect", "Action", "Resource", "Condition"] {
		not execution.met with input as part([object.remove(seeing, [fact])])
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/role", "body/policy"] {
		not execution.met with input as json.remove(part([running]), [fact])
	}
	every fact in ["Effect", "Action", "Resource"] {
		not execution.met with input as part([object.remove(running, [fact])])
	}
}

test_why_shows_the_statement if {
	[told] := [told | some told in execution.why] with input as part([running, allowing(["*"], ["*"])])
	startswith(told, "statement 2: {\"Action\":[\"*\"]")
}
