"""An AWS to run Terraform, cdktf and boto3 against, on the loopback interface (docs/emulator.md).

It stands before moto, and behaves as AWS's pages say. What no page says is refused, not guessed.
"""
