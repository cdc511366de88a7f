"""What an administrator of a warehouse runs there once, so that its reconcilers may do their work and no more.

A reconciler signs in as the database user that is named after its IAM role. What it makes it owns, and may change and
drop without being given that. Where a page lists no other way, a system permission is given, by a role, since Redshift
gives those to roles only. Product tables are read by the views that are shared, so by their owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from engine.grants.datashare.compile import warehouse_plans, warehouse_tables
from engine.grants.datashare.reconciler import Reconciler, Side, sides
from engine.model.facts import Account, Warehouse
from engine.model.mesh import Mesh

_GUIDE = "https://docs.aws.amazon.com/redshift/latest/dg"
_CREATE_USER = f"{_GUIDE}/r_CREATE_USER.html"
_GRANT = f"{_GUIDE}/r_GRANT.html"
_PERMISSIONS = f"{_GUIDE}/r_roles-system-privileges.html"


@dataclass(frozen=True, slots=True)
class SqlStatement:
    """One statement, without a semicolon: what it is for, and who says that it takes that."""

    sql: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class WarehouseSetup:
    """What is run in the database `database` of a warehouse, in this order."""

    warehouse: str
    database: str
    statements: tuple[SqlStatement, ...]

    @property
    def text(self) -> str:
        """As a file for a query editor."""
        lines = [f"-- warehouse {self.warehouse}, connected to database {self.database}, as a superuser"]
        for (why, source), statements in groupby(self.statements, key=lambda item: (item.why, item.source)):
            lines += ["", f"-- {why}", f"-- {source}", *(f"{item.sql};" for item in statements)]
        return "\n".join(lines) + "\n"


def warehouse_setup(mesh: Mesh, warehouse: Warehouse) -> WarehouseSetup:
    """The statements for the sides that the warehouse's account has; none where it neither produces nor consumes."""
    account = mesh.account[warehouse.account]
    return WarehouseSetup(warehouse.id, warehouse.database, tuple(_statements(mesh, account, warehouse)))


def _statements(mesh: Mesh, account: Account, warehouse: Warehouse) -> Iterator[SqlStatement]:
    plan = next(item for item in warehouse_plans(mesh) if item.id == warehouse.id)
    both = len(sides(account)) > 1
    for side in sides(account):
        user = quoted(Reconciler(account.id, warehouse.region, side, (plan,)).user)
        yield from _user(side, user)
        if side == "producer":
            yield from _producing(mesh, warehouse, user)
        if side == "consumer" or both:
            yield from _roles_of(side, warehouse)


def _user(side: Side, user: str) -> Iterator[SqlStatement]:
    option = " CREATEDB" if side == "consumer" else ""
    why = "it makes databases of datashares, which it owns" if option else "it needs no password"
    yield SqlStatement(
        f"CREATE USER {user} PASSWORD DISABLE{option}",
        f"the {side}'s reconciler signs in as this user; {why}",
        _CREATE_USER,
    )
    yield SqlStatement(
        f"CREATE ROLE {_role(side)}",
        "it holds the system permissions of the reconciler, which Redshift gives to roles only",
        _GRANT,
    )
    yield SqlStatement(f"GRANT ROLE {_role(side)} TO {user}", "the reconciler has them", _GRANT)
    yield SqlStatement(
        f"GRANT ROLE sys:monitor TO {user}",
        "it sees what somebody else granted on its objects, which Redshift hides from others; so it sees system tables,"
        " and with them the text of statements",
        f"{_GUIDE}/r_roles-default.html",
    )


def _producing(mesh: Mesh, warehouse: Warehouse, user: str) -> Iterator[SqlStatement]:
    role = _role("producer")
    yield SqlStatement(
        f"GRANT CREATE DATASHARE TO ROLE {role}",
        "it makes datashares; it owns them, so it drops them too",
        _PERMISSIONS,
    )
    yield SqlStatement(
        f"GRANT ALTER DATASHARE TO ROLE {role}",
        "it adds views to its datashares; the page names this permission, and not the owner",
        f"{_GUIDE}/r_ALTER_DATASHARE.html",
    )
    yield SqlStatement(
        f"GRANT CREATE ON DATABASE {quoted(warehouse.database)} TO {user}",
        "it makes a schema for each share, and its views in there",
        _GRANT,
    )
    lying = [item for item in warehouse_tables(mesh) if item.warehouse == warehouse.id]
    tables = sorted({tuple(place.split(".", 1)) for item in lying for place in item.tables.values() if "." in place})
    for schema in sorted({schema for schema, _ in tables}):
        yield SqlStatement(
            f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {user}", "tables of products lie in this schema", _GRANT
        )
    for schema, table in tables:
        yield SqlStatement(
            f"GRANT SELECT ON TABLE {quoted(schema)}.{quoted(table)} TO {user}",
            "its views select columns of this table of a product, with their owner's permission",
            f"{_GUIDE}/r_CREATE_VIEW.html",
        )


def _roles_of(side: Side, warehouse: Warehouse) -> Iterator[SqlStatement]:
    role = _role(side)
    yield SqlStatement(
        f"GRANT CREATE ROLE TO ROLE {role}",
        "it makes the database roles of those who read here; it owns them, so it drops them too",
        _PERMISSIONS,
    )
    if warehouse.kind == "cluster":
        yield SqlStatement(
            f"GRANT CREATE USER TO ROLE {role}",
            "it makes the users as whom sessions sign in to a cluster",
            _PERMISSIONS,
        )
        yield SqlStatement(f"GRANT DROP USER TO ROLE {role}", "it drops them", _PERMISSIONS)


def quoted(name: str) -> str:
    """An identifier in double quotes, its own doubled (https://docs.aws.amazon.com/redshift/latest/dg/r_names.html)."""
    return '"' + name.replace('"', '""') + '"'


def _role(side: Side) -> str:
    return f"meshwarden_{side}"
