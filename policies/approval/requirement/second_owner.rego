# METADATA
# title: A second owner approves what is restricted
# description: Another member of the owner group has signed, or the agreement stays below restricted.
# custom: {control: DG-53}
package meshwarden.approval.requirement.second_owner

met if {
	some approval in input.approvals
	approval.signs_as == "second owner"
}

met if input.agreement.max_classification in {"public", "internal", "confidential"}
