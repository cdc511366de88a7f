# METADATA
# title: Which requirements a question meets
# description: |
#   The frame. It says what is met and lets nothing be denied: the engine, which knows every requirement from
#   `opa inspect`, grants nothing unless all of them are in the answer. A requirement takes part by being there.
# scope: subpackages
# schemas:
#   - input: schema.question
package meshwarden.access

met := {id | data.meshwarden.access.question[id].met == true}

readable := {id: classes | classes := data.meshwarden.access.column[id].readable}

longest := {id: seconds | seconds := data.meshwarden.access.session[id].longest}

# METADATA
# title: The answer to one question
# entrypoint: true
decision := {"met": met, "readable": readable, "longest": longest}

# METADATA
# title: The answers to many questions
# description: In the order of `input.questions`; a question about an unknown id has none, which the engine counts.
# entrypoint: true
# schemas:
#   - input: schema.questions
decisions := [{"id": question.id, "decision": answer} |
	some question in input.questions
	persona := input.personas[question.persona]
	purpose := input.purposes[question.purpose]
	account := input.accounts[question.account]
	offered := input.products[question.product]
	now := input.now
	answer := decision with input as {
		"now": now,
		"persona": persona,
		"purpose": purpose,
		"account": account,
		"product": offered,
	}
]
