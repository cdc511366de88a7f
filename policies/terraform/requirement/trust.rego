# METADATA
# title: A role trusts named roles, until an instant
# description: |
#   Every statement of a role's trust lets roles that are named by their ARN assume it, never an account, a service,
#   a federation or everyone, and ends by itself.
# custom:
#   control: DG-65
#   way_out: name the ARNs of the roles that may assume it, with a condition on aws:CurrentTime
package meshwarden.terraform.requirement.trust

import data.meshwarden.terraform.document

met if input.type != "aws_iam_role"

met if {
	input.type == "aws_iam_role"
	startswith(input.body.name, "mw.")
	every statement in document.statements(input.body.assume_role_policy) { sound(statement) }
}

why contains sprintf("statement %d of `%s`: %s", [number + 1, input.body.name, json.marshal(statement)]) if {
	some number, statement in document.statements(input.body.assume_role_policy)
	not sound(statement)
}

sound(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Principal"}
	statement.Effect == "Allow"
	statement.Action == "sts:AssumeRole"
	document.ends(statement.Condition)
	object.keys(statement.Principal) == {"AWS"}
	every arn in document.words(statement.Principal.AWS) { document.is_role(arn) }
}
