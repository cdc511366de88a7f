"""The database roles of those who receive something: one invocation each, whatever they receive."""

from __future__ import annotations

from collections.abc import Iterable

from cdktf_app.bindings import TerraformResource, TerraformStack
from cdktf_app.constructs.invocation import invocation
from engine.grants.datashare.invocations import Share


def database_roles(
    stack: TerraformStack, shares: Iterable[Share], function: TerraformResource
) -> dict[str, TerraformResource]:
    """By the id of the role's invocation."""
    asked = {share.role.id: share.role for share in shares}
    return {id: invocation(stack, item, [function]) for id, item in asked.items()}
