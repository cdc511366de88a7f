# METADATA
# title: A function is a reconciler, with its own role and a log that is not kept for ever
# description: |
#   It bears one of our names, runs our code as its own side's role, and nobody but the stack's own account can call it:
#   it has no public address and no policy of its own (`known` lets neither pass). Its log has a retention.
# custom:
#   control: DG-75
#   way_out: emit functions by cdktf_app/constructs/reconciler.py only
package meshwarden.terraform.requirement.reconciler

met if {
	is_string(input.type)
	not input.type in {"aws_cloudwatch_log_group", "aws_lambda_function"}
}

met if {
	input.type == "aws_lambda_function"
	[_, kind, side] := regex.find_all_string_submatch_n(
		`^meshwarden-(reconciler|reader)-(producer|consumer)$`,
		input.body.function_name, 1,
	)[0]
	input.body.handler == {"reconciler": "redshift.handler.reconcile", "reader": "redshift.handler.read"}[kind]
	role := `^arn:aws:iam::[0-9]{12}:role/meshwarden-reconciler-[a-z0-9-]+-(producer|consumer)$`
	regex.match(role, input.body.role)
	endswith(input.body.role, sprintf("-%s", [side]))
	regex.match(`^[A-Za-z0-9+/]{43}=$`, input.body.source_code_hash)
	input.body.filename == "../../reconciler.zip"
}

met if {
	input.type == "aws_cloudwatch_log_group"
	regex.match(`^/aws/lambda/meshwarden-(reconciler|reader)-(producer|consumer)$`, input.body.name)
	is_number(input.body.retention_in_days)
	input.body.retention_in_days > 0
}
