"""The SQL that a warehouse's administrator runs: it suffices for a reconciler, and opens products' tables alone."""

from __future__ import annotations

import re

import pytest

from engine.model.mesh import Mesh
from engine.onboard.warehouses import quoted, warehouse_setup
from tests.emulator.redshift.catalogue import ADMIN, Namespace, Warehouses
from tests.emulator.redshift.outcome import SqlError
from tests.synth.small import CONSUMER, MESH, made_warehouse
from tests.synth.test_warehouses import both_sided

PRODUCES = "IAMR:meshwarden-reconciler-eu-west-1-producer"
CONSUMES = "IAMR:meshwarden-reconciler-eu-west-1-consumer"


def statements(mesh: Mesh, warehouse: str) -> list[str]:
    return [item.sql for item in warehouse_setup(mesh, mesh.warehouse[warehouse]).statements]


def test_a_producers_reconciler_reads_declared_tables_and_nothing_else() -> None:
    assert statements(MESH, "lending-dwh") == [
        f'CREATE USER "{PRODUCES}" PASSWORD DISABLE',
        "CREATE ROLE meshwarden_producer",
        f'GRANT ROLE meshwarden_producer TO "{PRODUCES}"',
        f'GRANT ROLE sys:monitor TO "{PRODUCES}"',
        "GRANT CREATE DATASHARE TO ROLE meshwarden_producer",
        "GRANT ALTER DATASHARE TO ROLE meshwarden_producer",
        f'GRANT CREATE ON DATABASE "dev" TO "{PRODUCES}"',
        f'GRANT USAGE ON SCHEMA "core" TO "{PRODUCES}"',
        f'GRANT SELECT ON TABLE "core"."account" TO "{PRODUCES}"',
        f'GRANT SELECT ON TABLE "core"."branch" TO "{PRODUCES}"',
    ]


def test_a_consumers_reconciler_makes_databases_and_roles_and_in_a_cluster_users() -> None:
    serverless = statements(MESH, "analytics")
    assert serverless == [
        f'CREATE USER "{CONSUMES}" PASSWORD DISABLE CREATEDB',
        "CREATE ROLE meshwarden_consumer",
        f'GRANT ROLE meshwarden_consumer TO "{CONSUMES}"',
        f'GRANT ROLE sys:monitor TO "{CONSUMES}"',
        "GRANT CREATE ROLE TO ROLE meshwarden_consumer",
    ]
    cluster = made_warehouse("analytics", CONSUMER, "cluster", 2)
    mesh = MESH.model_copy(update={"warehouses": (cluster, MESH.warehouse["lending-dwh"])})
    assert statements(mesh, "analytics") == [
        *serverless,
        "GRANT CREATE USER TO ROLE meshwarden_consumer",
        "GRANT DROP USER TO ROLE meshwarden_consumer",
    ]


def test_a_warehouse_that_does_both_has_both_and_both_make_roles() -> None:
    found = statements(both_sided(), "analytics")
    assert f'CREATE USER "{PRODUCES}" PASSWORD DISABLE' in found
    assert f'CREATE USER "{CONSUMES}" PASSWORD DISABLE CREATEDB' in found
    for side in ("producer", "consumer"):
        assert f"GRANT CREATE ROLE TO ROLE meshwarden_{side}" in found
    assert sum(" SELECT " in sql for sql in found) == 2


@pytest.mark.parametrize("name", ['a"; DROP TABLE x; --', "größe", "with space", '""'])
def test_a_name_is_quoted_and_cannot_end_its_quotes(name: str) -> None:
    written = quoted(name)
    assert re.fullmatch(r'"([^"]|"")*"', written)
    assert written[1:-1].replace('""', '"') == name


def test_every_statement_says_why_and_who_says_so() -> None:
    for mesh in (MESH, both_sided()):
        for warehouse in mesh.warehouses:
            setup = warehouse_setup(mesh, warehouse)
            for item in setup.statements:
                assert item.why
                assert item.source.startswith("https://docs.aws.amazon.com/redshift/latest/dg/")
                assert f"-- {item.why}\n" in setup.text
                assert f"{item.sql};\n" in setup.text


@pytest.fixture
def onboarded() -> Namespace:
    """The producer's emulated warehouse, where an administrator has run it."""
    declared = MESH.warehouse["lending-dwh"]
    made = Warehouses().create(
        account=declared.account,
        region=declared.region,
        namespace=declared.namespace,
        kind=declared.kind,
        compute=declared.compute,
        database=declared.database,
        encrypted=declared.encrypted,
    )
    for table in ("account", "branch", "salary"):
        made.seed_table("dev", "core", table, {"id": "int", "email": "varchar(20)"}, [(1, "a@b")])
    run(made, ADMIN, *statements(MESH, "lending-dwh"))
    return made


def run(made: Namespace, user: str, *texts: str) -> None:
    for text in texts:
        made.run(database="dev", user=user, roles=frozenset(), statements=[text], transaction=False)


def test_it_suffices_for_a_share(onboarded: Namespace) -> None:
    run(
        onboarded,
        PRODUCES,
        "CREATE SCHEMA mw_s",
        'CREATE VIEW mw_s.account AS SELECT "id" FROM core.account',
        "CREATE DATASHARE mw_s SET PUBLICACCESSIBLE FALSE",
        "ALTER DATASHARE mw_s ADD SCHEMA mw_s",
        "ALTER DATASHARE mw_s ADD TABLE mw_s.account",
        "GRANT USAGE ON DATASHARE mw_s TO ACCOUNT '300000000003'",
        "REVOKE USAGE ON DATASHARE mw_s FROM ACCOUNT '300000000003'",
        "DROP DATASHARE mw_s",
        "DROP VIEW mw_s.account",
        "DROP SCHEMA mw_s",
    )


@pytest.mark.parametrize(
    "text",
    [
        "CREATE VIEW mw_s.salary AS SELECT id FROM core.salary",
        "SELECT id FROM core.salary",
        "CREATE ROLE mw_r",
        "CREATE USER mw_u PASSWORD DISABLE",
        "CREATE DATABASE other",
        "DROP TABLE core.account",
    ],
)
def test_it_opens_nothing_beside(onboarded: Namespace, text: str) -> None:
    run(onboarded, PRODUCES, "CREATE SCHEMA mw_s")
    with pytest.raises(SqlError):
        run(onboarded, PRODUCES, text)
