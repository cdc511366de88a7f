# METADATA
# title: A datashare of ours is let to one account, and taken by one namespace
# description: |
#   What is authorized is a datashare of ours, for an account by its number, never its own and no keyword such as ADX.
#   What is associated is the datashare of another account with one namespace, never with a whole account or region
#   (`known` lets neither argument pass). Who is a declared consumer, the role that deploys is told by its policy.
# custom:
#   control: DG-77
#   way_out: authorize the consumer's account, and associate one of its warehouses
package meshwarden.terraform.requirement.datashare

met if {
	is_string(input.type)
	not input.type in {"aws_redshift_data_share_authorization", "aws_redshift_data_share_consumer_association"}
}

met if {
	input.type == "aws_redshift_data_share_authorization"
	regex.match(`^[0-9]{12}$`, input.body.consumer_identifier)
	producer(input.body.data_share_arn) != input.body.consumer_identifier
}

met if {
	input.type == "aws_redshift_data_share_consumer_association"
	producer(input.body.data_share_arn) != consumer(input.body.consumer_arn)
}

producer(arn) := split(arn, ":")[4] if {
	regex.match(`^arn:aws:redshift:[a-z0-9-]+:[0-9]{12}:datashare:[0-9a-f-]{36}/mw_[a-z0-9_]+$`, arn)
}

consumer(arn) := split(arn, ":")[4] if {
	namespace := `(redshift:[a-z0-9-]+:[0-9]{12}:namespace:|redshift-serverless:[a-z0-9-]+:[0-9]{12}:namespace/)`
	regex.match(sprintf("^arn:aws:%s[0-9a-f-]{36}$", [namespace]), arn)
}
