"""The grants of one catalog, found by principal, by resource and by table without a scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.emulator.errors import AwsError
from tests.emulator.lakeformation.permissions import DATABASE, WITHOUT_COLUMNS
from tests.emulator.lakeformation.resources import (
    ColumnKey,
    DatabaseKey,
    ExceptKey,
    Key,
    PolicyKey,
    TableKey,
    TagKey,
)


@dataclass(slots=True)
class Held:
    """What one principal holds on one resource, as granted (Super is not expanded)."""

    permissions: set[str] = field(default_factory=set)
    grantable: set[str] = field(default_factory=set)


_Table = tuple[str, str, str]
_OfTable = TableKey | ColumnKey | ExceptKey


class Grants:
    def __init__(self) -> None:
        self._held: dict[str, dict[Key, Held]] = defaultdict(dict)
        self._principals: dict[Key, set[str]] = defaultdict(set)
        self._of_table: dict[_Table, set[_OfTable]] = defaultdict(set)
        self._of_database: dict[tuple[str, str], set[Key]] = defaultdict(set)
        self._policies: dict[str, set[PolicyKey]] = defaultdict(set)

    def __iter__(self) -> Iterator[tuple[str, Key, Held]]:
        """Every grant, sorted by principal and resource."""
        for principal in sorted(self._held):
            for key in sorted(self._held[principal], key=repr):
                yield principal, key, self._held[principal][key]

    def held(self, principal: str, key: Key) -> Held | None:
        return self._held[principal].get(key) if principal in self._held else None

    def of(self, principal: str) -> Mapping[Key, Held]:
        return self._held.get(principal, {})

    def principals(self, key: Key) -> Collection[str]:
        return self._principals.get(key, ())

    def on_table(self, catalog: str, database: str, table: str) -> Collection[_OfTable]:
        """The keys that grants on one table have: the whole of it, columns, all columns but some."""
        return self._of_table.get((catalog, database, table), ())

    def policies(self, principal: str) -> Collection[PolicyKey]:
        return self._policies.get(principal, ())

    def add(self, principal: str, key: Key, permissions: Iterable[str], grantable: Iterable[str] = ()) -> None:
        held = self._held[principal].setdefault(key, Held())
        held.permissions |= set(permissions)
        held.grantable |= set(grantable)
        self._principals[key].add(principal)
        if isinstance(key, TableKey | ColumnKey | ExceptKey):
            self._of_table[key.catalog, key.database, key.table].add(key)
        if isinstance(key, DatabaseKey | TableKey | ColumnKey | ExceptKey):
            self._of_database[key.catalog, key.database].add(key)
        if isinstance(key, PolicyKey):
            self._policies[principal].add(key)

    def remove(self, principal: str, key: Key, permissions: Iterable[str], grantable: Iterable[str] = ()) -> None:
        """Takes away what is held of both. A permission goes with its grant option."""
        held = self._held[principal][key]
        permissions = set(permissions)
        held.permissions -= permissions
        held.grantable -= permissions | set(grantable)
        if not held.permissions:
            self._forget(principal, key)

    def _forget(self, principal: str, key: Key) -> None:
        del self._held[principal][key]
        if not self._held[principal]:
            del self._held[principal]
        if isinstance(key, PolicyKey):
            self._policies[principal].discard(key)
        self._principals[key].discard(principal)
        if not self._principals[key]:
            del self._principals[key]
            if isinstance(key, TableKey | ColumnKey | ExceptKey):
                self._of_table[key.catalog, key.database, key.table].discard(key)
            if isinstance(key, DatabaseKey | TableKey | ColumnKey | ExceptKey):
                self._of_database[key.catalog, key.database].discard(key)

    def forget_resources(self, keys: Iterable[Key]) -> list[tuple[str, Key]]:
        """Drops every grant on the keys; returns whose they were."""
        gone = [(principal, key) for key in list(keys) for principal in list(self._principals.get(key, ()))]
        for principal, key in gone:
            self._forget(principal, key)
        return gone

    def forget_database(self, catalog: str, database: str) -> list[tuple[str, Key]]:
        return self.forget_resources(self._of_database.pop((catalog, database), set()))

    def forget_table(self, catalog: str, database: str, table: str) -> list[tuple[str, Key]]:
        return self.forget_resources(self._of_table.pop((catalog, database, table), set()))

    def forget_tag(self, tag: str) -> list[tuple[str, Key]]:
        return self.forget_resources([key for key in self._principals if isinstance(key, TagKey) and key.key == tag])

    def naming_tag(self, tag: str) -> bool:
        """Whether a tag policy names `tag`."""
        return any(isinstance(key, PolicyKey) and tag in dict(key.expression) for key in self._principals)


def grant(
    grants: Grants, principal: str, keys: Collection[Key], permissions: Collection[str], grantable: Collection[str]
) -> None:
    """Grants on every key, or on none.

    Raises AwsError where the principal may read some columns of the table only and shall get what is for whole
    tables, or the other way round: https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-select
    """
    for key in keys:
        if _mixes_columns(grants, principal, key, permissions):
            raise AwsError("InvalidInputException", "Permissions modification is invalid.")
    for key in keys:
        grants.add(principal, key, permissions, grantable)


def _mixes_columns(grants: Grants, principal: str, key: Key, permissions: Collection[str]) -> bool:
    if isinstance(key, ColumnKey | ExceptKey):
        whole = grants.held(principal, TableKey(key.catalog, key.database, key.table))
        return whole is not None and bool(whole.permissions & WITHOUT_COLUMNS)
    if isinstance(key, TableKey) and set(permissions) & WITHOUT_COLUMNS:
        return any(
            isinstance(other, ColumnKey | ExceptKey) and grants.held(principal, other)
            for other in grants.on_table(key.catalog, key.database, key.table)
        )
    return False


def revoke(
    grants: Grants, principal: str, keys: Collection[Key], permissions: Collection[str], grantable: Collection[str]
) -> None:
    """Revokes on every key, or on none.

    Raises AwsError unless the principal holds every permission on every key. The texts' beginnings are those on which
    the Terraform provider decides (5.100, internal/service/lakeformation/permissions.go, resourcePermissionsDelete); of
    LF-Tags: https://github.com/hashicorp/terraform-provider-aws/issues/35160
    """
    wanted = set(permissions)
    for key in keys:
        held = grants.held(principal, key)
        if held is None or not held.permissions & wanted:
            raise AwsError("InvalidInputException", _nothing(key, wanted))
        if not wanted <= held.permissions:
            missing = ", ".join(sorted(wanted - held.permissions))
            raise AwsError("InvalidInputException", f"No permissions revoked. Grantee does not have: {missing}.")
    for key in keys:
        grants.remove(principal, key, wanted, grantable)


def _nothing(key: Key, wanted: set[str]) -> str:
    if isinstance(key, TagKey):
        return "No permissions revoked. Revoking Tag permissions on Tags that grantee does not have permissions on."
    return f"No permissions revoked. Grantee has no {', '.join(sorted(wanted))} permission on the resource."


def check_recipient(key: Key, permissions: Collection[str]) -> None:
    """What another account cannot be granted: Super and DROP on a database.

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-super, #perm-drop
    """
    if isinstance(key, DatabaseKey) and set(permissions) & ({"ALL"} | (DATABASE & {"DROP"})):
        raise AwsError("InvalidInputException", "Permissions modification is invalid.")
