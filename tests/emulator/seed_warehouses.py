"""Warehouses as they are before anything is deployed: a producer's tables with rows, and what a DBA has granted.

It takes plain data. In AWS these are the work of the producer and of his DBA.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.emulator.redshift.catalogue import ADMIN, Kind, Namespace
from tests.emulator.world import World

_PRODUCER = (
    "CREATE DATASHARE",
    "ALTER DATASHARE",
    "DROP DATASHARE",
    "CREATE ROLE",
    "DROP ROLE",
    "CREATE USER",
    "DROP USER",
    "ACCESS SYSTEM TABLE",
)
_CONSUMER = ("CREATE ROLE", "DROP ROLE", "CREATE USER", "DROP USER", "ACCESS SYSTEM TABLE")
"""System permissions, which a role holds: https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html"""


@dataclass(frozen=True, slots=True)
class WarehouseTable:
    """`columns` with their SQL types."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SeedWarehouse:
    """`onboarding`: the SQL that its DBA has run, as the superuser, after the tables were made."""

    account: str
    region: str
    namespace: str
    kind: Kind
    compute: str
    database: str
    encrypted: bool
    workgroup_id: str | None = None
    tables: tuple[WarehouseTable, ...] = ()
    onboarding: tuple[str, ...] = ()


def seed_warehouses(world: World, warehouses: Sequence[SeedWarehouse]) -> None:
    """Each with its superuser, and two rows a table."""
    for warehouse in warehouses:
        made = world.warehouses.create(
            account=warehouse.account,
            region=warehouse.region,
            namespace=warehouse.namespace,
            kind=warehouse.kind,
            compute=warehouse.compute,
            database=warehouse.database,
            encrypted=warehouse.encrypted,
            workgroup_id=warehouse.workgroup_id,
        )
        for table in warehouse.tables:
            rows = [[_value(name, kind, number) for name, kind in table.columns] for number in (1, 2)]
            made.seed_table(warehouse.database, table.schema, table.name, dict(table.columns), rows)
        administer(made, warehouse.onboarding)


def administer(namespace: Namespace, statements: Sequence[str]) -> None:
    """What the superuser runs by hand. Raises SqlError."""
    database = namespace.database
    namespace.run(database=database, user=ADMIN, roles=frozenset(), statements=statements, transaction=False)


def producers_rights(user: str, database: str, tables: Sequence[WarehouseTable]) -> Iterator[str]:
    """For a database user who is to share views of the tables, and is no superuser."""
    role = "meshwarden_producer"
    yield from _user_with(user, "", role, _PRODUCER)
    yield f'GRANT CREATE ON DATABASE "{database}" TO ROLE {role}'
    for schema in dict.fromkeys(table.schema for table in tables):
        yield f'GRANT USAGE ON SCHEMA "{schema}" TO ROLE {role}'
    for table in tables:
        yield f'GRANT SELECT ON TABLE "{table.schema}"."{table.name}" TO ROLE {role}'


def consumers_rights(user: str) -> Iterator[str]:
    """For a database user who is to make databases of datashares, and roles that read them."""
    yield from _user_with(user, " CREATEDB", "meshwarden_consumer", _CONSUMER)


def _user_with(user: str, option: str, role: str, permissions: Sequence[str]) -> Iterator[str]:
    yield f'CREATE USER "{user}" PASSWORD DISABLE{option}'
    yield f"CREATE ROLE {role}"
    for permission in permissions:
        yield f"GRANT {permission} TO ROLE {role}"
    yield f'GRANT ROLE {role} TO "{user}"'


def _value(column: str, kind: str, number: int) -> object:
    """Texts tell their column; other types have the row's number."""
    if kind.lower().startswith(("varchar", "char", "text", "character")):
        return f"{column}-{number}"
    return number
