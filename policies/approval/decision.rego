# METADATA
# title: Which approval requirements an agreement meets
# description: |
#   The frame of the approvals, in the form of the access frame. `input.approvals` holds only the approvals that count:
#   of this version and these terms, by somebody who may sign so.
# scope: subpackages
# schemas:
#   - input: schema.agreement
package meshwarden.approval

# METADATA
# title: The answer for one agreement
# entrypoint: true
decision := {"met": {id | data.meshwarden.approval.requirement[id].met == true}}

# METADATA
# title: The answers for many agreements
# description: In the order of `input.questions`.
# entrypoint: true
# schemas:
#   - input: schema.agreements
decisions := [{"id": question.id, "decision": answer} |
	some question in input.questions
	agreement := question.agreement
	approvals := question.approvals
	now := input.now
	answer := decision with input as {"now": now, "agreement": agreement, "approvals": approvals}
]
