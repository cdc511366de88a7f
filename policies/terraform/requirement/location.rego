# METADATA
# title: A location is one product's, under one role
# description: |
#   Lake Formation takes over a folder of a bucket, never a whole account's, with a role that is named. It vends no
#   credentials for a federated store.
# custom:
#   control: DG-73
#   way_out: name the bucket and prefix of the product, and `lake_location_role` in mesh/deployment.yaml
package meshwarden.terraform.requirement.location

import data.meshwarden.terraform.document

met if input.type != "aws_lakeformation_resource"

met if {
	input.type == "aws_lakeformation_resource"
	regex.match(`^arn:aws:s3:::[a-z0-9][a-z0-9.-]+(/[^*?$]+)?$`, input.body.arn)
	document.is_role(input.body.role_arn)
	not contains(input.body.role_arn, "role/mw.")
	is_boolean(input.body.hybrid_access_enabled)
}
