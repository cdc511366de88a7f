"""A grant to see a resource link, in the consumer's own catalog."""

from __future__ import annotations

from cdktf_app.bindings import (
    GlueCatalogDatabase,
    LakeformationPermissions,
    LakeformationPermissionsDatabase,
    TerraformStack,
)
from cdktf_app.ids import logical_id
from engine.model.plan import Grant, LinkTarget


def link_grant(stack: TerraformStack, grant: Grant, target: LinkTarget, link: GlueCatalogDatabase) -> None:
    LakeformationPermissions(
        stack,
        logical_id("grant", grant.id),
        catalog_id=grant.account,
        principal=grant.principal,
        permissions=list(grant.permissions),
        database=LakeformationPermissionsDatabase(catalog_id=grant.account, name=target.database),
        depends_on=[link],
    )
