"""The product deployed by the real cdktf, Terraform and AWS provider to the emulated AWS, and read back."""
