# METADATA
# title: Data stays in regions its reader may use
# description: The product's region is one of the persona's.
# custom: {control: DG-21}
package meshwarden.access.question.residency

met if input.product.region in input.persona.regions
