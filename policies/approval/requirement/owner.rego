# METADATA
# title: The owner approves
# description: A member of the group that owns the product has signed.
# custom: {control: DG-51}
package meshwarden.approval.requirement.owner

met if {
	some approval in input.approvals
	approval.signs_as == "owner"
}
