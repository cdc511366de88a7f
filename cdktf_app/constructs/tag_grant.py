"""A grant on whatever carries the tags of an expression, in the central catalog."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_app.bindings import (
    LakeformationPermissions,
    LakeformationPermissionsLfTagPolicy,
    LakeformationPermissionsLfTagPolicyExpression,
    TerraformResource,
    TerraformStack,
)
from cdktf_app.ids import logical_id
from engine.model.plan import Grant, TagTarget


def tag_grant(stack: TerraformStack, grant: Grant, target: TagTarget, after: Sequence[TerraformResource]) -> None:
    """`after` are the LF-tags of the expression, and the assignments that the grant waits for."""
    LakeformationPermissions(
        stack,
        logical_id("grant", grant.id),
        catalog_id=grant.account,
        principal=grant.principal,
        permissions=list(grant.permissions),
        lf_tag_policy=LakeformationPermissionsLfTagPolicy(
            catalog_id=grant.account,
            resource_type=target.resource_type,
            expression=[
                LakeformationPermissionsLfTagPolicyExpression(key=key, values=list(values))
                for key, values in sorted(target.expression.items())
            ],
        ),
        depends_on=list(after),
    )
