package meshwarden.terraform.requirement.settings_test

import data.meshwarden.terraform.requirement.settings

part := {"type": "aws_lakeformation_data_lake_settings", "body": {
	"admins": ["arn:aws:iam::100000000001:role/meshwarden-deploy"],
	"read_only_admins": ["arn:aws:iam::100000000001:role/meshwarden-plan"],
	"allow_external_data_filtering": false,
	"allow_full_table_external_data_access": false,
}}

test_met_by_named_administrators if settings.met with input as part

test_met_by_another_resource if settings.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_other_administrators if {
	every admins in [
		[],
		"*",
		["*"],
		["IAM_ALLOWED_PRINCIPALS"],
		["arn:aws:iam::100000000001:root"],
		["arn:aws:iam::100000000001:role/meshwarden-deploy", "arn:aws:iam::300000000001:role/mw.analyst.modelling"],
	] {
		every key in ["admins", "read_only_admins"] {
			not settings.met with input as object.union(part, {"body": {key: admins}})
		}
	}
}

test_not_met_by_engines_from_outside if {
	every argument in ["allow_external_data_filtering", "allow_full_table_external_data_access"] {
		not settings.met with input as object.union(part, {"body": {argument: true}})
	}
}

test_not_met_by_default_permissions if {
	every argument in ["create_database_default_permissions", "create_table_default_permissions"] {
		granted := [{"principal": "IAM_ALLOWED_PRINCIPALS", "permissions": ["ALL"]}]
		not settings.met with input as object.union(part, {"body": {argument: granted}})
	}
}

test_not_met_without_each_fact if {
	every fact in [
		"type",
		"body",
		"body/admins",
		"body/read_only_admins",
		"body/allow_external_data_filtering",
		"body/allow_full_table_external_data_access",
	] {
		not settings.met with input as json.remove(part, [fact])
	}
}
