"""The plan as Terraform: what `cdktf synth` and `cdktf deploy` run."""
