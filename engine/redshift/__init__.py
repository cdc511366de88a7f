"""What the Lambda functions in a warehouse's account run: it makes a warehouse what the plan says, or reads it.

The package is a zip of its own, in which it is named `redshift`: it imports the standard library, boto3 and itself.
"""
