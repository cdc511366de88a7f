# METADATA
# title: Lake Formation grants go to access roles
# description: |
#   The grantee is one access role by its ARN: no account, no organization, no group of principals such as
#   IAM_ALLOWED_PRINCIPALS.
# custom:
#   control: DG-67
#   way_out: grant to the access role of a persona and purpose
package meshwarden.terraform.requirement.grantee

met if input.type != "aws_lakeformation_permissions"

met if {
	input.type == "aws_lakeformation_permissions"
	regex.match(`^arn:aws:iam::[0-9]{12}:role/mw\.[A-Za-z0-9_+=,.@-]+$`, input.body.principal)
}

why contains sprintf("the grantee is `%v`", [input.body.principal]) if input.body.principal
