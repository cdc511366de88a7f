package meshwarden.terraform.requirement.reading_test

import data.meshwarden.terraform.requirement.reading

part := {"type": "aws_lakeformation_permissions", "body": {"permissions": ["DESCRIBE", "SELECT"]}}

granting(permissions) := object.union(part, {"body": {"permissions": permissions}})

test_met_by_reading if {
	every permissions in [["DESCRIBE"], ["SELECT"], ["DESCRIBE", "SELECT"]] {
		reading.met with input as granting(permissions)
	}
}

test_met_without_a_grant_option if {
	reading.met with input as object.union(part, {"body": {"permissions_with_grant_option": []}})
}

test_met_by_another_resource if reading.met with input as {"type": "aws_iam_policy", "body": {}}

test_not_met_by_more if {
	every permissions in [["ALL"], ["SUPER"], ["SELECT", "ALL"], ["INSERT"], ["all"], [], null, "ALL", "SELECT"] {
		not reading.met with input as granting(permissions)
	}
}

test_not_met_by_the_grant_option if {
	every option in [["SELECT"], "SELECT", null] {
		not reading.met with input as object.union(part, {"body": {"permissions_with_grant_option": option}})
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/permissions"] { not reading.met with input as json.remove(part, [fact]) }
}
