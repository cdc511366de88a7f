"""What others did in a warehouse is mended, left alone or told; what is not seen is not believed."""

from __future__ import annotations

import pytest

from engine.redshift.errors import StandingError, StatementError
from tests.emulator.redshift.outcome import SqlError
from tests.unit.redshift.agreed import LOANS_VIEW, NARROW, D, R, S, consuming
from tests.unit.redshift.house import (
    CONSUMER,
    GUIDS,
    LOANS,
    ONE,
    PRODUCER,
    ROLE,
    SHARE,
    TWO,
    House,
    database,
    direct,
    picture,
    role,
    share,
)


def test_what_was_added_to_a_share_by_hand_is_taken_out(house: House) -> None:
    house.reconcile(share())
    whole = picture(house.of("lending"))
    house.admin(
        "lending",
        f"ALTER DATASHARE {S} SET PUBLICACCESSIBLE TRUE",
        f"ALTER DATASHARE {S} ADD SCHEMA lending",
        f"ALTER DATASHARE {S} ADD TABLE lending.loans",
        f"ALTER DATASHARE {S} SET INCLUDENEW TRUE FOR SCHEMA {S}",
        f"GRANT USAGE ON DATASHARE {S} TO NAMESPACE '{GUIDS['sibling']}'",
    )
    assert house.reconcile(share(action="update")) == [
        f"REVOKE USAGE ON DATASHARE {S} FROM NAMESPACE '{GUIDS['sibling']}'",
        f"ALTER DATASHARE {S} SET PUBLICACCESSIBLE FALSE",
        f'ALTER DATASHARE {S} REMOVE TABLE "lending"."loans"',
        f'ALTER DATASHARE {S} REMOVE SCHEMA "lending"',
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."loans", {S}."rates"',
        f"ALTER DATASHARE {S} REMOVE SCHEMA {S}",
        f"ALTER DATASHARE {S} ADD SCHEMA {S}",
        f'ALTER DATASHARE {S} ADD TABLE {S}."loans", {S}."rates"',
    ]
    assert picture(house.of("lending")) == whole


def test_a_consumer_of_a_kind_unknown_here_is_told_last(house: House) -> None:
    house.reconcile(share())
    consumers = house.of("lending").state.shares[SHARE].consumers
    consumers["ADX"] = consumers[TWO]
    with pytest.raises(StandingError, match="has consumers ADX: revoke their USAGE by hand"):
        house.reconcile(share(LOANS, action="update"))
    assert len(house.of("lending").state.shares[SHARE].relations) == 1
    assert house.reconcile(share(LOANS, action="delete"))[0] == f"REVOKE USAGE ON DATASHARE {S} FROM ACCOUNT '{TWO}'"
    assert house.of("lending").state.shares == {}


def test_a_view_that_somebody_widened_is_made_anew(house: House) -> None:
    house.reconcile(share())
    whole = picture(house.of("lending"))
    replaced = f"CREATE OR REPLACE VIEW {S}.loans AS SELECT amount, 7 AS id FROM lending.loans"
    house.admin("lending", replaced)
    assert house.reconcile(share(action="update"))[2] == LOANS_VIEW
    assert picture(house.of("lending")) == whole


def test_what_lies_in_our_schema_by_hand_does_not_stop_the_cut(house: House) -> None:
    house.reconcile(share())
    house.admin("lending", f"CREATE VIEW {S}.mine AS SELECT id FROM lending.loans")
    house.admin("lending", f"ALTER DATASHARE {S} ADD TABLE {S}.mine")
    with pytest.raises(StandingError, match="holds mine, which Meshwarden did not make"):
        house.reconcile(share(action="delete"))
    state = house.of("lending").state
    assert (state.shares, set(state.databases["dev"].schemas[SHARE].relations)) == ({}, {"mine"})
    house.admin("lending", f"DROP VIEW {S}.mine")
    assert house.reconcile(share(action="delete")) == [f"DROP SCHEMA {S}"]


def test_a_view_that_others_build_on_is_taken_out_all_the_same(house: House) -> None:
    house.reconcile(share())
    house.admin("lending", "CREATE SCHEMA theirs", f"CREATE VIEW theirs.copy AS SELECT id FROM {S}.rates")
    with pytest.raises(StatementError, match=f'`DROP VIEW {S}."rates"` in cluster `lending`.*other objects depend'):
        house.reconcile(share(LOANS, action="update"))
    with pytest.raises(StatementError, match="other objects depend"):
        house.reconcile(share(NARROW | {"rates": ["rate"]}, action="update"))
    state = house.of("lending").state
    assert [id for id in state.shares[SHARE].relations if id in _ids(house, "rates")] == []
    with pytest.raises(StatementError, match="other objects depend"):
        house.reconcile(share(action="delete"))
    assert state is not house.of("lending").state
    assert house.of("lending").state.shares == {}


def _ids(house: House, view: str) -> set[int]:
    return {house.of("lending").state.databases["dev"].schemas[SHARE].relations[view].id}


def test_a_wider_view_that_cannot_be_narrowed_is_cut(house: House) -> None:
    """The new view lacks a column of the old one, and names one that is not there."""
    house.reconcile(share(LOANS))
    with pytest.raises(StatementError, match='column "gone" does not exist'):
        house.reconcile(share({"loans": ["gone", "id"]}, action="update"))
    assert house.of("lending").state.shares[SHARE].relations == set()
    house.reconcile(share(LOANS, action="update"))
    with pytest.raises(StatementError, match='column "gone" does not exist'):
        house.reconcile(share({"loans": ["amount", "gone", "id"]}, action="update"))
    assert len(house.of("lending").state.shares[SHARE].relations) == 1


@pytest.mark.parametrize("in_the_way", ["built on", "replaced", "given away"])
def test_a_column_less_is_cut_whatever_else_is_in_the_way(house: House, in_the_way: str) -> None:
    """Of another view of the same share, or of its schema."""
    in_both_ways(house)
    views = NARROW
    if in_the_way == "built on":
        views = {"loans": NARROW["loans"]}
        house.admin("lending", f"CREATE VIEW lending.on_top AS SELECT id FROM {S}.rates")
    elif in_the_way == "replaced":
        house.admin("lending", f"ALTER DATASHARE {S} REMOVE TABLE {S}.rates", f"DROP VIEW {S}.rates")
        house.admin("lending", f"CREATE VIEW {S}.rates AS SELECT id FROM lending.rates")
    else:
        house.of("lending").state.databases["dev"].schemas[SHARE].owner = "admin"
    for event, read in (
        (share(views, action="update"), ("analytics", f"SELECT amount FROM {D}.{S}.loans")),
        (direct(views, action="update"), ("lending", f"SELECT amount FROM {S}.loans")),
    ):
        assert house.rows(*read) == [(100,), (200,)]
        kept = house.kept()
        with pytest.raises((StandingError, StatementError)):
            house.reconcile(event)
        with pytest.raises(SqlError):
            house.rows(*read)
        house.back(kept)


def in_both_ways(house: House) -> None:
    """The role reads the share in both warehouses, by one schema."""
    consuming(house)
    house.reconcile(role("lending"))
    house.reconcile(direct())


def test_others_grants_in_our_schema_end_with_usage_on_it(house: House) -> None:
    """Only who owns an object revokes what is granted on it."""
    house.reconcile(role("lending"))
    house.reconcile(direct())
    house.admin(
        "lending", f"CREATE VIEW {S}.mine AS SELECT ssn FROM lending.loans", f"GRANT SELECT ON {S}.mine TO ROLE {R}"
    )
    assert house.reconcile(direct(action="update")) == []
    with pytest.raises(StandingError, match="holds mine"):
        house.reconcile(direct(action="delete"))
    with pytest.raises(SqlError, match="permission denied for schema"):
        house.rows("lending", f"SELECT * FROM {S}.mine")


def test_a_schema_of_somebody_else_is_left_alone(house: House) -> None:
    house.admin("lending", f"CREATE SCHEMA {S}")
    for action in ("make", "delete"):
        with pytest.raises(StandingError, match=f"belongs to admin, not to {PRODUCER}"):
            house.reconcile(share(action=action))
    assert SHARE in house.of("lending").state.databases["dev"].schemas


def test_a_database_of_somebody_else_is_not_granted_on(house: House) -> None:
    house.reconcile(share())
    house.authorize()
    house.reconcile(role())
    producer = f"ACCOUNT '{ONE}' NAMESPACE '{GUIDS['lending']}'"
    house.admin("analytics", f"CREATE DATABASE {D} FROM DATASHARE {S} OF {producer}")
    house.admin("analytics", f'GRANT USAGE ON DATABASE {D} TO "{CONSUMER}"')
    with pytest.raises(StandingError, match="it may stand without WITH PERMISSIONS"):
        house.reconcile(database())


def test_a_role_of_somebody_else_is_refused(house: House) -> None:
    house.admin("analytics", f"CREATE ROLE {R}")
    for action in ("make", "delete"):
        with pytest.raises(StandingError, match="belongs to admin"):
            house.reconcile(role(action=action))


def test_both_sides_have_one_role_and_the_last_ends_it(house: House) -> None:
    for first in (PRODUCER, CONSUMER):
        second = CONSUMER if first == PRODUCER else PRODUCER
        for user in (first, second):
            house.reconcile(role("lending"), api=house.api("lending", user))
        house.reconcile(direct())
        assert house.reconcile(role("lending", action="delete"), api=house.api("lending", CONSUMER)) == []
        house.reconcile(direct(action="delete"))
        done = house.reconcile(role("lending", action="delete"), api=house.api("lending", second))
        assert done[-1] == f"DROP ROLE {R} FORCE"
        assert ROLE not in house.of("lending").state.roles


def test_nothing_is_believed_absent_by_one_who_does_not_see(house: House) -> None:
    house.reconcile(role())
    house.admin("analytics", f'REVOKE ROLE sys:monitor FROM "{CONSUMER}"')
    with pytest.raises(StandingError, match=f'GRANT ROLE sys:monitor TO "{CONSUMER}"'):
        house.reconcile(role(action="delete"))


def test_a_change_that_did_not_stay_is_told(house: House) -> None:
    api = house.api("lending", PRODUCER)

    def somebody(texts: tuple[str, ...]) -> None:
        if texts[0].startswith("GRANT USAGE"):
            house.admin("lending", f"ALTER DATASHARE {S} SET PUBLICACCESSIBLE TRUE")

    api.play = somebody
    with pytest.raises(StandingError, match=f"still to be run: ALTER DATASHARE {S} SET PUBLICACCESSIBLE FALSE"):
        house.reconcile(share(), api=api)
