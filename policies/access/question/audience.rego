# METADATA
# title: The product is meant for this reader
# description: It is open to the company, or belongs to one of the persona's own domains.
# custom: {control: DG-15}
package meshwarden.access.question.audience

met if input.product.audience == "open"

met if input.product.domain.id in input.persona.domains
