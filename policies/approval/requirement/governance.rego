# METADATA
# title: Governance approves what is personal or above internal
# description: Governance has signed, or the agreement reaches neither personal data nor above internal.
# custom: {control: DG-52}
package meshwarden.approval.requirement.governance

met if {
	some approval in input.approvals
	approval.signs_as == "governance"
}

met if {
	input.agreement.personal == false
	input.agreement.max_classification in {"public", "internal"}
}
