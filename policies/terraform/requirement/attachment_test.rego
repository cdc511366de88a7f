package meshwarden.terraform.requirement.attachment_test

import data.meshwarden.terraform.requirement.attachment

part := {"type": "aws_iam_role_policy_attachment", "body": {
	"role": "mw.analyst.modelling",
	"policy_arn": "arn:aws:iam::300000000001:policy/mw-access.1.analyst.modelling",
}}

test_met_by_a_policy_of_ours if attachment.met with input as part

test_met_by_another_resource if attachment.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_a_policy_of_others if {
	every arn in [
		"arn:aws:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::300000000001:policy/admin",
		"arn:aws:iam::300000000001:policy/path/mw-access.1.a.b",
		"${aws_iam_policy.one.arn}",
	] {
		not attachment.met with input as object.union(part, {"body": {"policy_arn": arn}})
	}
}

test_not_met_by_a_role_of_others if {
	every role in ["admin", "meshwarden-deploy", "mw", "${aws_iam_role.one.name}"] {
		not attachment.met with input as object.union(part, {"body": {"role": role}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/role", "body/policy_arn"] {
		not attachment.met with input as json.remove(part, [fact])
	}
}
