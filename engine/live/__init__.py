"""The live accounts: what stands there, who made it, and the one act that does not wait for Terraform."""
