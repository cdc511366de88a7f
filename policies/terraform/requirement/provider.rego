# METADATA
# title: A stack reaches one account only
# description: |
#   Its one provider allows exactly one account, and the role that it assumes, if any, is one of that account. Without
#   `allowed_account_ids` an empty `assume_role` would deploy into whatever account the caller is in.
# custom:
#   control: DG-62
#   way_out: give every provider its region and exactly one account in `allowed_account_ids`
package meshwarden.terraform.requirement.provider

met if input.type != "provider"

met if {
	input.type == "provider"
	[provider] := input.body.aws
	[account] := provider.allowed_account_ids
	regex.match(`^[0-9]{12}$`, account)
	regex.match(`^[a-z]{2}(-[a-z]+)+-[0-9]$`, provider.region)
	every role in object.get(provider, "assume_role", []) { of_account(role, account) }
}

of_account(role, account) if {
	regex.match(`^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@-]+$`, role.role_arn)
	split(role.role_arn, ":")[4] == account
}
