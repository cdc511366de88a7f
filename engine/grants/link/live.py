"""Resource links as they stand in a consumer account's catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.model.plan import Plan
from engine.model.standing import Standing, Thing

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

KIND = "resource link"


def expected_links(plan: Plan) -> Standing:
    """What each of the plan's links points at."""
    return {
        Thing(KIND, link.account, link.region, link.name): {
            "catalog": link.target_catalog,
            "database": link.target_database,
            "region": link.region,
        }
        for link in plan.links
    }


def read_links(client: GlueClient, account: str, region: str, central: str) -> Standing:
    """Every database link of the account to the central catalog. Raises botocore's ClientError."""
    standing: Standing = {}
    for page in client.get_paginator("get_databases").paginate(CatalogId=account):
        for database in page["DatabaseList"]:
            target = database.get("TargetDatabase") or {}
            if target.get("CatalogId") == central:
                standing[Thing(KIND, account, region, database["Name"])] = {
                    "catalog": central,
                    "database": target.get("DatabaseName", ""),
                    "region": target.get("Region") or region,
                }
    return standing
