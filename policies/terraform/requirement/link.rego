# METADATA
# title: A Glue database is a link
# description: |
#   It names the central database that it stands for. A database of its own would begin with the catalog's default
#   permissions, which in an account that was never set otherwise are everyone's.
# custom:
#   control: DG-69
#   way_out: give the database its `target_database`; central databases are made by the catalog sync
package meshwarden.terraform.requirement.link

met if input.type != "aws_glue_catalog_database"

met if {
	input.type == "aws_glue_catalog_database"
	target := input.body.target_database
	object.keys(target) == {"catalog_id", "database_name", "region"}
	regex.match(`^[0-9]{12}$`, target.catalog_id)
	regex.match(`^[^$%*]+$`, target.database_name)
}
