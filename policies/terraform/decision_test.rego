package meshwarden.terraform_test

import data.meshwarden.terraform

requirements := {
	"held": {"met": true, "why": set()},
	"refused": {"met": false, "why": {"for a reason"}},
	"wordy": {"met": "true"},
	"absent": {},
}

stack := {
	"//": {"metadata": {}},
	"provider": {"aws": [{}]},
	"terraform": {"backend": {}},
	"resource": {"aws_iam_role": {"one": {}, "other": {}}, "aws_iam_policy": {"one": {}}},
}

addresses(answers) := sort([part.address | some part in answers])

test_every_part_is_judged if {
	answers := terraform.decision with input as stack
	addresses(answers) == ["aws_iam_policy.one", "aws_iam_role.one", "aws_iam_role.other", "provider", "terraform"]
}

test_a_block_that_nobody_foresaw_is_a_part if {
	answers := terraform.decision with input as object.union(stack, {"output": {"one": {}}, "data": {"aws_iam_role": {}}})
	addresses(answers) == [
		"aws_iam_policy.one",
		"aws_iam_role.one",
		"aws_iam_role.other",
		"data",
		"output",
		"provider",
		"terraform",
	]
}

test_what_every_stack_has_is_judged_where_it_is_missing if {
	every missing in [{}, {"resource": {}}, {"provider": null, "terraform": null}] {
		answers := terraform.decision with input as missing
		addresses(answers) == ["provider", "terraform"]
	}
}

test_a_part_meets_what_is_true if {
	answer := terraform.answer with terraform.requirement as requirements
	answer == {"met": {"held"}, "why": {"held": set(), "refused": {"for a reason"}}}
}

test_a_missing_provider_and_backend_meet_little if {
	every part in terraform.decision { not "known" in part.decision.met } with input as {}
}

test_each_stack_is_answered_by_its_name if {
	answers := terraform.decisions with input as {"stacks": {"a": stack, "b": {}}}
	{answer.stack: count(answer.parts) | some answer in answers} == {"a": 5, "b": 2}
}
