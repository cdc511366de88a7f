"""What a principal may do with a database, a table and its columns: named grants, tag policies, implicit permissions.

Named grants and tag policies add up: https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from tests.emulator.lakeformation.permissions import ALL, IAM_ALLOWED_PRINCIPALS, LINK, expanded
from tests.emulator.lakeformation.principals import everybody_in
from tests.emulator.lakeformation.resources import (
    ALL_TABLES,
    CatalogKey,
    ColumnKey,
    DatabaseKey,
    Key,
    PolicyKey,
    TableKey,
)
from tests.emulator.lakeformation.state import Lake
from tests.emulator.lakeformation.tags import matches


@dataclass(frozen=True, slots=True)
class Who:
    """A principal (user or role ARN) as a lake sees it.

    `accepted`: the resource share through which another account's catalog reaches him stands (always true at home).
    """

    arn: str
    account: str
    accepted: bool = True


@dataclass(slots=True)
class TableRights:
    """What holds for the whole table, and the columns that are open."""

    permissions: set[str] = field(default_factory=set)
    """On the table with all its columns."""
    selected: set[str] = field(default_factory=set)
    """Columns with SELECT, of those that were asked for."""
    seen: set[str] = field(default_factory=set)
    """Columns whose metadata may be seen."""

    def __bool__(self) -> bool:
        return bool(self.permissions or self.seen)


def _identities(lake: Lake, who: Who) -> tuple[str, ...]:
    """Under which names grants reach the caller, but for IAM_ALLOWED_PRINCIPALS.

    A grant to an account reaches only its data lake administrators, who pass it on
    (https://docs.aws.amazon.com/lake-formation/latest/dg/regranting-shared-resources.html); that is not emulated.
    """
    if who.account != lake.account:
        return (who.arn,) if who.accepted else ()
    return (who.arn, everybody_in(who.account))


def is_admin(lake: Lake, who: Who) -> bool:
    return who.account == lake.account and who.arn in lake.admins()


def by_iam_alone(lake: Lake, who: Who, key: Key) -> bool:
    """Whether IAM alone decides on `key` for this caller: Super of IAMAllowedPrincipals, for those of the account.

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html (Principal is an IAM group)
    """
    return who.account == lake.account and by_iam_group(lake, key)


def by_iam_group(lake: Lake, key: Key) -> bool:
    """Whether IAMAllowedPrincipals holds Super on `key`."""
    held = lake.grants.held(IAM_ALLOWED_PRINCIPALS, key)
    return held is not None and ALL in held.permissions


def opted_in(lake: Lake, home: Lake, who: Who, database: str, table: str | None) -> bool:
    """Whether hybrid access mode asks this principal for Lake Formation permissions on the table, or on the database.

    An opt-in on all tables of another account's database counts with one on the database only
    (https://docs.aws.amazon.com/lake-formation/latest/dg/notes-hybrid.html).
    """

    def has(key: Key) -> bool:
        return (who.arn, key) in lake.opt_ins or (who.arn, key) in home.opt_ins

    on_database = has(DatabaseKey(lake.account, database))
    if table is None:
        return on_database
    if has(TableKey(lake.account, database, table)):
        return True
    return has(TableKey(lake.account, database, ALL_TABLES)) and (who.account == lake.account or on_database)


def catalog_permissions(lake: Lake, who: Who) -> set[str]:
    key = CatalogKey(lake.account)
    found = {permission for name in _identities(lake, who) for permission in _granted(lake, name, key)}
    if is_admin(lake, who):
        found.add("CREATE_DATABASE")
    return found | (set(_granted(lake, IAM_ALLOWED_PRINCIPALS, key)) if who.account == lake.account else set())


def database_permissions(lake: Lake, who: Who, database: str) -> set[str]:
    """Named grants and tag policies on a database, and what they imply; Super expanded.

    A grant on all tables implies DESCRIBE on the database at home only
    (https://docs.aws.amazon.com/lake-formation/latest/dg/granting-catalog-permissions.html); administrators describe
    everything of their own catalog (https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html).
    """
    key, everything = DatabaseKey(lake.account, database), TableKey(lake.account, database, ALL_TABLES)
    found: set[str] = set()
    for name in _identities(lake, who):
        found |= _granted(lake, name, key)
        for policy in _policies(lake, name, "DATABASE"):
            if matches(policy.expression, lake.tags.effective((database,))):
                found |= _granted(lake, name, policy)
        if who.account == lake.account and lake.grants.held(name, everything):
            found.add("DESCRIBE")
    if by_iam_alone(lake, who, key):
        found |= expanded(key, {ALL})
    if who.account == lake.account and who.arn in lake.admins() | lake.read_only_admins():
        found.add("DESCRIBE")
    return found | ({"DESCRIBE"} if found else set())


def link_permissions(lake: Lake, who: Who, database: str, table: str | None = None) -> set[str]:
    """Permissions on a resource link, which takes DESCRIBE and DROP only."""
    if table is None:
        return database_permissions(lake, who, database) & LINK
    rights = table_rights(lake, who, database, table, ())
    return rights.permissions & LINK


def table_rights(
    lake: Lake, who: Who, database: str, table: str, columns: Collection[str], *, iam_counts: bool = True
) -> TableRights:
    """What is open of a table, out of `columns`. `iam_counts` false: who opted in is not let in by IAM alone.

    A tag policy on tables opens each column whose tags match, its own or inherited, whether the table's match or not
    (https://docs.aws.amazon.com/lake-formation/latest/dg/tag-based-access-control.html).
    """
    rights = TableRights()
    for name in _identities(lake, who):
        _named(lake, name, database, table, columns, rights)
        _by_tags(lake, name, database, table, columns, rights)
    if iam_counts and by_iam_alone(lake, who, TableKey(lake.account, database, table)):
        rights.permissions |= expanded(TableKey(lake.account, database, table), {ALL})
    if who.account == lake.account and who.arn in lake.admins() | lake.read_only_admins():
        rights.permissions.add("DESCRIBE")
    if rights.permissions:
        rights.seen |= set(columns)
        rights.permissions.add("DESCRIBE")
    if "SELECT" in rights.permissions:
        rights.selected |= set(columns)
    return rights


def _named(lake: Lake, name: str, database: str, table: str, columns: Collection[str], rights: TableRights) -> None:
    for key in (TableKey(lake.account, database, table), TableKey(lake.account, database, ALL_TABLES)):
        rights.permissions |= _granted(lake, name, key)
    for part in lake.grants.on_table(lake.account, database, table):
        if isinstance(part, TableKey) or not lake.grants.held(name, part):
            continue
        named = {part.column} if isinstance(part, ColumnKey) else set(columns) - set(part.excluded)
        rights.selected |= named & set(columns)
        rights.seen |= named & set(columns)


def _by_tags(lake: Lake, name: str, database: str, table: str, columns: Collection[str], rights: TableRights) -> None:
    policies = list(_policies(lake, name, "TABLE"))
    if not policies:
        return
    of_table = lake.tags.effective((database, table))
    own = lake.tags.with_own_tags((database, table))
    for policy in policies:
        granted = _granted(lake, name, policy)
        inherited = matches(policy.expression, of_table)
        open_columns = {c for c in columns if (matches(policy.expression, own[c]) if c in own else inherited)}
        rights.seen |= open_columns
        if "SELECT" in granted:
            rights.selected |= open_columns
        if inherited and len(open_columns) == len(columns):
            rights.permissions |= granted
        elif inherited:
            rights.permissions |= granted - {"SELECT", "DESCRIBE"}


def _granted(lake: Lake, name: str, key: Key) -> frozenset[str]:
    held = lake.grants.held(name, key)
    return expanded(key, held.permissions) if held else frozenset()


def _policies(lake: Lake, name: str, resource_type: str) -> Iterator[PolicyKey]:
    for policy in lake.grants.policies(name):
        if policy.resource_type == resource_type and all(tag in lake.tags for tag, _ in policy.expression):
            yield policy
