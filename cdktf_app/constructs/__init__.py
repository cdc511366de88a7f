"""A file for each kind of thing in a plan: the Terraform resources that it is.

What belongs together is joined by `depends_on`, not by references, so that the emitted JSON says every name outright.
"""
