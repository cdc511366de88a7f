package meshwarden.terraform.requirement.link_test

import data.meshwarden.terraform.requirement.link

part := {"type": "aws_glue_catalog_database", "body": {"target_database": {
	"catalog_id": "100000000001",
	"database_name": "lending__loans",
	"region": "eu-west-1",
}}}

test_met_by_a_link if link.met with input as part

test_met_by_another_resource if link.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_a_database_of_its_own if {
	every target in [null, {}, [], "lending__loans"] {
		not link.met with input as {"type": part.type, "body": {"name": "mine", "target_database": target}}
	}
}

test_not_met_by_a_target_that_is_not_named if {
	every change in [{"catalog_id": "*"}, {"catalog_id": ""}, {"database_name": "*"}, {"database_name": "${var.name}"}] {
		not link.met with input as object.union(part, {"body": {"target_database": change}})
	}
}

test_not_met_without_each_fact if {
	every fact in [
		"type",
		"body",
		"body/target_database",
		"body/target_database/catalog_id",
		"body/target_database/database_name",
		"body/target_database/region",
	] {
		not link.met with input as json.remove(part, [fact])
	}
}
