# METADATA
# title: States are encrypted and locked, and the provider is pinned
# description: |
#   A state is a file beside the project, or an object in a bucket, encrypted with a named KMS key and locked. The
#   provider is one exact version.
# custom:
#   control: DG-63
#   way_out: use `local`, or `s3` with `kms_key_arn`, in mesh/deployment.yaml
package meshwarden.terraform.requirement.backend

met if input.type != "terraform"

met if {
	input.type == "terraform"
	kept
	input.body.required_providers.aws.source in {"aws", "hashicorp/aws"}
	regex.match(`^[0-9]+\.[0-9]+\.[0-9]+$`, input.body.required_providers.aws.version)
}

kept if {
	object.keys(input.body.backend) == {"local"}
	is_string(input.body.backend.local.path)
}

kept if {
	object.keys(input.body.backend) == {"s3"}
	input.body.backend.s3.encrypt == true
	input.body.backend.s3.use_lockfile == true
	regex.match(`^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`, input.body.backend.s3.kms_key_id)
}
