# METADATA
# title: Lake Formation grants and opt-ins go to access roles
# description: |
#   The grantee is one access role by its ARN: no account, no organization, no group of principals such as
#   IAM_ALLOWED_PRINCIPALS.
# custom:
#   control: DG-67
#   way_out: grant to the access role of a persona and purpose
package meshwarden.terraform.requirement.grantee

met if {
	is_string(input.type)
	not input.type in {"aws_lakeformation_opt_in", "aws_lakeformation_permissions"}
}

met if {
	input.type == "aws_lakeformation_permissions"
	is_access_role(input.body.principal)
}

met if {
	input.type == "aws_lakeformation_opt_in"
	[principal] := input.body.principal
	is_access_role(principal.data_lake_principal_identifier)
}

is_access_role(arn) if regex.match(`^arn:aws:iam::[0-9]{12}:role/mw\.[A-Za-z0-9_+=,.@-]+$`, arn)

why contains sprintf("the grantee is `%v`", [input.body.principal]) if input.body.principal
