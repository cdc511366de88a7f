"""A grant on named columns of a central table."""

from __future__ import annotations

from cdktf_app.bindings import LakeformationPermissions, LakeformationPermissionsTableWithColumns, TerraformStack
from cdktf_app.ids import logical_id
from engine.model.plan import ColumnTarget, Grant


def column_grant(stack: TerraformStack, grant: Grant, target: ColumnTarget) -> None:
    LakeformationPermissions(
        stack,
        logical_id("grant", grant.id),
        catalog_id=grant.account,
        principal=grant.principal,
        permissions=list(grant.permissions),
        table_with_columns=LakeformationPermissionsTableWithColumns(
            catalog_id=grant.account,
            database_name=target.database,
            name=target.table,
            column_names=list(target.columns),
        ),
    )
