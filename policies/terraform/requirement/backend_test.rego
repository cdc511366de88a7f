package meshwarden.terraform.requirement.backend_test

import data.meshwarden.terraform.requirement.backend

pinned := {"aws": {"source": "aws", "version": "5.100.0"}}

part(kept) := {"type": "terraform", "body": {"backend": kept, "required_providers": pinned}}

bucket := {
	"bucket": "meshwarden-states",
	"encrypt": true,
	"key": "mesh/stack.tfstate",
	"kms_key_id": "arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11",
	"region": "eu-west-1",
	"use_lockfile": true,
}

test_met_by_a_file if backend.met with input as part({"local": {"path": "../../../state/stack.tfstate"}})

test_met_by_an_encrypted_bucket if backend.met with input as part({"s3": bucket})

test_met_by_a_resource if backend.met with input as {"type": "aws_iam_role", "body": {}}

test_not_met_by_a_bucket_without_encryption_or_lock if {
	every change in [{"encrypt": false}, {"encrypt": "true"}, {"use_lockfile": false}, {"kms_key_id": ""}] {
		not backend.met with input as part({"s3": object.union(bucket, change)})
	}
}

test_not_met_by_another_backend if {
	every kept in [{}, {"http": {"address": "x"}}, {"s3": bucket, "local": {"path": "x"}}, {"local": {}}] {
		not backend.met with input as part(kept)
	}
}

test_not_met_by_a_provider_that_is_not_pinned if {
	every change in [{"version": "~> 5.0"}, {"version": ">= 5.100.0"}, {"source": "example.com/evil/aws"}] {
		changed := {"aws": object.union(pinned.aws, change)}
		not backend.met with input as object.union(part({"s3": bucket}), {"body": {"required_providers": changed}})
	}
}

test_not_met_without_each_fact if {
	whole := part({"s3": bucket})
	every fact in [
		"type",
		"body",
		"body/backend",
		"body/backend/s3/encrypt",
		"body/backend/s3/kms_key_id",
		"body/backend/s3/use_lockfile",
		"body/required_providers",
		"body/required_providers/aws/source",
		"body/required_providers/aws/version",
	] {
		not backend.met with input as json.remove(whole, [fact])
	}
}

test_not_met_where_it_is_missing if not backend.met with input as {"type": "terraform", "body": null}
