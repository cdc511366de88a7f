"""Entitlements become a plan of AWS objects here, and the plan is evaluated as AWS would."""
