# METADATA
# title: Personal data serves only purposes that allow it
# description: Columns without personal data serve every purpose.
# custom: {control: DG-32}
package meshwarden.access.column.personal

readable contains class.id if {
	some class in input.product.classes
	class.personal == false
}

readable contains class.id if {
	input.purpose.allows_personal == true
	some class in input.product.classes
	class.personal == true
}
