"""A product's S3 location, registered with the governance account's Lake Formation.

The location is another account's, for which AWS does not take the service-linked role: the role is yours. Of its
arguments the provider changes none in place: a location that turns hybrid is deregistered for a moment.
"""

from __future__ import annotations

from cdktf_app.bindings import LakeformationResource, TerraformStack
from cdktf_app.ids import logical_id
from engine.model.plan import LocationPlan


def location(stack: TerraformStack, plan: LocationPlan, role_arn: str) -> None:
    LakeformationResource(
        stack,
        logical_id("location", plan.product),
        arn=plan.arn,
        role_arn=role_arn,
        hybrid_access_enabled=plan.hybrid,
    )
