# METADATA
# title: Environments do not mix
# description: The product lies in an account of the same environment as the account that reads it.
# custom: {control: DG-22}
package meshwarden.access.question.environment

met if input.product.account.environment == input.account.environment
