# METADATA
# title: A role trusts named roles, until an instant
# description: |
#   Every statement of a role's trust lets roles that are named by their ARN assume it, never an account, a service,
#   a federation or everyone. It ends by itself; that of a role which Meshwarden assumes asks for the external id.
# custom:
#   control: DG-65
#   way_out: name the ARNs of the roles that may assume it, with a condition on aws:CurrentTime
package meshwarden.terraform.requirement.trust

import data.meshwarden.terraform.document

met if input.type != "aws_iam_role"

met if {
	input.type == "aws_iam_role"
	startswith(input.body.name, "mw.")
	every statement in document.statements(input.body.assume_role_policy) {
		sound(statement)
		document.ends(statement.Condition)
	}
}

met if {
	input.type == "aws_iam_role"
	is_string(input.body.name)
	not startswith(input.body.name, "mw.")
	every statement in document.statements(input.body.assume_role_policy) {
		sound(statement)
		asks(statement.Condition)
	}
}

why contains sprintf("%s trusts by %s", [input.body.name, input.body.assume_role_policy])

asks(condition) if {
	object.keys(condition) == {"StringEquals"}
	object.keys(condition.StringEquals) == {"sts:ExternalId"}
	regex.match(`^[A-Za-z0-9_+=,.@:/-]{2,}$`, condition.StringEquals["sts:ExternalId"])
}

sound(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Principal"}
	statement.Effect == "Allow"
	statement.Action == "sts:AssumeRole"
	object.keys(statement.Principal) == {"AWS"}
	every arn in document.words(statement.Principal.AWS) { document.is_role(arn) }
}
