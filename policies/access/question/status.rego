# METADATA
# title: The product is in service
# description: Its contract is active, or deprecated and not yet retired.
# custom: {control: DG-12}
package meshwarden.access.question.status

met if input.product.status in {"active", "deprecated"}
