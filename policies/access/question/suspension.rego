# METADATA
# title: Nothing the question rests on is suspended
# description: Persona, purpose, domain and both accounts are in use, also in the product's region.
# custom: {control: DG-13}
package meshwarden.access.question.suspension

met if {
	input.persona.suspended == false
	input.purpose.suspended == false
	input.product.domain.suspended == false
	input.product.account.suspended == false
	input.account.suspended == false
	in_use(input.product.domain.suspended_regions)
	in_use(input.product.account.suspended_regions)
	in_use(input.account.suspended_regions)
}

in_use(suspended_regions) if {
	region := input.product.region
	every suspended in suspended_regions {
		suspended != region
	}
}
