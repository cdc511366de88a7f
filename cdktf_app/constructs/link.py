"""A resource link: a database in a consumer's catalog that stands for a central one."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_app.bindings import (
    GlueCatalogDatabase,
    GlueCatalogDatabaseTargetDatabase,
    TerraformResource,
    TerraformStack,
)
from cdktf_app.ids import logical_id
from engine.model.plan import LinkPlan


def link(stack: TerraformStack, plan: LinkPlan, after: Sequence[TerraformResource]) -> GlueCatalogDatabase:
    """`after` are the account's lake settings, where they are ours."""
    return GlueCatalogDatabase(
        stack,
        logical_id("link", plan.id),
        catalog_id=plan.account,
        name=plan.name,
        target_database=GlueCatalogDatabaseTargetDatabase(
            catalog_id=plan.target_catalog, database_name=plan.target_database, region=plan.region
        ),
        depends_on=list(after),
    )
