# METADATA
# title: Purpose is held and served
# description: The persona holds the purpose, and the product may serve it.
# custom: {control: DG-11}
package meshwarden.access.question.purpose

met if {
	input.purpose.id in input.persona.purposes
	input.purpose.id in input.product.purposes
}
