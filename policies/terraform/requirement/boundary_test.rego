package meshwarden.terraform.requirement.boundary_test

import data.meshwarden.terraform.requirement.boundary

part := {"type": "aws_iam_role", "body": {
	"name": "mw.analyst.modelling",
	"permissions_boundary": "arn:aws:iam::300000000001:policy/meshwarden-boundary",
}}

test_met_by_a_bounded_role if boundary.met with input as part

test_met_by_another_resource if boundary.met with input as {"type": "aws_iam_policy", "body": {}}

test_met_by_a_role_that_is_no_access_role if {
	boundary.met with input as {"type": "aws_iam_role", "body": {"name": "meshwarden-deploy"}}
}

test_not_met_by_another_boundary if {
	every arn in [
		"arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::300000000001:policy/mw-access.1.a.b",
		"arn:aws:iam::300000000001:policy/meshwarden-boundary-2",
		"",
	] {
		not boundary.met with input as object.union(part, {"body": {"permissions_boundary": arn}})
	}
}

running := {"type": "aws_iam_role", "body": {
	"name": "meshwarden-reconciler-eu-west-1-producer",
	"permissions_boundary": "arn:aws:iam::300000000001:policy/meshwarden-reconciler-boundary",
}}

test_met_by_a_bounded_reconciler if boundary.met with input as running

test_not_met_by_a_reconciler_without_its_boundary if {
	every changed in [
		object.union(running, {"body": {"permissions_boundary": part.body.permissions_boundary}}),
		object.union(part, {"body": {"permissions_boundary": running.body.permissions_boundary}}),
		json.remove(running, ["body/permissions_boundary"]),
	] {
		not boundary.met with input as changed
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/name", "body/permissions_boundary"] {
		not boundary.met with input as json.remove(part, [fact])
	}
}
