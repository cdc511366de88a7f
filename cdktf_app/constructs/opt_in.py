"""An access role for which Lake Formation's permissions count at a hybrid location: on a central database or table."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_app.bindings import (
    LakeformationOptIn,
    LakeformationOptInPrincipal,
    LakeformationOptInResourceData,
    LakeformationOptInResourceDataDatabase,
    LakeformationOptInResourceDataTable,
    TerraformResource,
    TerraformStack,
)
from cdktf_app.ids import logical_id
from engine.model.plan import OptIn


def opt_in(stack: TerraformStack, plan: OptIn, after: Sequence[TerraformResource]) -> None:
    """`after` are the lake settings of the role's account, where they are ours: only an administrator opts in."""
    LakeformationOptIn(
        stack,
        logical_id("opt-in", plan.id),
        principal=[LakeformationOptInPrincipal(data_lake_principal_identifier=plan.principal)],
        resource_data=[_resource(plan)],
        depends_on=list(after),
    )


def _resource(plan: OptIn) -> LakeformationOptInResourceData:
    if plan.table is None:
        database = LakeformationOptInResourceDataDatabase(catalog_id=plan.catalog, name=plan.database)
        return LakeformationOptInResourceData(database=[database])
    table = LakeformationOptInResourceDataTable(catalog_id=plan.catalog, database_name=plan.database, name=plan.table)
    return LakeformationOptInResourceData(table=[table])
