# METADATA
# title: A reconciler reaches the warehouses of its account and its log
# description: |
#   The policy of its role names each warehouse, for statements and for signing in, and its own two logs. It sees
#   its own statements only.
# custom:
#   control: DG-74
#   way_out: name the cluster, its database or the workgroup by its ARN, and allow nothing else
package meshwarden.terraform.requirement.execution

import data.meshwarden.terraform.document

met if {
	is_string(input.type)
	input.type != "aws_iam_role_policy"
}

met if {
	input.type == "aws_iam_role_policy"
	is_string(input.body.role)
	not document.is_reconciler(input.body.role)
}

met if {
	input.type == "aws_iam_role_policy"
	document.is_reconciler(input.body.role)
	every statement in document.statements(input.body.policy) { sound(statement) }
}

why contains sprintf("statement %d: %s", [number + 1, json.marshal(statement)]) if {
	some number, statement in document.statements(input.body.policy)
	not sound(statement)
}

sound(statement) if {
	object.keys(statement) == {"Action", "Effect", "Resource", "Sid"}
	statement.Effect == "Allow"
	resources := document.words(statement.Resource)
	every action in document.words(statement.Action) {
		every resource in resources { regex.match(reached[action], resource) }
	}
}

sound(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Resource", "Sid"}
	statement.Effect == "Allow"
	document.words(statement.Action) == seeing
	document.words(statement.Resource) == {"*"}
	object.keys(statement.Condition) == {"StringEquals"}
	document.owns(statement.Condition.StringEquals)
}

# Of its own statements: how they ended, what they gave, and which are under way.
seeing := {"redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:ListStatements"}

# Each action, and the ARNs on which it may be allowed.
reached := {
	"logs:CreateLogStream": logs,
	"logs:PutLogEvents": logs,
	"redshift-data:BatchExecuteStatement": warehouse,
	"redshift-data:ExecuteStatement": warehouse,
	"redshift-serverless:GetCredentials": workgroup,
	"redshift:GetClusterCredentialsWithIAM": `^arn:aws:redshift:[a-z0-9-]+:[0-9]{12}:dbname:[a-z0-9-]+/[^*?$/]+$`,
}

logs := concat("", [
	`^arn:aws:logs:[a-z0-9-]+:[0-9]{12}:log-group:`,
	`/aws/lambda/meshwarden-(reconciler|reader)-(producer|consumer):\*$`,
])

cluster := `arn:aws:redshift:[a-z0-9-]+:[0-9]{12}:cluster:[a-z0-9-]+`

serverless := `arn:aws:redshift-serverless:[a-z0-9-]+:[0-9]{12}:workgroup/[0-9a-f-]{36}`

warehouse := sprintf("^(%s|%s)$", [cluster, serverless])

workgroup := sprintf("^%s$", [serverless])
