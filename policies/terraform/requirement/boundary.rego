# METADATA
# title: An access role is bounded
# description: |
#   Every access role has the boundary that its account's administrator made, so that no policy, whoever writes it, lets
#   the role do more than read the lake.
# custom:
#   control: DG-72
#   way_out: give the role the boundary of its account; `meshwarden onboard` writes it
package meshwarden.terraform.requirement.boundary

met if input.type != "aws_iam_role"

met if {
	input.type == "aws_iam_role"
	is_string(input.body.name)
	not startswith(input.body.name, "mw.")
}

met if {
	input.type == "aws_iam_role"
	startswith(input.body.name, "mw.")
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/meshwarden-boundary$`, input.body.permissions_boundary)
}
