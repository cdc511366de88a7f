"""ListPermissions: what was granted, or what is in effect.

https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html: with both a principal and a
resource the answer is what is in effect, otherwise what was granted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation.authority import lake_of, must_exist, who_calls
from tests.emulator.lakeformation.effective import Who, by_iam_group, database_permissions, table_rights
from tests.emulator.lakeformation.grants import Held
from tests.emulator.lakeformation.permissions import ALL, IAM_ALLOWED_PRINCIPALS, expanded
from tests.emulator.lakeformation.principals import account_of
from tests.emulator.lakeformation.resources import (
    ALL_TABLES,
    CatalogKey,
    ColumnKey,
    DatabaseKey,
    ExceptKey,
    Key,
    LocationKey,
    PolicyKey,
    TableKey,
    TagKey,
    columns_resource,
    keys_of,
    resource_of,
)
from tests.emulator.lakeformation.state import Lake
from tests.emulator.paging import page
from tests.emulator.world import World

_Found = tuple[str, Key, Held]
_TYPES: dict[str, tuple[type, ...]] = {
    "CATALOG": (CatalogKey,),
    "DATABASE": (DatabaseKey,),
    "TABLE": (TableKey, ColumnKey, ExceptKey),
    "DATA_LOCATION": (LocationKey,),
    "LF_TAG": (TagKey,),
    "LF_TAG_POLICY": (PolicyKey,),
    "LF_TAG_POLICY_DATABASE": (PolicyKey,),
    "LF_TAG_POLICY_TABLE": (PolicyKey,),
}


@operation("lakeformation", "ListPermissions")
def list_permissions(world: World, call: Call) -> dict[str, Any]:
    lake = lake_of(world, call)
    principal = (call.params.get("Principal") or {}).get("DataLakePrincipalIdentifier")
    resource = call.params.get("Resource")
    if resource and resource.get("TableWithColumns"):
        raise AwsError(
            "InvalidInputException", "Resource must have either the catalog, table or database field populated."
        )
    if principal and not resource:
        raise AwsError("InvalidInputException", "Resource is mandatory if Principal is set in the input.")
    if resource:
        (key,) = keys_of(resource, lake.account)
        must_exist(world, lake, key)
        found = _in_effect(world, lake, principal, key) if principal else _on(lake, key)
    else:
        found = list(lake.grants)
    found = _of_type(found, call.params.get("ResourceType"))
    found = _visible(found, lake, who_calls(world, lake, call))
    return page(list(shown(found)), call.params, "PrincipalResourcePermissions", 1000)


def _on(lake: Lake, key: Key) -> list[_Found]:
    keys: Collection[Key] = [key]
    if isinstance(key, TableKey):
        # "call this operation on the table, and the operation returns the table and the table w columns"
        keys = {key, *lake.grants.on_table(key.catalog, key.database, key.table)}
    if isinstance(key, TagKey):
        keys = [each for _, each, _ in lake.grants if isinstance(each, TagKey) and _covers(each, key)]
    found = []
    for each in sorted(set(keys), key=repr):
        for principal in sorted(lake.grants.principals(each)):
            held = lake.grants.held(principal, each)
            assert held is not None
            found.append((principal, each, held))
    return found


def _covers(granted: TagKey, asked: TagKey) -> bool:
    """A grant on all values of a tag is one on each (AWS CLI, list-permissions, example 3)."""
    return granted.key == asked.key and ("*" in granted.values or set(asked.values) <= set(granted.values))


def _in_effect(world: World, lake: Lake, principal: str, key: Key) -> list[_Found]:
    """What the principal may do with the resource, in his name, whoever it was granted to.

    That IAMAllowedPrincipals counts too, and for principals of other accounts as well, was seen at AWS:
    https://github.com/hashicorp/terraform-provider-aws/issues/36827
    """
    granted = [found for found in _on(lake, key) if found[0] == principal]
    foreign = account_of(principal, lake.account) != lake.account
    if foreign and lake.cross_account_listing == "empty":
        return []
    if principal == IAM_ALLOWED_PRINCIPALS or (foreign and lake.cross_account_listing == "granted"):
        return granted
    if isinstance(key, DatabaseKey):
        return _merged(granted, principal, key, _database(lake, principal, key))
    if isinstance(key, TableKey) and key.table != ALL_TABLES:
        return _table(world, lake, principal, key, granted)
    return granted


def _database(lake: Lake, principal: str, key: DatabaseKey) -> set[str]:
    found = database_permissions(lake, _as_who(lake, principal), key.database)
    return found | expanded(key, {ALL}) if by_iam_group(lake, key) else found


def _table(world: World, lake: Lake, principal: str, key: TableKey, granted: list[_Found]) -> list[_Found]:
    """The table with what holds for all of it, then columns: as they were granted, and what tag policies open
    besides."""
    table = world.state(Catalog, lake.account, lake.region).table(key.database, key.table)
    assert table is not None
    rights = table_rights(lake, _as_who(lake, principal), key.database, key.table, table.all_columns)
    whole = set(rights.permissions)
    if by_iam_group(lake, key):
        whole |= expanded(key, {ALL})
    found = _merged([each for each in granted if isinstance(each[1], TableKey)], principal, key, whole)
    partial = [each for each in granted if not isinstance(each[1], TableKey)]
    if "SELECT" in whole or any(isinstance(each[1], ExceptKey) for each in partial):
        return found + partial
    named = {each[1].column for each in partial if isinstance(each[1], ColumnKey)}
    by_tags = sorted(rights.selected - named)
    return (
        found
        + partial
        + [(principal, ColumnKey(key.catalog, key.database, key.table, c), Held({"SELECT"})) for c in by_tags]
    )


def _as_who(lake: Lake, principal: str) -> Who:
    return Who(principal, account_of(principal, lake.account))


def _merged(granted: list[_Found], principal: str, key: Key, permissions: set[str]) -> list[_Found]:
    held = Held(set(permissions))
    for _, _, each in granted:
        held.permissions |= each.permissions
        held.grantable |= each.grantable
    return [(principal, key, held)] if held.permissions else []


def _of_type(found: Iterable[_Found], resource_type: str | None) -> list[_Found]:
    if resource_type is None:
        return list(found)
    if resource_type not in _TYPES:
        raise Refused(f"ListPermissions of type {resource_type}")
    kept = [each for each in found if isinstance(each[1], _TYPES[resource_type])]
    if resource_type.startswith("LF_TAG_POLICY_"):
        wanted = resource_type.removeprefix("LF_TAG_POLICY_")
        return [each for each in kept if isinstance(each[1], PolicyKey) and each[1].resource_type == wanted]
    return kept


def _visible(found: list[_Found], lake: Lake, who: Who) -> list[_Found]:
    """Administrators see all; others their own, and of what they may pass on.

    https://docs.aws.amazon.com/lake-formation/latest/dg/viewing-permissions.html
    """
    if who.account == lake.account and who.arn in lake.admins() | lake.read_only_admins():
        return found
    return [each for each in found if each[0] == who.arn or _may_pass_on(lake, who, each[1])]


def _may_pass_on(lake: Lake, who: Who, key: Key) -> bool:
    held = lake.grants.held(who.arn, key)
    return held is not None and bool(held.grantable)


def shown(found: Iterable[_Found]) -> Iterator[dict[str, Any]]:
    """As AWS tells it: SELECT on a table apart from the rest, as columns with a wildcard; named columns together.

    AWS CLI, list-permissions, example 2; for Super https://github.com/hashicorp/terraform-provider-aws/issues/49453
    """
    columns: dict[tuple[str, str, str, str, bool], list[str]] = defaultdict(list)
    for principal, key, held in found:
        if isinstance(key, ColumnKey):
            group = (principal, key.catalog, key.database, key.table, "SELECT" in held.grantable)
            columns[group].append(key.column)
        elif isinstance(key, TableKey):
            yield from _of_table(principal, key, held)
        else:
            yield _entry(principal, resource_of(key), _as_listed(principal, key, held.permissions), held.grantable)
    for (principal, catalog, database, table, grantable), names in columns.items():
        resource = columns_resource(catalog, database, table, {"ColumnNames": sorted(set(names))})
        yield _entry(principal, resource, {"SELECT"}, {"SELECT"} if grantable else set())


def _of_table(principal: str, key: TableKey, held: Held) -> Iterator[dict[str, Any]]:
    permissions = _as_listed(principal, key, held.permissions)
    grantable = _as_listed(principal, key, held.grantable)
    if permissions - {"SELECT"}:
        yield _entry(principal, resource_of(key), permissions - {"SELECT"}, grantable - {"SELECT"})
    if "SELECT" in permissions:
        resource = columns_resource(key.catalog, key.database, key.table, {"ColumnWildcard": {}})
        yield _entry(principal, resource, {"SELECT"}, grantable & {"SELECT"})


def _as_listed(principal: str, key: Key, permissions: Iterable[str]) -> set[str]:
    """Super is listed with what it stands for, but for IAMAllowedPrincipals (AWS CLI, get-data-lake-settings)."""
    return set(permissions) if principal == IAM_ALLOWED_PRINCIPALS else set(expanded(key, set(permissions)))


def _entry(
    principal: str, resource: dict[str, Any], permissions: Iterable[str], grantable: Iterable[str]
) -> dict[str, Any]:
    return {
        "Principal": {"DataLakePrincipalIdentifier": principal},
        "Resource": resource,
        "Permissions": sorted(permissions),
        "PermissionsWithGrantOption": sorted(grantable),
    }
