package meshwarden.terraform.requirement.known_test

import data.meshwarden.terraform.requirement.known

policy := {"type": "aws_iam_policy", "body": {"name": "mw-access.1.a.b", "policy": "{}"}}

grant := {"type": "aws_lakeformation_permissions", "body": {
	"//": {"metadata": {"path": "here"}},
	"depends_on": ["aws_iam_role.one"],
	"principal": "arn:aws:iam::300000000001:role/mw.a.b",
	"lf_tag_policy": {"resource_type": "TABLE", "expression": [{"key": "k", "values": ["v"]}]},
}}

test_met_by_known_arguments if {
	every part in [policy, grant] { known.met with input as part }
}

test_not_met_by_another_type if {
	every type in ["aws_s3_bucket", "aws_lakeformation_data_cells_filter", "output", "data", "module", ""] {
		not known.met with input as object.union(policy, {"type": type})
	}
}

test_not_met_by_what_opens_a_function if {
	every type in ["aws_lambda_permission", "aws_lambda_function_url", "aws_lambda_alias"] {
		opened := {"function_name": "meshwarden-reconciler-producer"}
		not known.met with input as {"type": type, "body": opened}
	}
	function := {"function_name": "meshwarden-reconciler-producer", "environment": {"variables": {"PASSWORD": "secret"}}}
	not known.met with input as {"type": "aws_lambda_function", "body": function}
}

test_not_met_by_a_datashare_with_writes_or_for_all if {
	authorization := {"type": "aws_redshift_data_share_authorization", "body": {"allow_writes": true}}
	association := {"type": "aws_redshift_data_share_consumer_association", "body": {"associate_entire_account": true}}
	every part in [authorization, association] { not known.met with input as part }
}

test_not_met_by_another_argument if {
	every argument in ["policy_prefix", "count", "for_each", "lifecycle", "provisioner", "//x"] {
		not known.met with input as object.union(policy, {"body": {argument: {}}})
	}
}

test_not_met_by_another_argument_of_a_block if {
	not known.met with input as object.union(grant, {"body": {"lf_tag_policy": {"wildcard": true}}})
	not known.met with input as object.union(grant, {"body": {"table_with_columns": {"wildcard": true}}})
	not known.met with input as object.union(grant, {"body": {"lf_tag_policy": {"expression": [{"not": "k"}]}}})
}

test_not_met_by_what_is_no_block if {
	every body in [null, [], [policy.body], "text", {}] {
		not known.met with input as {"type": "aws_iam_policy", "body": body}
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body"] { not known.met with input as json.remove(policy, [fact]) }
}

test_why_names_it if {
	known.why == {"`aws_s3_bucket` is not known"} with input as {"type": "aws_s3_bucket", "body": {"acl": "private"}}
	known.why == {"its argument `path` is not known"} with input as object.union(policy, {"body": {"path": "/"}})
}
