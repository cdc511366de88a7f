"""Lake Formation grants as they stand, of every kind alike: one listing tells them all.

ListPermissions without a principal returns what was granted; with a principal and a resource it returns what is
effective (https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html). A grant on a table
and SELECT on its columns come apart, and named columns come together: grants are compared by principal and table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.model.plan import ColumnTarget, Grant, LinkTarget, Plan, ShareTarget, TagTarget
from engine.model.standing import Standing, Thing, Value

if TYPE_CHECKING:
    from types_boto3_lakeformation import LakeFormationClient

KIND = "Lake Formation grant"
IAM_ALLOWED_PRINCIPALS = "IAM_ALLOWED_PRINCIPALS"

Listed = Mapping[str, Any]
"""An entry of ListPermissions."""

_Entry = tuple[str, str, list[str], list[str], list[str]]
"""Principal, resource, columns, permissions, permissions with grant option."""


def expected_grants(plan: Plan) -> Standing:
    """What the plan's grants are in AWS, one for each principal and resource."""
    standing: Standing = {}
    for grant in plan.grants:
        if grant.kind == "datashare":
            continue
        columns = list(grant.target.columns) if isinstance(grant.target, ColumnTarget) else []
        entry = (grant.principal, _resource_of(grant), columns, [*map(str, grant.permissions)], list[str]())
        _add(standing, grant.account, grant.region, entry)
    return standing


def read_grants(client: LakeFormationClient, account: str, region: str) -> Standing:
    """Every grant in the catalog of `account`. Raises botocore's ClientError, also where it may not be read."""
    standing: Standing = {}
    for item in list_grants(client, account):
        _add(standing, account, region, _entry(item))
    return standing


def list_grants(client: LakeFormationClient, account: str) -> Iterator[Listed]:
    """Every grant in the catalog of `account`, as AWS tells it. Raises botocore's ClientError."""
    token: dict[str, Any] = {}
    while True:
        page = client.list_permissions(CatalogId=account, **token)
        yield from page["PrincipalResourcePermissions"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def thing_of(item: Listed, account: str, region: str) -> tuple[Thing, Value]:
    """What one entry of a listing grants, on what, to whom."""
    standing: Standing = {}
    _add(standing, account, region, _entry(item))
    ((thing, value),) = standing.items()
    return thing, value


def thing_of_grant(grant: Grant) -> Thing:
    """What a planned grant is in AWS."""
    return Thing(KIND, grant.account, grant.region, f"{grant.principal} on {_resource_of(grant)}")


def _resource_of(grant: Grant) -> str:
    """The resource in words, alike for what is planned and what is read."""
    match grant.target:
        case TagTarget(resource_type, expression):
            return _expression(resource_type, expression)
        case ColumnTarget(database, table, _):
            return f"columns of {database}.{table}"
        case LinkTarget(database):
            return f"database {database}"
        case ShareTarget(name):
            raise AssertionError(f"datashare {name} is no grant of Lake Formation")


def principal_of(thing: Thing) -> str:
    return thing.name.partition(" on ")[0]


def database_of(thing: Thing) -> str | None:
    """The database that a grant is on or in; None for a grant on tags and on what is in no database."""
    match thing.name.partition(" on ")[2].split(" "):
        case ["database", name]:
            return name
        case ["table", place] | ["columns", "of", place, *_]:
            return place.partition(".")[0]
        case _:
            return None


def _add(standing: Standing, account: str, region: str, entry: _Entry) -> None:
    principal, resource, columns, permissions, grantable = entry
    thing = Thing(KIND, account, region, f"{principal} on {resource}")
    value = standing.setdefault(thing, {"columns": [], "permissions": [], "grantable": []})
    for name, more in (("columns", columns), ("permissions", permissions), ("grantable", grantable)):
        held = value[name]
        assert isinstance(held, list)
        value[name] = sorted({*held, *more})


def _entry(item: Listed) -> _Entry:
    principal = item["Principal"]["DataLakePrincipalIdentifier"]
    permissions, grantable = list(item.get("Permissions", [])), list(item.get("PermissionsWithGrantOption", []))
    ((kind, of),) = [(kind, of) for kind, of in item["Resource"].items() if of is not None]
    resource, columns = _described(kind, of)
    return principal, resource, columns, permissions, grantable


def _described(kind: str, of: Mapping[str, Any]) -> tuple[str, list[str]]:
    """A resource as ListPermissions tells it, in words, and its named columns."""
    match kind:
        case "LFTagPolicy":
            expression = {tag["TagKey"]: tuple(tag["TagValues"]) for tag in of.get("Expression", [])}
            return _expression(of["ResourceType"], expression), []
        case "Database":
            return f"database {of['Name']}", []
        case "Table":
            return f"table {of['DatabaseName']}.{'*' if 'TableWildcard' in of else of['Name']}", []
        case "TableWithColumns":
            table = f"{of['DatabaseName']}.{of['Name']}"
            if "ColumnWildcard" not in of:
                return f"columns of {table}", sorted(of.get("ColumnNames", []))
            excluded = sorted((of["ColumnWildcard"] or {}).get("ExcludedColumnNames", []))
            return f"columns of {table}: all" + (f" but {', '.join(excluded)}" if excluded else ""), []
        case _:
            words = " ".join(f"{name}={_plain(value)}" for name, value in sorted(of.items()) if name != "CatalogId")
            return f"{kind} {words}".rstrip(), []


def _expression(resource_type: str, expression: Mapping[str, tuple[str, ...]]) -> str:
    terms = (f"{key}={'|'.join(sorted(values))}" for key, values in sorted(expression.items()))
    return f"{resource_type.lower()}s tagged {' & '.join(terms)}"


def _plain(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)
