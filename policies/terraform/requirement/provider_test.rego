package meshwarden.terraform.requirement.provider_test

import data.meshwarden.terraform.requirement.provider

aws := {
	"allowed_account_ids": ["300000000001"],
	"region": "eu-west-1",
	"assume_role": [{"role_arn": "arn:aws:iam::300000000001:role/meshwarden-deploy", "session_name": "meshwarden"}],
}

part(blocks) := {"type": "provider", "body": {"aws": blocks}}

test_met_by_one_account if {
	provider.met with input as part([aws])
	provider.met with input as part([object.remove(aws, ["assume_role"])])
}

test_met_by_a_resource if provider.met with input as {"type": "aws_iam_role", "body": {}}

test_not_met_by_other_accounts if {
	every ids in [[], null, "300000000001", ["300000000001", "300000000002"], ["*"], [300000000001], ["${var.account}"]] {
		not provider.met with input as part([object.union(aws, {"allowed_account_ids": ids})])
	}
}

test_not_met_by_the_role_of_another_account if {
	every role in [
		{},
		{"role_arn": "arn:aws:iam::300000000002:role/meshwarden-deploy"},
		{"role_arn": "arn:aws:iam::300000000001:root"},
		{"role_arn": "${var.role}"},
	] {
		not provider.met with input as part([object.union(aws, {"assume_role": [role]})])
	}
}

test_not_met_by_several_providers_or_none if {
	every blocks in [[], [aws, aws], aws, null] { not provider.met with input as part(blocks) }
}

test_not_met_without_each_fact if {
	every fact in ["allowed_account_ids", "region", "assume_role/0/role_arn"] {
		not provider.met with input as part([json.remove(aws, [fact])])
	}
	every fact in ["type", "body", "body/aws"] { not provider.met with input as json.remove(part([aws]), [fact]) }
}

test_not_met_where_it_is_missing if not provider.met with input as {"type": "provider", "body": null}
