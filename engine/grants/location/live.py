"""Registered S3 locations, opt-ins, and the lake settings under which both count, as they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from engine.model.plan import Plan
from engine.model.standing import Standing, Thing, Value

if TYPE_CHECKING:
    from types_boto3_lakeformation import LakeFormationClient

LOCATION = "S3 location"
OPT_IN = "opt-in"
SETTINGS = "lake settings"
_ACCESS_ROLE = ":role/mw."


def expected_locations(plan: Plan, catalog: str, role_arn: str) -> Standing:
    """Each product's location, registered through the role that the deployment names."""
    return {
        Thing(LOCATION, catalog, location.region, location.arn): {"role": role_arn, "hybrid": location.hybrid}
        for location in plan.locations
    }


def expected_opt_ins(plan: Plan) -> Standing:
    return {
        opt_in_thing(item.account, item.region, item.principal, item.database, item.table): {"catalog": item.catalog}
        for item in plan.opt_ins
    }


def opt_in_thing(account: str, region: str, principal: str, database: str, table: str | None) -> Thing:
    """The opt-in of a principal to a database, or to one table of it."""
    return Thing(OPT_IN, account, region, f"{principal} on {_place(database, table)}")


def settings(admins: Sequence[str], read_only_admins: Sequence[str]) -> Value:
    """Lake settings in which Lake Formation alone decides, and these administer it."""
    return {
        "admins": sorted(admins),
        "read_only_admins": sorted(read_only_admins),
        "new_databases": [],
        "new_tables": [],
        "external_data_filtering": False,
        "full_table_external_data_access": False,
        "cross_account_version": "4",
    }


def read_locations(client: LakeFormationClient, account: str, region: str, role_arn: str) -> Standing:
    """The locations that are registered through Meshwarden's role. Raises botocore's ClientError."""
    found = _pages(client.list_resources, "ResourceInfoList")
    return {
        Thing(LOCATION, account, region, item["ResourceArn"]): {
            "role": item.get("RoleArn"),
            "hybrid": bool(item.get("HybridAccessEnabled")),
        }
        for item in found
        if item.get("RoleArn") == role_arn
    }


def read_opt_ins(client: LakeFormationClient, account: str, region: str) -> Standing:
    """The opt-ins of access roles. Raises botocore's ClientError."""
    standing: Standing = {}
    for item in _pages(client.list_lake_formation_opt_ins, "LakeFormationOptInsInfoList"):
        principal = item["Principal"]["DataLakePrincipalIdentifier"]
        if _ACCESS_ROLE in principal:
            place, catalog = _told(item["Resource"])
            standing[Thing(OPT_IN, account, region, f"{principal} on {place}")] = {"catalog": catalog}
    return standing


def read_settings(client: LakeFormationClient, account: str, region: str) -> Standing:
    """The lake settings. Raises botocore's ClientError."""
    told: Any = client.get_data_lake_settings(CatalogId=account)["DataLakeSettings"]
    value = settings(_principals(told, "DataLakeAdmins"), _principals(told, "ReadOnlyAdmins")) | {
        "new_databases": _defaults(told, "CreateDatabaseDefaultPermissions"),
        "new_tables": _defaults(told, "CreateTableDefaultPermissions"),
        "external_data_filtering": bool(told.get("AllowExternalDataFiltering")),
        "full_table_external_data_access": bool(told.get("AllowFullTableExternalDataAccess")),
        "cross_account_version": (told.get("Parameters") or {}).get("CROSS_ACCOUNT_VERSION"),
    }
    return {Thing(SETTINGS, account, region, SETTINGS): value}


def _principals(told: Any, name: str) -> list[str]:
    return [one["DataLakePrincipalIdentifier"] for one in told.get(name) or []]


def _defaults(told: Any, name: str) -> list[str]:
    """Who would hold what on a new database or table."""
    return sorted(
        f"{one['Principal']['DataLakePrincipalIdentifier']}: {', '.join(sorted(one.get('Permissions') or []))}"
        for one in told.get(name) or []
    )


def _told(resource: Any) -> tuple[str, str]:
    if table := resource.get("Table"):
        return _place(table["DatabaseName"], table.get("Name", "*")), table.get("CatalogId", "")
    if database := resource.get("Database"):
        return _place(database["Name"], None), database.get("CatalogId", "")
    return str(sorted(resource)), ""


def _place(database: str, table: str | None) -> str:
    return f"table {database}.{table}" if table else f"database {database}"


def _pages(call: Any, key: str) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = call(**token)
        yield from page.get(key) or []
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
