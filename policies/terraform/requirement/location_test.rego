package meshwarden.terraform.requirement.location_test

import data.meshwarden.terraform.requirement.location

part := {"type": "aws_lakeformation_resource", "body": {
	"arn": "arn:aws:s3:::lending-lake/loans",
	"role_arn": "arn:aws:iam::100000000001:role/meshwarden-lake-access",
	"hybrid_access_enabled": false,
}}

test_met_by_a_folder_under_a_role if {
	every hybrid in [true, false] {
		location.met with input as object.union(part, {"body": {"hybrid_access_enabled": hybrid}})
	}
}

test_met_by_another_resource if location.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_any_other_place if {
	every arn in ["*", "arn:aws:s3:::*", "arn:aws:s3:::lending-lake/*", "s3://lending-lake/loans", "${var.arn}", ""] {
		not location.met with input as object.union(part, {"body": {"arn": arn}})
	}
}

test_not_met_by_any_other_role if {
	every arn in [
		"*",
		"arn:aws:iam::100000000001:root",
		"arn:aws:iam::300000000001:role/mw.analyst.modelling",
	] {
		not location.met with input as object.union(part, {"body": {"role_arn": arn}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/arn", "body/role_arn", "body/hybrid_access_enabled"] {
		not location.met with input as json.remove(part, [fact])
	}
}
