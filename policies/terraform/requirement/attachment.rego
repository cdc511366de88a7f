# METADATA
# title: An access role has its own policies and no others
# description: What is attached to an access role is one of the policies that Meshwarden makes for access roles.
# custom:
#   control: DG-66
#   way_out: attach no policy of AWS or of somebody else to an access role
package meshwarden.terraform.requirement.attachment

met if input.type != "aws_iam_role_policy_attachment"

met if {
	input.type == "aws_iam_role_policy_attachment"
	regex.match(`^mw\.[A-Za-z0-9_+=,.@-]+$`, input.body.role)
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/mw-access\.[A-Za-z0-9_+=,.@-]+$`, input.body.policy_arn)
}
