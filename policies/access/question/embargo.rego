# METADATA
# title: The embargo is over
# description: The contract names no embargo, or a date that has come.
# custom: {control: DG-14}
package meshwarden.access.question.embargo

met if input.product.embargoed_until == null

# instants are written alike, so they sort as text
met if {
	is_string(input.product.embargoed_until)
	input.product.embargoed_until <= input.now
}
