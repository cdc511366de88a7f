"""A producer's warehouse and a consumer's, and short ways to run SQL in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from tests.emulator.redshift.catalogue import ADMIN, Namespace, Warehouses
from tests.emulator.redshift.outcome import Result, SqlError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, TWO = "100000000001", "200000000002"
REGION = "eu-central-1"
PRODUCER = "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"
CONSUMER = "86b5169f-012a-234b-9fbb-e2e24359e9a8"
SIBLING = "5f1b6c3e-9a0f-4b56-8f6e-0b8c2a7d4e11"
LOANS = {"id": "int", "name": "varchar(20)", "ssn": "varchar(11)"}
SHARE = (
    "CREATE SCHEMA mw_s",
    'CREATE VIEW "mw_s"."loans" AS SELECT "id", "name" FROM "lending"."loans"',
    "CREATE DATASHARE mw_s SET PUBLICACCESSIBLE FALSE",
    "ALTER DATASHARE mw_s ADD SCHEMA mw_s",
    "ALTER DATASHARE mw_s ADD TABLE mw_s.loans",
)
FROM_SHARE = f"FROM DATASHARE mw_s OF ACCOUNT '{ONE}' NAMESPACE '{PRODUCER}'"
ROLE_GRANTS = (
    "GRANT USAGE ON DATABASE d TO ROLE r",
    "GRANT USAGE ON SCHEMA d.mw_s TO ROLE r",
    "GRANT SELECT ON d.mw_s.loans TO ROLE r",
)
READ = "SELECT * FROM d.mw_s.loans ORDER BY id"


@dataclass
class Side:
    namespace: Namespace

    def run(
        self,
        *statements: str,
        user: str = ADMIN,
        roles: tuple[str, ...] = (),
        database: str = "dev",
        transaction: bool = False,
    ) -> Result:
        """What the last one answers."""
        return self.namespace.run(
            database=database, user=user, roles=frozenset(roles), statements=statements, transaction=transaction
        )[-1]

    def refused(
        self,
        *statements: str,
        user: str = ADMIN,
        roles: tuple[str, ...] = (),
        database: str = "dev",
        transaction: bool = False,
    ) -> str:
        """The error, which the statements must end in."""
        with pytest.raises(SqlError) as caught:
            self.run(*statements, user=user, roles=roles, database=database, transaction=transaction)
        return caught.value.message

    def rows(self, statement: str, *, user: str = ADMIN, roles: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
        """With texts trimmed."""
        result = self.run(statement, user=user, roles=roles)
        return [tuple(value.rstrip() if isinstance(value, str) else value for value in row) for row in result.rows]

    def user(self, name: str, *statements: str) -> str:
        """A user with a role `of_<name>`, to whom the superuser does these statements."""
        self.run(
            f'CREATE USER "{name}" PASSWORD DISABLE',
            f"CREATE ROLE of_{name}",
            f'GRANT ROLE of_{name} TO "{name}"',
            *statements,
        )
        return name


@dataclass
class Pair:
    warehouses: Warehouses
    producer: Side
    consumer: Side
    sibling: Side
    """In the producer's account."""

    @property
    def arn(self) -> str:
        return self.producer.namespace.share_arn("mw_s")

    def share(self) -> None:
        """The view `mw_s.loans` of two columns, shared, authorized, associated; USAGE for the other account."""
        self.producer.run(*SHARE, f"GRANT USAGE ON DATASHARE mw_s TO ACCOUNT '{TWO}'")
        self.warehouses.authorize(self.arn, by=ONE, consumer=TWO)
        self.warehouses.associate(self.arn, by=TWO, namespace_arn=self.consumer.namespace.arn)

    def grant(self) -> None:
        """The shared view, readable by role `r` of the consumer."""
        self.share()
        self.consumer.run(f"CREATE DATABASE d WITH PERMISSIONS {FROM_SHARE}", "CREATE ROLE r", *ROLE_GRANTS)


def pair() -> Pair:
    warehouses = Warehouses(lambda: NOW)

    def side(account: str, namespace: str, compute: str, *, cluster: bool) -> Side:
        made = warehouses.create(
            account=account,
            region=REGION,
            namespace=namespace,
            kind="cluster" if cluster else "serverless",
            compute=compute,
            database="dev",
            encrypted=True,
        )
        return Side(made)

    made = Pair(
        warehouses,
        side(ONE, PRODUCER, "lending", cluster=True),
        side(TWO, CONSUMER, "analytics", cluster=False),
        side(ONE, SIBLING, "other", cluster=False),
    )
    made.producer.namespace.seed_table("dev", "lending", "loans", LOANS, [(1, "Ann", "111"), (2, "Bob", "222")])
    made.producer.namespace.seed_table("dev", "lending", "other", {"id": "int"}, [(7,)])
    return made
