package meshwarden.terraform.requirement.reconciler_test

import data.meshwarden.terraform.requirement.reconciler

function := {"type": "aws_lambda_function", "body": {
	"function_name": "meshwarden-reconciler-producer",
	"handler": "redshift.handler.reconcile",
	"role": "arn:aws:iam::200000000001:role/meshwarden-reconciler-eu-west-1-producer",
	"filename": "../../reconciler.zip",
	"source_code_hash": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
}}

log := {"type": "aws_cloudwatch_log_group", "body": {
	"name": "/aws/lambda/meshwarden-reader-consumer",
	"retention_in_days": 365,
}}

changed(part, change) := object.union(part, {"body": change})

test_met_by_both_functions_and_their_log if {
	reconciler.met with input as function
	reconciler.met with input as log
	reader := {"function_name": "meshwarden-reader-producer", "handler": "redshift.handler.read"}
	reconciler.met with input as changed(function, reader)
}

test_met_by_another_resource if reconciler.met with input as {"type": "aws_iam_role", "body": {}}

test_not_met_by_another_function if {
	every change in [
		{"function_name": "other"},
		{"function_name": "meshwarden-reconciler-admin"},
		{"function_name": "meshwarden-reader-producer"},
		{"handler": "redshift.handler.read"},
		{"handler": "other.handler"},
		{"role": "arn:aws:iam::200000000001:role/admin"},
		{"role": "arn:aws:iam::200000000001:role/meshwarden-deploy"},
		{"role": "arn:aws:iam::200000000001:role/meshwarden-reconciler-eu-west-1-consumer"},
		{"filename": "/tmp/other.zip"},
		{"source_code_hash": ""},
	] {
		not reconciler.met with input as changed(function, change)
	}
}

test_not_met_by_a_log_that_is_kept_for_ever if {
	every change in [{"retention_in_days": 0}, {"retention_in_days": null}, {"retention_in_days": "365"}] {
		not reconciler.met with input as changed(log, change)
	}
}

test_not_met_by_the_log_of_another if not reconciler.met with input as changed(log, {"name": "/aws/lambda/other"})

test_not_met_without_each_fact if {
	every fact in ["type", "body"] {
		not reconciler.met with input as json.remove(function, [fact])
		not reconciler.met with input as json.remove(log, [fact])
	}
	every fact in object.keys(function.body) {
		not reconciler.met with input as json.remove(function, [sprintf("body/%s", [fact])])
	}
	every fact in object.keys(log.body) {
		not reconciler.met with input as json.remove(log, [sprintf("body/%s", [fact])])
	}
}
