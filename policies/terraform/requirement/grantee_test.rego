package meshwarden.terraform.requirement.grantee_test

import data.meshwarden.terraform.requirement.grantee

opt_in(principal) := {
	"type": "aws_lakeformation_opt_in",
	"body": {"principal": [{"data_lake_principal_identifier": principal}]},
}

part(principal) := {"type": "aws_lakeformation_permissions", "body": {"principal": principal}}

test_met_by_an_access_role if grantee.met with input as part("arn:aws:iam::300000000001:role/mw.analyst.modelling")

test_met_by_the_opt_in_of_an_access_role if {
	grantee.met with input as opt_in("arn:aws:iam::300000000001:role/mw.analyst.modelling")
}

test_met_by_another_resource if grantee.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_anybody_else if {
	every principal in [
		"IAM_ALLOWED_PRINCIPALS",
		"300000000001",
		"300000000001:IAMPrincipals",
		"arn:aws:organizations::100000000001:organization/o-a1b2c3",
		"arn:aws:organizations::100000000001:ou/o-a1b2c3/ou-1",
		"arn:aws:iam::300000000001:root",
		"arn:aws:iam::300000000001:role/admin",
		"arn:aws:iam::300000000001:role/mw.*",
		"arn:aws:iam::300000000001:role/path/mw.analyst.modelling",
		"arn:aws:iam::300000000001:user/mw.anna",
		"${data.caller.arn}",
		"",
	] {
		not grantee.met with input as part(principal)
		not grantee.met with input as opt_in(principal)
	}
}

test_not_met_without_each_fact if {
	whole := part("arn:aws:iam::300000000001:role/mw.analyst.modelling")
	every fact in ["type", "body", "body/principal"] {
		not grantee.met with input as json.remove(whole, [fact])
		not grantee.met with input as json.remove(opt_in("arn:aws:iam::300000000001:role/mw.a.b"), [fact])
	}
}
