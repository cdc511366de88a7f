# METADATA
# title: Only what Meshwarden emits is in a stack
# description: |
#   Every block, resource type and argument is one of these. None of them makes a bucket, a queue, a key or anything
#   else that could be public or unencrypted; a new one is listed here with the requirements that it needs.
# custom:
#   control: DG-61
#   way_out: emit nothing else, or list it here with the requirements that hold it
package meshwarden.terraform.requirement.known

met if {
	is_object(input.body)
	object.keys(input.body) != set()
	own := arguments[input.type]
	paths - own == paths & {"depends_on"}
}

why contains sprintf("`%s` is not known", [input.type]) if not arguments[input.type]

why contains sprintf("its argument `%s` is not known", [path]) if {
	own := arguments[input.type] | {"depends_on"}
	some path in (paths - own)
}

# The arguments, nested ones as `block.argument`; what cdktf notes for itself is left out.
paths contains path if {
	walk(input.body, [steps, _])
	path := concat(".", [step | some step in steps; is_string(step)])
	not path in {"", "//"}
	not startswith(path, "//.")
}

arguments := {
	"aws_cloudwatch_log_group": {"name", "retention_in_days"},
	"aws_glue_catalog_database": {
		"catalog_id",
		"name",
		"target_database",
		"target_database.catalog_id",
		"target_database.database_name",
		"target_database.region",
	},
	"aws_iam_policy": {"name", "policy"},
	"aws_iam_role": {"assume_role_policy", "max_session_duration", "name", "permissions_boundary"},
	"aws_iam_role_policy": {"name", "policy", "role"},
	"aws_iam_role_policy_attachment": {"policy_arn", "role"},
	"aws_lakeformation_data_lake_settings": {
		"admins",
		"allow_external_data_filtering",
		"allow_full_table_external_data_access",
		"catalog_id",
		"parameters",
		"parameters.CROSS_ACCOUNT_VERSION",
		"read_only_admins",
	},
	"aws_lakeformation_lf_tag": {"catalog_id", "key", "values"},
	"aws_lakeformation_opt_in": {
		"principal",
		"principal.data_lake_principal_identifier",
		"resource_data",
		"resource_data.database",
		"resource_data.database.catalog_id",
		"resource_data.database.name",
		"resource_data.table",
		"resource_data.table.catalog_id",
		"resource_data.table.database_name",
		"resource_data.table.name",
	},
	"aws_lakeformation_permissions": {
		"catalog_id",
		"database",
		"database.catalog_id",
		"database.name",
		"lf_tag_policy",
		"lf_tag_policy.catalog_id",
		"lf_tag_policy.expression",
		"lf_tag_policy.expression.key",
		"lf_tag_policy.expression.values",
		"lf_tag_policy.resource_type",
		"permissions",
		"principal",
		"table_with_columns",
		"table_with_columns.catalog_id",
		"table_with_columns.column_names",
		"table_with_columns.database_name",
		"table_with_columns.name",
	},
	"aws_lakeformation_resource": {"arn", "hybrid_access_enabled", "role_arn"},
	"aws_lakeformation_resource_lf_tag": {
		"catalog_id",
		"database",
		"database.catalog_id",
		"database.name",
		"lf_tag",
		"lf_tag.catalog_id",
		"lf_tag.key",
		"lf_tag.value",
		"table",
		"table.catalog_id",
		"table.database_name",
		"table.name",
		"table_with_columns",
		"table_with_columns.catalog_id",
		"table_with_columns.column_names",
		"table_with_columns.database_name",
		"table_with_columns.name",
	},
	"aws_lambda_function": {
		"architectures",
		"filename",
		"function_name",
		"handler",
		"memory_size",
		"role",
		"runtime",
		"source_code_hash",
		"timeout",
	},
	"aws_lambda_invocation": {"function_name", "input", "lifecycle_scope", "terraform_key"},
	"aws_redshift_data_share_authorization": {"consumer_identifier", "data_share_arn"},
	"aws_redshift_data_share_consumer_association": {"consumer_arn", "data_share_arn"},
	"provider": {
		"aws",
		"aws.allowed_account_ids",
		"aws.assume_role",
		"aws.assume_role.external_id",
		"aws.assume_role.role_arn",
		"aws.assume_role.session_name",
		"aws.region",
	},
	"terraform": {
		"backend",
		"backend.local",
		"backend.local.path",
		"backend.s3",
		"backend.s3.bucket",
		"backend.s3.encrypt",
		"backend.s3.key",
		"backend.s3.kms_key_id",
		"backend.s3.region",
		"backend.s3.use_lockfile",
		"required_providers",
		"required_providers.aws",
		"required_providers.aws.source",
		"required_providers.aws.version",
	},
	"terraform_data": {"input"},
}
