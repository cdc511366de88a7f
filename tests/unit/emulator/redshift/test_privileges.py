"""Who may run which statement: the "required privileges" of each page, and who is left out."""

from __future__ import annotations

import pytest

from tests.unit.emulator.redshift.pair import SIBLING, TWO, Pair

OF = "TO ROLE of_ann"
READS = (f"GRANT USAGE ON SCHEMA lending {OF}", f"GRANT SELECT ON lending.loans {OF}")
SHARE = ("CREATE DATASHARE s", "ALTER DATASHARE s ADD SCHEMA lending")
VIEW = "CREATE VIEW lending.v AS SELECT id FROM lending.loans"

# page, what stands before, what is granted, what ann then may
RIGHTS: list[tuple[str, tuple[str, ...], tuple[str, ...], str]] = [
    ("r_CREATE_DATASHARE", (), (f"GRANT CREATE DATASHARE {OF}",), "CREATE DATASHARE x"),
    ("r_DROP_DATASHARE", SHARE, (f"GRANT DROP DATASHARE {OF}",), "DROP DATASHARE s"),
    ("r_ALTER_DATASHARE", SHARE, (*READS, f"GRANT ALTER DATASHARE {OF}"), "ALTER DATASHARE s ADD TABLE lending.loans"),
    (
        "r_ALTER_DATASHARE",
        SHARE,
        (*READS, f"GRANT ALTER ON DATASHARE s {OF}"),
        "ALTER DATASHARE s ADD TABLE lending.loans",
    ),
    ("r_ALTER_DATASHARE", SHARE, (f"GRANT ALTER ON DATASHARE s {OF}",), "ALTER DATASHARE s REMOVE SCHEMA lending"),
    ("r_GRANT", SHARE, (f"GRANT SHARE ON DATASHARE s {OF}",), f"GRANT USAGE ON DATASHARE s TO ACCOUNT '{TWO}'"),
    ("r_CREATE_SCHEMA", (), (f"GRANT CREATE SCHEMA {OF}",), "CREATE SCHEMA x"),
    ("r_GRANT", (), (f"GRANT CREATE ON DATABASE dev {OF}",), "CREATE SCHEMA x"),
    ("r_DROP_SCHEMA", ("CREATE SCHEMA x",), (f"GRANT DROP SCHEMA {OF}",), "DROP SCHEMA x"),
    ("r_CREATE_VIEW", (), (*READS, f"GRANT CREATE OR REPLACE VIEW {OF}"), VIEW),
    ("r_GRANT", (), (*READS, f"GRANT CREATE ON SCHEMA lending {OF}"), VIEW),
    ("r_DROP_VIEW", (VIEW,), (f"GRANT DROP VIEW {OF}",), "DROP VIEW lending.v"),
    ("r_CREATE_ROLE", (), (f"GRANT CREATE ROLE {OF}",), "CREATE ROLE x"),
    ("r_CREATE_USER", (), (f"GRANT CREATE USER {OF}",), "CREATE USER x PASSWORD DISABLE"),
    ("r_DROP_USER", ("CREATE USER x PASSWORD DISABLE",), (f"GRANT DROP USER {OF}",), "DROP USER x"),
    ("r_ALTER_USER", ("CREATE USER x PASSWORD DISABLE",), (f"GRANT ALTER USER {OF}",), "ALTER USER x CREATEDB"),
    ("r_CREATE_DATABASE", (), ("ALTER USER ann CREATEDB",), "CREATE DATABASE x"),
    ("r_DROP_DATABASE", (), ("CREATE DATABASE x WITH OWNER ann",), "DROP DATABASE x"),
    (
        "r_GRANT",
        (),
        ("GRANT SELECT ON lending.loans TO ann WITH GRANT OPTION",),
        "GRANT SELECT ON lending.loans TO PUBLIC",
    ),
    ("r_GRANT", ("CREATE ROLE x",), ("GRANT ROLE x TO ann WITH ADMIN OPTION",), "GRANT ROLE x TO ann"),
    ("r_DROP_ROLE", ("CREATE ROLE x",), ("GRANT ROLE x TO ann WITH ADMIN OPTION",), "DROP ROLE x FORCE"),
    ("r_CREATE_VIEW", (), READS, "SELECT id FROM lending.loans"),
]


@pytest.mark.parametrize(("page", "before", "granted", "statement"), RIGHTS)
def test_the_right_lets_and_its_lack_does_not(
    both: Pair, page: str, before: tuple[str, ...], granted: tuple[str, ...], statement: str
) -> None:
    assert page
    both.producer.user("ann", *before)
    for text in granted:
        if "OWNER" not in text:
            assert "permission denied" in both.producer.refused(statement, user="ann")
        both.producer.run(text)
    both.producer.run(statement, user="ann")


@pytest.mark.parametrize(
    ("made", "statement"),
    [
        ("CREATE DATASHARE x", "DROP DATASHARE x"),
        ("CREATE DATASHARE x", "ALTER DATASHARE x SET PUBLICACCESSIBLE TRUE"),
        ("CREATE DATASHARE x", f"GRANT USAGE ON DATASHARE x TO NAMESPACE '{SIBLING}'"),
        ("CREATE DATASHARE x", "GRANT ALTER ON DATASHARE x TO ROLE of_bob"),
        ("CREATE SCHEMA x", "DROP SCHEMA x"),
        ("CREATE SCHEMA x", "GRANT USAGE ON SCHEMA x TO ROLE of_bob"),
        ("CREATE SCHEMA x", "CREATE VIEW x.v AS SELECT id FROM lending.loans"),
        ("CREATE ROLE x", "DROP ROLE x"),
        ("CREATE ROLE x", "GRANT ROLE x TO bob"),
        ("CREATE DATABASE x", "DROP DATABASE x"),
    ],
)
def test_who_made_it_may_and_another_may_not(both: Pair, made: str, statement: str) -> None:
    rights = ("CREATE DATASHARE", "CREATE SCHEMA", "CREATE ROLE")
    for name in ("ann", "bob"):
        both.producer.user(
            name, f"ALTER USER {name} CREATEDB", *(f"GRANT {right} TO ROLE of_{name}" for right in rights)
        )
        both.producer.run(*(text.replace("ann", name) for text in READS))
    both.producer.run(made, user="ann")
    assert "permission denied" in both.producer.refused(statement, user="bob")
    both.producer.run(statement, user="ann")


def test_superusers_alone(both: Pair) -> None:
    both.producer.user(
        "ann", *SHARE, f"GRANT ALTER DATASHARE {OF}", f"GRANT CREATE USER {OF}", f"GRANT ALTER USER {OF}"
    )
    for statement in (
        "ALTER DATASHARE s SET INCLUDENEW TRUE FOR SCHEMA lending",
        "GRANT CREATE ROLE TO ROLE of_ann",
        "CREATE USER x PASSWORD DISABLE CREATEUSER",
        "ALTER USER ann CREATEUSER",
        "ALTER USER admin NOCREATEDB",
    ):
        assert "permission denied" in both.producer.refused(statement, user="ann")
    both.producer.run("ALTER USER ann CREATEUSER")
    both.producer.run("ALTER DATASHARE s SET INCLUDENEW TRUE FOR SCHEMA lending", user="ann")


def test_a_view_is_made_of_what_its_maker_reads(both: Pair) -> None:
    both.producer.user("ann", f"GRANT CREATE ON DATABASE dev {OF}", f"GRANT USAGE ON SCHEMA lending {OF}")
    both.producer.run("CREATE SCHEMA mine", user="ann")
    view = "CREATE VIEW mine.v AS SELECT id FROM lending.loans"
    assert both.producer.refused(view, user="ann") == "ERROR: permission denied for relation loans"
    both.producer.run(READS[1])
    both.producer.run(view, user="ann")


def test_what_is_added_to_a_datashare_must_be_readable(both: Pair) -> None:
    both.producer.user("ann", f"GRANT CREATE DATASHARE {OF}", f"GRANT USAGE ON SCHEMA lending {OF}")
    both.producer.run("CREATE DATASHARE s", "ALTER DATASHARE s ADD SCHEMA lending", user="ann")
    add = "ALTER DATASHARE s ADD TABLE lending.loans"
    assert both.producer.refused(add, user="ann") == "ERROR: permission denied for relation loans"
    both.producer.run("REVOKE USAGE ON SCHEMA lending FROM ROLE of_ann")
    both.producer.run("ALTER DATASHARE s REMOVE SCHEMA lending", user="ann")
    assert "permission denied" in both.producer.refused("ALTER DATASHARE s ADD SCHEMA lending", user="ann")


def test_roles_of_roles_and_of_the_session_count(both: Pair) -> None:
    both.producer.user("ann", "CREATE ROLE low", "CREATE ROLE high", "CREATE ROLE other", "GRANT ROLE low TO ROLE high")
    both.producer.run("GRANT USAGE ON SCHEMA lending TO ROLE low", "GRANT SELECT ON lending.loans TO ROLE low")
    read = "SELECT id FROM lending.loans"
    assert "permission denied" in both.producer.refused(read, user="ann")
    assert "permission denied" in both.producer.refused(read, user="ann", roles=("other",))
    both.producer.run(read, user="ann", roles=("high",))
    both.producer.run("GRANT ROLE high TO ann")
    both.producer.run(read, user="ann")
    both.producer.run("REVOKE ROLE low FROM ROLE high")
    assert "permission denied" in both.producer.refused(read, user="ann")


def test_a_role_with_privileges_stands(both: Pair) -> None:
    both.producer.run("CREATE ROLE r", "GRANT USAGE ON SCHEMA lending TO ROLE r")
    assert "has a privilege" in both.producer.refused("DROP ROLE r FORCE")
    both.producer.run("REVOKE USAGE ON SCHEMA lending FROM ROLE r", "DROP ROLE r")


def test_who_signs_in(both: Pair) -> None:
    """An IAM identity is made a user at its first sign-in, and has nothing; nobody else is."""
    assert both.consumer.run("SELECT current_user", user="IAMR:Reader").rows == (("IAMR:Reader",),)
    both.consumer.run('GRANT USAGE ON SCHEMA public TO "IAMR:Reader"')
    assert both.consumer.refused("SELECT 1", user="ann") == 'FATAL: user "ann" does not exist'
    assert both.consumer.refused("SELECT 1", database="x") == 'FATAL: database "x" does not exist'
    assert "does not exist" in both.consumer.refused("GRANT USAGE ON SCHEMA public TO IAMR")
