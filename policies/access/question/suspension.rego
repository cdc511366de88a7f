# METADATA
# title: Nothing the question rests on is suspended
# description: Persona, purpose, domain and both accounts are in use, also in the product's region.
# custom: {control: DG-13}
package meshwarden.access.question.suspension

met if {
	input.persona.suspended == false
	input.purpose.suspended == false
	every owner in [input.product.domain, input.product.account, input.account] {
		owner.suspended == false
		in_use(owner.suspended_regions, input.product.region)
	}
}

in_use(suspended_regions, region) if {
	every suspended in suspended_regions {
		suspended != region
	}
}
