# METADATA
# title: A role trusts named roles, until an instant
# description: |
#   Every statement of a role's trust lets roles that are named by their ARN assume it, never an account, a federation
#   or everyone. It ends by itself; that of a role which Meshwarden assumes asks for the external id. A session may
#   carry one tag, with one database role of Amazon Redshift. A reconciler's role is AWS Lambda's alone.
# custom:
#   control: DG-65
#   way_out: name the ARNs of the roles that may assume it, with a condition on aws:CurrentTime
package meshwarden.terraform.requirement.trust

import data.meshwarden.terraform.document

met if input.type != "aws_iam_role"

met if {
	input.type == "aws_iam_role"
	startswith(input.body.name, "mw.")
	every statement in document.statements(input.body.assume_role_policy) { until(statement) }
	some statement in document.statements(input.body.assume_role_policy)
	statement.Action == "sts:AssumeRole"
}

met if {
	input.type == "aws_iam_role"
	is_string(input.body.name)
	not startswith(input.body.name, "mw.")
	not document.is_reconciler(input.body.name)
	every statement in document.statements(input.body.assume_role_policy) {
		sound(statement)
		asks(statement.Condition)
	}
}

met if {
	input.type == "aws_iam_role"
	document.is_reconciler(input.body.name)
	document.statements(input.body.assume_role_policy) == [{
		"Effect": "Allow",
		"Action": "sts:AssumeRole",
		"Principal": {"Service": "lambda.amazonaws.com"},
	}]
}

why contains sprintf("%s trusts by %s", [input.body.name, input.body.assume_role_policy])

asks(condition) if {
	object.keys(condition) == {"StringEquals"}
	object.keys(condition.StringEquals) == {"sts:ExternalId"}
	regex.match(`^[A-Za-z0-9_+=,.@:/-]{2,}$`, condition.StringEquals["sts:ExternalId"])
}

until(statement) if {
	sound(statement)
	document.ends(statement.Condition)
}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
until(statement) if {
	statement.Action == "sts:TagSession"
	names_roles(statement)
	object.keys(statement.Condition) == {"DateLessThan", "ForAllValues:StringEquals", "StringEquals"}
	document.in_time(statement.Condition)
	statement.Condition["ForAllValues:StringEquals"] == {"aws:TagKeys": ["RedshiftDbRoles"]}
	object.keys(statement.Condition.StringEquals) == {"aws:RequestTag/RedshiftDbRoles"}
	regex.match(`^mw_[a-z0-9_]+$`, statement.Condition.StringEquals["aws:RequestTag/RedshiftDbRoles"])
}

sound(statement) if {
	statement.Action == "sts:AssumeRole"
	names_roles(statement)
}

names_roles(statement) if {
	object.keys(statement) == {"Action", "Condition", "Effect", "Principal"}
	statement.Effect == "Allow"
	object.keys(statement.Principal) == {"AWS"}
	every arn in document.words(statement.Principal.AWS) { document.is_role(arn) }
}
