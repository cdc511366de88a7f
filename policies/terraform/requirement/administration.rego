# METADATA
# title: The roles that Meshwarden assumes cannot raise themselves
# description: |
#   Their permissions name every action. A resource ends in `*` only after the beginning of a name, or where the action
#   reads or a condition narrows it. In IAM they change access roles with their policies, and reconcilers' roles, only:
#   a role that they make is bounded, what they attach is a policy of ours, and AWS Lambda alone is passed a
#   reconciler's role.
# custom:
#   control: DG-71
#   way_out: run `meshwarden onboard` again, and apply what it writes
package meshwarden.terraform.requirement.administration

import data.meshwarden.terraform.document

met if {
	is_string(input.type)
	not input.type in {"aws_iam_policy", "aws_iam_role_policy"}
}

met if {
	input.type == "aws_iam_policy"
	startswith(input.body.name, "mw-")
}

met if {
	input.type == "aws_iam_policy"
	input.body.name in {"meshwarden-boundary", "meshwarden-reconciler-boundary"}
	every statement in document.statements(input.body.policy) { sound(statement) }
}

met if {
	input.type == "aws_iam_role_policy"
	is_string(input.body.role)
	not startswith(input.body.role, "mw.")
	every statement in document.statements(input.body.policy) { sound(statement) }
}

why contains sprintf("statement %d: %s", [number + 1, json.marshal(statement)]) if {
	some number, statement in document.statements(input.body.policy)
	not sound(statement)
}

sound(statement) if {
	object.keys(statement) - {"Condition", "Sid"} == {"Action", "Effect", "Resource"}
	statement.Effect == "Allow"
	actions := document.words(statement.Action)
	resources := document.words(statement.Resource)
	condition := object.get(statement, "Condition", {})
	named(actions, resources, condition)
	every action in actions {
		regex.match(`^[a-z0-9-]+:[A-Za-z0-9]+$`, action)
		cannot_raise(action, resources, condition)
	}
}

named(_, resources, _) if {
	every resource in resources { regex.match(`^arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:[^*?$]*[^*?$/:]\*?$`, resource) }
}

named(actions, resources, _) if {
	every action in actions { reads(action) }
	every resource in resources { of_an_account(resource) }
}

named(_, resources, condition) if {
	condition != {}
	every resource in resources { of_an_account(resource) }
}

# The streams of one log.
named(_, resources, _) if {
	streams := `^arn:aws:logs:[a-z0-9-]+:[0-9]{12}:log-group:/aws/lambda/meshwarden-[a-z-]+:\*$`
	every resource in resources { regex.match(streams, resource) }
}

named(actions, {"*"}, _) if {
	every action in actions { action in without_arn }
}

named(actions, {"*"}, condition) if {
	object.keys(condition) == {"StringEquals"}
	document.owns(condition.StringEquals)
	every action in actions { action in (document.of_statements | {"redshift-data:ListStatements"}) }
}

of_an_account(resource) if regex.match(`^arn:aws:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:[^*?$]+\*?$`, resource)

reads(action) if regex.match(`^[a-z0-9-]+:(BatchGet|Describe|Get|List)[A-Za-z0-9]+$`, action)

cannot_raise(action, _, _) if not startswith(action, "iam:")

cannot_raise(action, _, _) if reads(action)

cannot_raise("iam:CreateRole", resources, condition) if {
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/meshwarden-boundary$`, condition.StringEquals["iam:PermissionsBoundary"])
	every resource in resources { is_access_role(resource) }
}

cannot_raise(action, resources, condition) if {
	action in {"iam:CreateRole", "iam:PutRolePolicy"}
	bounded := condition.StringEquals["iam:PermissionsBoundary"]
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/meshwarden-reconciler-boundary$`, bounded)
	every resource in resources { is_reconcilers_role(resource) }
}

cannot_raise(action, resources, _) if {
	action in {"iam:DeleteRole", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"}
	every resource in resources { is_reconcilers_role(resource) }
}

# A role by its name, which trusts whom its own administrator lets it trust.
cannot_raise("iam:PassRole", resources, _) if {
	every resource in resources {
		document.is_role(resource)
		not contains(resource, "role/mw.")
		not contains(resource, "role/meshwarden-reconciler-")
	}
}

cannot_raise("iam:PassRole", resources, condition) if {
	condition == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
	every resource in resources { is_reconcilers_role(resource) }
}

cannot_raise(action, resources, condition) if {
	action in {"iam:AttachRolePolicy", "iam:DetachRolePolicy"}
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/mw-access\.\*$`, condition.ArnLike["iam:PolicyARN"])
	every resource in resources { is_access_role(resource) }
}

cannot_raise(action, resources, _) if {
	action in {"iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"}
	every resource in resources { is_access_role(resource) }
}

cannot_raise(action, resources, _) if {
	action in {"iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"}
	every resource in resources { regex.match(`^arn:aws:iam::[0-9]{12}:policy/mw-[^/]*$`, resource) }
}

is_access_role(arn) if regex.match(`^arn:aws:iam::[0-9]{12}:role/mw\.[^/]*$`, arn)

is_reconcilers_role(arn) if {
	document.is_role(arn)
	document.is_reconciler(split(arn, "role/")[1])
}

# Why each takes no ARN: the Service Authorization Reference, and engine/onboard/calls.py.
without_arn := {
	"cloudtrail:LookupEvents",
	"iam:GetAccountAuthorizationDetails",
	"lakeformation:AddLFTagsToResource",
	"lakeformation:CreateLFTag",
	"lakeformation:CreateLakeFormationOptIn",
	"lakeformation:DeleteLFTag",
	"lakeformation:DeleteLakeFormationOptIn",
	"lakeformation:DeregisterResource",
	"lakeformation:DescribeResource",
	"lakeformation:GetDataAccess",
	"lakeformation:GetDataLakeSettings",
	"lakeformation:GetLFTag",
	"lakeformation:GetResourceLFTags",
	"lakeformation:GrantPermissions",
	"lakeformation:ListLFTags",
	"lakeformation:ListLakeFormationOptIns",
	"lakeformation:ListPermissions",
	"lakeformation:ListResources",
	"lakeformation:PutDataLakeSettings",
	"lakeformation:RegisterResource",
	"lakeformation:RemoveLFTagsFromResource",
	"lakeformation:RevokePermissions",
	"lakeformation:UpdateLFTag",
	"logs:DescribeLogGroups",
	"organizations:DescribeOrganization",
	"ram:CreateResourceShare",
	"ram:GetResourcePolicies",
	"ram:GetResourceShareAssociations",
	"ram:GetResourceShareInvitations",
	"ram:GetResourceShares",
	"ram:ListPermissions",
	"ram:ListPrincipals",
	"ram:ListResources",
	"redshift:DescribeDataShares",
}
