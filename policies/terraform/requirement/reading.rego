# METADATA
# title: Lake Formation grants let see and read, and are not passed on
# description: The permissions are DESCRIBE and SELECT at most, never ALL (SUPER), and none has the grant option.
# custom:
#   control: DG-68
#   way_out: grant DESCRIBE and SELECT only, without the grant option
package meshwarden.terraform.requirement.reading

met if input.type != "aws_lakeformation_permissions"

met if {
	input.type == "aws_lakeformation_permissions"
	object.get(input.body, "permissions_with_grant_option", []) == []
	count(input.body.permissions) > 0
	every permission in input.body.permissions { permission in {"DESCRIBE", "SELECT"} }
}

why contains sprintf("it grants %s", [concat(", ", input.body.permissions)]) if {
	some permission in input.body.permissions
	not permission in {"DESCRIBE", "SELECT"}
}

why contains sprintf("it may grant %s on", [concat(", ", input.body.permissions_with_grant_option)]) if {
	count(input.body.permissions_with_grant_option) > 0
}
