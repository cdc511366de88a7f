# METADATA
# title: Nobody reads above their clearance
# description: A column's classification is at most the persona's clearance.
# custom: {control: DG-31}
package meshwarden.access.column.clearance

rank := {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}

readable contains class.id if {
	some class in input.product.classes
	rank[class.classification] <= rank[input.persona.clearance]
}
