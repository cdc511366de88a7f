# METADATA
# title: A role that a stack makes is bounded
# description: |
#   Every access role has the boundary that its account's administrator made, so that no policy, whoever writes it, lets
#   the role do more than read; and so has every reconciler's role, for its warehouses and its log.
# custom:
#   control: DG-72
#   way_out: give the role the boundary of its account; `meshwarden onboard` writes it
package meshwarden.terraform.requirement.boundary

import data.meshwarden.terraform.document

met if input.type != "aws_iam_role"

met if {
	input.type == "aws_iam_role"
	is_string(input.body.name)
	not startswith(input.body.name, "mw.")
	not document.is_reconciler(input.body.name)
}

met if {
	input.type == "aws_iam_role"
	startswith(input.body.name, "mw.")
	regex.match(`^arn:aws:iam::[0-9]{12}:policy/meshwarden-boundary$`, input.body.permissions_boundary)
}

met if {
	input.type == "aws_iam_role"
	document.is_reconciler(input.body.name)
	boundary := `^arn:aws:iam::[0-9]{12}:policy/meshwarden-reconciler-boundary$`
	regex.match(boundary, input.body.permissions_boundary)
}
