# METADATA
# title: Lake settings are administered by named roles, and let nobody past Lake Formation
# description: |
#   Administrators are roles by their ARN, and no access role is one. New databases and tables begin with nobody's
#   permissions: IAM_ALLOWED_PRINCIPALS would open them to whoever IAM lets in. No engine from outside filters alone.
# custom:
#   control: DG-70
#   way_out: name the administrators in `lake_admins` of mesh/deployment.yaml, and no default permissions
package meshwarden.terraform.requirement.settings

import data.meshwarden.terraform.document

met if input.type != "aws_lakeformation_data_lake_settings"

met if {
	input.type == "aws_lakeformation_data_lake_settings"
	input.body.allow_external_data_filtering == false
	input.body.allow_full_table_external_data_access == false
	administered(document.words(input.body.admins))
	administered(document.words(input.body.read_only_admins))
	every argument in ["create_database_default_permissions", "create_table_default_permissions"] {
		object.get(input.body, argument, []) == []
	}
}

administered(admins) if {
	every arn in admins {
		document.is_role(arn)
		not contains(arn, "role/mw.")
	}
}
