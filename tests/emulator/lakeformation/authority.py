"""Who may grant, revoke and see grants, and whether what is granted on exists.

https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html,
https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-overview.html
"""

from __future__ import annotations

from collections.abc import Collection

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog, Table
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.lakeformation.effective import Who, is_admin
from tests.emulator.lakeformation.permissions import ALL, LINK
from tests.emulator.lakeformation.resources import (
    ALL_TABLES,
    ColumnKey,
    DatabaseKey,
    ExceptKey,
    Key,
    PolicyKey,
    TableKey,
    TagKey,
)
from tests.emulator.lakeformation.sharing import accepted
from tests.emulator.lakeformation.state import Lake
from tests.emulator.world import World


def who_calls(world: World, lake: Lake, call: Call) -> Who:
    caller = call.caller
    return Who(caller.principal_arn, caller.account, accepted(world, lake, caller.account))


def lake_of(world: World, call: Call) -> Lake:
    """The lake that a call is about: CatalogId, or the caller's own.

    Refused: another account's, which only a re-grant of shared resources would be about.
    """
    catalog = call.params.get("CatalogId") or call.account
    if catalog != call.account:
        raise Refused(f"{call} on the catalog of another account")
    return world.state(Lake, catalog, call.region)


def denied(what: str) -> AccessDenied:
    return AccessDenied(f"Insufficient Lake Formation permission(s): {what}", "AccessDeniedException")


def not_authorized() -> AccessDenied:
    """The text for grants, https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1302."""
    return AccessDenied(
        "Resource does not exist or requester is not authorized to access requested permissions.",
        "AccessDeniedException",
    )


def must_be_admin(world: World, lake: Lake, call: Call) -> None:
    if not is_admin(lake, who_calls(world, lake, call)):
        raise AccessDenied("Insufficient Lake Formation permission(s) on Catalog", "AccessDeniedException")


def may_grant(lake: Lake, who: Who, key: Key, permissions: Collection[str]) -> bool:
    """An administrator may; so may whoever holds the grant option on each permission, creators among them."""
    if is_admin(lake, who):
        return True
    if isinstance(key, PolicyKey):
        return _may_use_tags(lake, who, key) and _holds_grantable(lake, who, [key], permissions)
    if isinstance(key, TagKey) and key.key in lake.tags and lake.tags.creators[key.key] == who.arn:
        return True
    return _holds_grantable(lake, who, _covering(key), permissions)


def _may_use_tags(lake: Lake, who: Who, policy: PolicyKey) -> bool:
    return all(may_use_tag(lake, who, tag, values, "GRANT_WITH_LF_TAG_EXPRESSION") for tag, values in policy.expression)


def may_use_tag(lake: Lake, who: Who, tag: str, values: Collection[str], permission: str) -> bool:
    """Administrators and the tag's creator may; others by a grant on the tag.

    https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-granting-tags.html
    """
    if is_admin(lake, who) or lake.tags.creators.get(tag) == who.arn:
        return True
    return any(
        isinstance(key, TagKey)
        and key.key == tag
        and permission in held.permissions
        and ("*" in key.values or set(values) <= set(key.values))
        for key, held in lake.grants.of(who.arn).items()
    )


def _covering(key: Key) -> list[Key]:
    """The keys whose grant option reaches `key`: a table's columns are covered by the table, a table by all tables."""
    if isinstance(key, ColumnKey | ExceptKey):
        whole = TableKey(key.catalog, key.database, key.table)
        return [key, whole, TableKey(key.catalog, key.database, ALL_TABLES)]
    if isinstance(key, TableKey):
        return [key, TableKey(key.catalog, key.database, ALL_TABLES)]
    return [key]


def _holds_grantable(lake: Lake, who: Who, keys: list[Key], permissions: Collection[str]) -> bool:
    held = [held for key in keys if (held := lake.grants.held(who.arn, key))]
    return all(
        any(permission in each.grantable or ALL in each.grantable for each in held) for permission in permissions
    )


def must_exist(world: World, lake: Lake, key: Key) -> None:
    """Raises AwsError where what is granted on is not there. The texts are the provider's, 5.100, permissions.go."""
    catalog = world.state(Catalog, lake.account, lake.region)
    if isinstance(key, DatabaseKey | TableKey | ColumnKey | ExceptKey) and key.database not in catalog.databases:
        raise AwsError("EntityNotFoundException", "Database not found.")
    if isinstance(key, TableKey | ColumnKey | ExceptKey) and key.table != ALL_TABLES:
        table = catalog.table(key.database, key.table)
        if table is None:
            raise AwsError("EntityNotFoundException", "Table not found.")
        _columns_exist(key, table)
    if isinstance(key, TagKey) and not lake.tags.exists(key.key, key.values):
        raise AwsError("EntityNotFoundException", "Tag or tag value does not exist.")
    if isinstance(key, PolicyKey) and not all(lake.tags.exists(tag, values) for tag, values in key.expression):
        raise AwsError("EntityNotFoundException", "Tag or tag value does not exist.")


def _columns_exist(key: TableKey | ColumnKey | ExceptKey, table: Table) -> None:
    named: tuple[str, ...] = ()
    if isinstance(key, ColumnKey):
        named = (key.column,)
    if isinstance(key, ExceptKey):
        named = key.excluded
        if set(named) & set(table.partition_keys):
            # https://docs.aws.amazon.com/lake-formation/latest/dg/data-filtering-notes.html
            raise AwsError("InvalidInputException", "Column filtering cannot be applied on partition keys.")
    if not set(named) <= set(table.all_columns):
        raise AwsError("InvalidInputException", "cannot grant/revoke permission on non-existent column")


def check_link(world: World, lake: Lake, key: Key, permissions: Collection[str]) -> None:
    """A resource link takes DESCRIBE and DROP; what is for its target is granted on the target.

    https://docs.aws.amazon.com/lake-formation/latest/dg/granting-link-permissions.html
    """
    if not isinstance(key, DatabaseKey | TableKey | ColumnKey | ExceptKey):
        return
    catalog = world.state(Catalog, lake.account, lake.region)
    database = catalog.databases[key.database]
    if not isinstance(key, DatabaseKey):
        if database.target is not None:
            raise AwsError(
                "InvalidInputException", "Permissions on the tables of a linked database are granted on its target."
            )
        table = None if key.table == ALL_TABLES else catalog.table(key.database, key.table)
        if table is None or table.target is None:
            return
    elif database.target is None:
        return
    if not set(permissions) <= LINK | {ALL}:
        raise AwsError("InvalidInputException", "Permissions modification is invalid.")
