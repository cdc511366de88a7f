# METADATA
# title: Environments do not mix
# description: The product lies in an account of the same environment as the account that reads it.
# custom: {control: DG-22}
package meshwarden.access.question.environment

met if {
	input.product.account.environment == input.account.environment

	# two accounts of which nobody declared it are not in the same one
	input.account.environment in {"prod", "nonprod"}
}
