# METADATA
# title: Unclassified columns are readable by nobody
# description: A column has both a classification and a word on personal data.
# custom: {control: DG-33}
package meshwarden.access.column.classified

readable contains class.id if {
	some class in input.product.classes
	class.classification in {"public", "internal", "confidential", "restricted"}
	class.personal in {true, false}
}
