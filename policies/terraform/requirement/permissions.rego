# METADATA
# title: IAM permissions name their actions and resources, and end by themselves
# description: |
#   Every statement allows actions that are written out on resources that are written out, until an instant. `*` as a
#   resource stands with actions for which AWS takes no ARN, and with no others; of the Data API's statements, with
#   one's own only.
# custom:
#   control: DG-64
#   way_out: name every action and ARN; an action without an ARN is listed here and in the engine, with its source
package meshwarden.terraform.requirement.permissions

import data.meshwarden.terraform.document

met if input.type != "aws_iam_policy"

met if {
	input.type == "aws_iam_policy"
	startswith(input.body.name, "mw-")
	every statement in document.statements(input.body.policy) { sound(statement) }
}

# Held by `administration`.
met if {
	input.type == "aws_iam_policy"
	input.body.name in {"meshwarden-boundary", "meshwarden-reconciler-boundary"}
}

why contains sprintf("statement %d of `%s`: %s", [number + 1, input.body.name, json.marshal(statement)]) if {
	some number, statement in document.statements(input.body.policy)
	not sound(statement)
}

sound(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Resource"}
	statement.Effect == "Allow"
	document.ends(statement.Condition)
	named(document.words(statement.Action), document.words(statement.Resource))
}

sound(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Resource"}
	statement.Effect == "Allow"
	object.keys(statement.Condition) == {"DateLessThan", "StringEquals"}
	document.in_time(statement.Condition)
	document.owns(statement.Condition.StringEquals)
	document.words(statement.Resource) == {"*"}
	every action in document.words(statement.Action) { action in document.of_statements }
}

named(actions, resources) if {
	every action in actions { regex.match(`^[a-z0-9-]+:[A-Za-z0-9]+$`, action) }
	every resource in resources { regex.match(`^arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:[^*?$]+$`, resource) }
}

named(actions, {"*"}) if {
	every action in actions { action in without_arn }
}

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html
without_arn := {"lakeformation:GetDataAccess"}
