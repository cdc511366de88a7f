package meshwarden.terraform.requirement.datashare_test

import data.meshwarden.terraform.requirement.datashare

guid := "3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901"

share := sprintf("arn:aws:redshift:eu-west-1:200000000001:datashare:%s/mw__a__b", [guid])

authorization := {"type": "aws_redshift_data_share_authorization", "body": {
	"data_share_arn": share,
	"consumer_identifier": "300000000001",
}}

association := {"type": "aws_redshift_data_share_consumer_association", "body": {
	"data_share_arn": share,
	"consumer_arn": sprintf("arn:aws:redshift-serverless:eu-west-1:300000000001:namespace/%s", [guid]),
}}

changed(part, change) := object.union(part, {"body": change})

test_met_by_one_account_and_one_namespace if {
	datashare.met with input as authorization
	datashare.met with input as association
	cluster := sprintf("arn:aws:redshift:eu-central-1:300000000001:namespace:%s", [guid])
	datashare.met with input as changed(association, {"consumer_arn": cluster})
}

test_met_by_another_resource if datashare.met with input as {"type": "aws_lambda_function", "body": {}}

test_not_met_by_another_consumer if {
	every consumer in ["ADX", "*", "200000000001", "DataZone/1", "${var.account}", null] {
		not datashare.met with input as changed(authorization, {"consumer_identifier": consumer})
	}
	every consumer in [
		"300000000001",
		"arn:aws:redshift:eu-west-1:300000000001:namespace:*",
		"arn:aws:redshift:eu-west-1:300000000001:cluster:dwh",
		sprintf("arn:aws:redshift:eu-west-1:200000000001:namespace:%s", [guid]),
		sprintf("arn:aws:redshift-serverless:eu-west-1:300000000001:namespace:%s", [guid]),
		null,
	] {
		not datashare.met with input as changed(association, {"consumer_arn": consumer})
	}
}

test_not_met_by_the_datashare_of_somebody_else if {
	every arn in [
		sprintf("arn:aws:redshift:eu-west-1:200000000001:datashare:%s/sales", [guid]),
		sprintf("arn:aws:redshift:eu-west-1:200000000001:datashare:%s/*", [guid]),
		"arn:aws:redshift:eu-west-1:200000000001:datashare:*/mw__a__b",
		"*",
		null,
	] {
		every part in [authorization, association] {
			not datashare.met with input as changed(part, {"data_share_arn": arn})
		}
	}
}

test_not_met_without_each_fact if {
	every fact in ["type", "body", "body/data_share_arn", "body/consumer_identifier"] {
		not datashare.met with input as json.remove(authorization, [fact])
	}
	every fact in ["type", "body", "body/data_share_arn", "body/consumer_arn"] {
		not datashare.met with input as json.remove(association, [fact])
	}
}
