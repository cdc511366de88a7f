"""What is read back: the texts of views, and the answer of a reader."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from engine.redshift.data_api import Row, Session
from engine.redshift.definition import read_definition
from engine.redshift.errors import StandingError
from engine.redshift.standing import Relation
from engine.redshift.state import read_producer
from tests.unit.redshift.house import (
    BOTH,
    CONSUMER,
    DATABASE,
    GUIDS,
    ONE,
    PRODUCER,
    ROLE,
    SHARE,
    TWO,
    House,
    database,
    direct,
    role,
    share,
)

READ = {
    "SELECT loans.amount, loans.id FROM lending.loans;": (["lending", "loans"], ["amount", "id"]),
    "SELECT loans.id, loans.amount FROM loans": (["public", "loans"], ["amount", "id"]),
    ' SELECT "my table"."a ""b""", "my table"."from" AS "from" FROM "s.x"."my table";': (
        ["s.x", "my table"],
        ['a "b"', "from"],
    ),
    "select l.id\nfrom lending.loans": (["lending", "loans"], ["id"]),
}
OTHERS = [
    "",
    "SELECT",
    "SELECT loans.ssn AS id FROM lending.loans;",
    "SELECT loans.id, loans.id FROM lending.loans;",
    "SELECT loans.* FROM lending.loans;",
    "SELECT DISTINCT loans.id FROM lending.loans;",
    "SELECT max(loans.id) AS max FROM lending.loans;",
    "SELECT loans.id FROM lending.loans WHERE loans.id = 1;",
    "SELECT loans.id FROM lending.loans, lending.rates;",
    "SELECT loans.id FROM lending.loans l;",
    "SELECT loans.id FROM dev.lending.loans;",
    "SELECT loans.id, FROM lending.loans;",
    "SELECT loans.id FROM lending.;",
    "SELECT loans.id FROM lending.loans UNION ALL SELECT loans.ssn FROM lending.loans;",
    "SELECT 'x' AS id FROM lending.loans;",
    'SELECT loans."id FROM lending.loans;',
    "SELECT loans.id FROM lending.loans WITH NO SCHEMA BINDING;",
]


@pytest.mark.parametrize("text", READ)
def test_columns_of_one_table_are_read(text: str) -> None:
    assert read_definition(text) == READ[text]


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_view_is_nobodys(text: str) -> None:
    assert read_definition(text) == (None, [])


def test_a_reader_tells_all_of_the_producers_side() -> None:
    house = House()
    house.reconcile(share(BOTH))
    house.admin(
        "lending",
        f"CREATE VIEW {SHARE}.mine AS SELECT 1 AS id FROM lending.loans",
        f"ALTER DATASHARE {SHARE} ADD TABLE {SHARE}.mine",
        f"ALTER DATASHARE {SHARE} SET INCLUDENEW TRUE FOR SCHEMA {SHARE}",
        f"GRANT USAGE ON SCHEMA {SHARE} TO PUBLIC",
        "CREATE SCHEMA mwx",
    )
    standing = house.reading("lending", "producer")
    assert json.loads(json.dumps(standing)) == standing
    assert (standing["user"], standing["database"], standing["databases"]) == (PRODUCER, "dev", {})
    assert standing["shares"] == {
        SHARE: {
            "owner": PRODUCER,
            "database": "dev",
            "public": False,
            "schemas": {SHARE: True},
            "objects": {f"{SHARE}.{view}": "view" for view in ("loans", "rates", "mine")},
            "consumers": [TWO],
        }
    }
    assert set(standing["schemas"]) == {SHARE}
    schema = standing["schemas"][SHARE]
    assert {"kind": "public", "name": "public", "privilege": "USAGE"} in schema["holders"]
    assert not [held for held in schema["holders"] if held["name"].startswith("ds:")]
    loans: Relation = {
        "type": "VIEW",
        "owner": PRODUCER,
        "of": ["lending", "loans"],
        "columns": ["amount", "id"],
        "holders": [],
    }
    assert schema["relations"]["loans"] == loans
    assert (schema["relations"]["mine"]["of"], schema["relations"]["mine"]["owner"]) == (None, "admin")


def test_a_reader_tells_all_of_the_consumers_side() -> None:
    house = House()
    house.reconcile(share(BOTH))
    house.authorize()
    house.reconcile(role())
    house.reconcile(database(BOTH))
    house.admin("analytics", "CREATE USER eve PASSWORD DISABLE", f"GRANT ROLE {ROLE} TO eve")
    house.admin("analytics", f"GRANT USAGE ON DATABASE {DATABASE} TO eve")
    standing = house.reading("analytics", "consumer")
    assert (standing["schemas"], standing["shares"]) == ({}, {})
    found = standing["databases"][DATABASE]
    assert found["holders"] == [
        {"kind": "role", "name": ROLE, "privilege": "USAGE"},
        {"kind": "user", "name": "eve", "privilege": "USAGE"},
    ]
    assert found["owner"] == CONSUMER
    assert found["relations"] == [f"{SHARE}.loans", f"{SHARE}.rates"]
    assert sorted((h["schema"], h["object"], h["name"], h["privilege"]) for h in found["held"]) == [
        (SHARE, "", ROLE, "USAGE"),
        (SHARE, "loans", ROLE, "SELECT"),
        (SHARE, "rates", ROLE, "SELECT"),
    ]
    assert standing["roles"] == {
        ROLE: {"owner": CONSUMER, "users": [PRODUCER, "eve"], "roles": [], "holds": [DATABASE]},
    }
    assert standing["users"] == [CONSUMER, PRODUCER]


def test_where_it_is_seen_of_which_datashare_a_database_is_another_is_made_anew() -> None:
    """Superusers see it; whether a database's owner does is not known."""
    house = House()
    for event in (share(), role()):
        house.reconcile(event)
    house.authorize()
    house.reconcile(database())
    house.of("analytics").state.users[CONSUMER].superuser = True
    assert house.reading("analytics", "consumer")["databases"][DATABASE]["namespace"] == GUIDS["lending"]
    moved = {"account": ONE, "namespace": GUIDS["sibling"]}
    with pytest.raises(Exception, match="cannot be used here"):
        house.reconcile(database(**{"from": moved}, action="update"))
    assert DATABASE not in house.of("analytics").state.databases


def test_direct_holders_are_told() -> None:
    house = House()
    house.reconcile(role("lending"))
    house.reconcile(direct())
    standing = house.reading("lending", "producer")
    held = {"kind": "role", "name": ROLE, "privilege": "SELECT"}
    assert standing["schemas"][SHARE]["relations"]["loans"]["holders"] == [held]
    assert standing["roles"][ROLE]["holds"] == [SHARE]


def test_an_empty_warehouse_is_read_as_empty() -> None:
    standing = House().reading("lending", "producer")
    assert (standing["shares"], standing["schemas"], standing["roles"]) == ({}, {}, {})


@dataclass
class Less(Session):
    """A session to which the view `hidden` shows no row."""

    hidden: str = field(kw_only=True)

    def read(self, queries: Sequence[str]) -> list[list[Row]]:
        found = super().read(queries)
        return [[] if f"FROM {self.hidden}" in query else rows for query, rows in zip(queries, found, strict=True)]


@pytest.mark.parametrize(
    ("hidden", "said"),
    [("pg_user", "PG_USER does not show"), ("svv_redshift_databases", "does not show the connected database")],
)
def test_views_that_show_too_little_are_not_believed(hidden: str, said: str) -> None:
    house = House()
    session = house.session(house.api("lending", PRODUCER))
    less = Less(session.client, session.warehouse, session.nonce, session.left, session.sleep, hidden=hidden)
    with pytest.raises(StandingError, match=said):
        read_producer(less, SHARE)
