# METADATA
# title: Which requirements each part of a synthesized stack meets
# description: |
#   The frame of the lock. `input` is a stack's cdk.tf.json. Its parts are its resources and every other block at its
#   top; a part is let through when it meets every requirement that the engine knows of. `why` is for people only: what
#   in the part is not met, where a requirement says so.
package meshwarden.terraform

answer := {
	"met": {id | data.meshwarden.terraform.requirement[id].met == true},
	"why": {id: why | why := data.meshwarden.terraform.requirement[id].why},
}

# METADATA
# title: The answers for one stack
# description: For each part its address, as `aws_iam_role.name` or the name of its block, and what it meets.
# entrypoint: true
decision := [{"address": part.address, "decision": result} |
	some part in parts
	result := answer with input as part
]

# METADATA
# title: The answers for many stacks
# description: By the stack's name in `input.stacks`.
# entrypoint: true
decisions := [{"stack": name, "parts": answers} |
	some name, stack in input.stacks
	answers := decision with input as stack
]

parts contains {"address": block, "type": block, "body": body} if {
	some block, body in input
	not block in {"//", "resource"}
}

# What every stack has is judged where it is missing too.
parts contains {"address": block, "type": block, "body": null} if {
	some block in {"provider", "terraform"}
	not block in object.keys(input)
}

parts contains {"address": concat(".", [type, name]), "type": type, "body": body} if {
	some type, named in input.resource
	some name, body in named
}
