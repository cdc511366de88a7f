"""What runs for each change, and that it can end anywhere and be taken up again."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest

from engine.redshift.errors import StandingError, StatementError
from engine.redshift.request import hash_of
from tests.emulator.redshift.outcome import SqlError
from tests.unit.redshift.house import (
    BOTH,
    CONSUMER,
    DATABASE,
    GUIDS,
    LOANS,
    ONE,
    PRODUCER,
    ROLE,
    SHARE,
    TWO,
    USER,
    House,
    Interrupted,
    database,
    direct,
    picture,
    role,
    share,
)

NARROW = {"loans": ["id"], "rates": ["id"]}
S, D, R = f'"{SHARE}"', f'"{DATABASE}"', f'"{ROLE}"'
LOANS_VIEW = f'CREATE VIEW {S}."loans" AS SELECT "amount", "id" FROM "lending"."loans"'
RATES_VIEW = f'CREATE VIEW {S}."rates" AS SELECT "id" FROM "lending"."rates"'
QUERY = f'SELECT * FROM {D}.{S}."loans"'
Event = dict[str, Any]


@pytest.fixture
def house() -> House:
    return House()


def consuming(house: House, views: dict[str, list[str]] = BOTH) -> None:
    """An agreement in force, both sides."""
    house.reconcile(share(views))
    house.authorize()
    house.reconcile(role())
    house.reconcile(database(views))


# --- which statements -------------------------------------------------------------------------------------------------


def test_a_share_is_made_of_views_and_given_to_the_consumer_last(house: House) -> None:
    assert house.reconcile(share()) == [
        f"CREATE SCHEMA {S}",
        LOANS_VIEW,
        RATES_VIEW,
        f"CREATE DATASHARE {S} SET PUBLICACCESSIBLE FALSE",
        f"ALTER DATASHARE {S} ADD SCHEMA {S}",
        f'ALTER DATASHARE {S} ADD TABLE {S}."loans", {S}."rates"',
        f"GRANT USAGE ON DATASHARE {S} TO ACCOUNT '{TWO}'",
    ]


def test_a_database_is_made_with_permissions_and_the_role_reads_its_views(house: House) -> None:
    house.reconcile(share())
    house.authorize()
    assert house.reconcile(role()) == [f"CREATE ROLE {R}", f'GRANT ROLE {R} TO "{PRODUCER}" WITH ADMIN OPTION']
    producer = f"ACCOUNT '{ONE}' NAMESPACE '{GUIDS['lending']}'"
    assert house.reconcile(database()) == [
        f"CREATE DATABASE {D} WITH PERMISSIONS FROM DATASHARE {S} OF {producer}",
        f"GRANT USAGE ON DATABASE {D} TO ROLE {R}",
        f"GRANT USAGE ON SCHEMA {D}.{S} TO ROLE {R}",
        f'GRANT SELECT ON {D}.{S}."loans", {D}.{S}."rates" TO ROLE {R}',
    ]
    assert house.rows("analytics", QUERY) == [(100, 1), (200, 2)]


def test_within_an_account_the_consumer_is_a_namespace(house: House) -> None:
    to = {"namespace": GUIDS["sibling"]}
    asked = share(to=to)
    assert house.reconcile(asked)[-1] == f"GRANT USAGE ON DATASHARE {S} TO NAMESPACE '{GUIDS['sibling']}'"
    assert house.reconcile(share(to=to, action="delete"))[0].startswith(f"REVOKE USAGE ON DATASHARE {S} FROM NAMESPACE")


def test_an_added_table_is_one_view_added_and_granted(house: House) -> None:
    consuming(house, LOANS)
    assert house.reconcile(share(BOTH, action="update")) == [
        RATES_VIEW,
        f'ALTER DATASHARE {S} ADD TABLE {S}."rates"',
    ]
    assert house.reconcile(database(BOTH, action="update")) == [f'GRANT SELECT ON {D}.{S}."rates" TO ROLE {R}']


def test_a_narrowed_table_is_replaced_and_no_other(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(NARROW, action="update")) == [
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."loans"',
        f'DROP VIEW {S}."loans"',
        f'CREATE VIEW {S}."loans" AS SELECT "id" FROM "lending"."loans"',
        f'ALTER DATASHARE {S} ADD TABLE {S}."loans"',
    ]
    assert house.reconcile(database(NARROW, action="update")) == [f'GRANT SELECT ON {D}.{S}."loans" TO ROLE {R}']
    assert house.rows("analytics", QUERY) == [(1,), (2,)]


def test_a_table_that_lies_elsewhere_now_has_its_view_replaced(house: House) -> None:
    house.of("lending").seed_table("dev", "archive", "rates", {"id": "int"}, [])
    house.admin(
        "lending",
        "GRANT USAGE ON SCHEMA archive TO ROLE reconciler",
        "GRANT SELECT ON archive.rates TO ROLE reconciler",
    )
    house.reconcile(share())
    moved = share(action="update")
    moved["views"]["rates"]["of"] = ["archive", "rates"]
    done = house.reconcile({**moved, "hash": hash_of(moved)})
    assert done[2] == f'CREATE VIEW {S}."rates" AS SELECT "id" FROM "archive"."rates"'
    assert len(done) == 4


def test_a_replaced_view_that_kept_its_grant_needs_none(house: House) -> None:
    house.warehouses.play.made_anew_keeps_grants = True
    consuming(house)
    house.reconcile(share(NARROW, action="update"))
    assert house.reconcile(database(NARROW, action="update")) == []


def test_a_table_that_ends_is_taken_out_before_it_is_dropped(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(LOANS, action="update")) == [
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."rates"',
        f'DROP VIEW {S}."rates"',
    ]
    assert house.reconcile(database(LOANS, action="update")) == []


def test_the_consumer_revokes_what_the_producer_still_shares(house: House) -> None:
    consuming(house)
    assert house.reconcile(database(LOANS, action="update")) == [f'REVOKE SELECT ON {D}.{S}."rates" FROM ROLE {R}']


def test_a_revoked_agreement_is_cut_first_and_undone(house: House) -> None:
    consuming(house)
    assert house.reconcile(share(action="delete")) == [
        f"REVOKE USAGE ON DATASHARE {S} FROM ACCOUNT '{TWO}'",
        f'ALTER DATASHARE {S} REMOVE TABLE {S}."loans", {S}."rates"',
        f"ALTER DATASHARE {S} REMOVE SCHEMA {S}",
        f"DROP DATASHARE {S}",
        f'DROP VIEW {S}."loans", {S}."rates"',
        f"DROP SCHEMA {S}",
    ]
    assert house.reconcile(database(action="delete")) == [
        f"REVOKE USAGE ON DATABASE {D} FROM ROLE {R}",
        f"DROP DATABASE {D}",
    ]
    assert house.reconcile(role(action="delete")) == [
        f'REVOKE ROLE {R} FROM "{PRODUCER}"',
        f"DROP ROLE {R} FORCE",
    ]


def test_statements_are_as_few_as_can_do_it(house: House) -> None:
    """For one agreement on two tables across accounts: (producer's, consumer's)."""

    def both(views: dict[str, list[str]], action: str) -> tuple[int, int]:
        return len(house.reconcile(share(views, action=action))), len(house.reconcile(database(views, action=action)))

    made = len(house.reconcile(share()))
    house.authorize()
    house.reconcile(role())
    assert (made, len(house.reconcile(database()))) == (7, 4)
    assert both(NARROW, "update") == (4, 1)
    assert both({"rates": ["id"]}, "update") == (2, 0)
    assert both(BOTH, "update") == (2, 1)
    assert both(BOTH, "delete") == (6, 2)


def test_direct_grants_are_made_changed_and_undone(house: House) -> None:
    house.reconcile(role("lending"))
    assert house.reconcile(direct()) == [
        f"CREATE SCHEMA {S}",
        LOANS_VIEW,
        RATES_VIEW,
        f"GRANT USAGE ON SCHEMA {S} TO ROLE {R}",
        f'GRANT SELECT ON {S}."loans", {S}."rates" TO ROLE {R}',
    ]
    assert house.rows("lending", f"SELECT * FROM {S}.loans") == [(100, 1), (200, 2)]
    assert house.reconcile(direct(NARROW, action="update")) == [
        f'DROP VIEW {S}."loans"',
        f'CREATE VIEW {S}."loans" AS SELECT "id" FROM "lending"."loans"',
        f'GRANT SELECT ON {S}."loans" TO ROLE {R}',
    ]
    assert house.reconcile(direct({"loans": ["id"]}, action="update")) == [
        f'REVOKE SELECT ON {S}."rates" FROM ROLE {R}',
        f'DROP VIEW {S}."rates"',
    ]
    assert house.reconcile(direct({"loans": ["id"]}, action="delete")) == [
        f"REVOKE USAGE ON SCHEMA {S} FROM ROLE {R}",
        f'REVOKE SELECT ON {S}."loans" FROM ROLE {R}',
        f'DROP VIEW {S}."loans"',
        f"DROP SCHEMA {S}",
    ]


def test_the_role_of_a_cluster_has_a_user(house: House) -> None:
    assert house.reconcile(role("lending", user=USER)) == [
        f"CREATE ROLE {R}",
        f'GRANT ROLE {R} TO "{CONSUMER}" WITH ADMIN OPTION',
        f'CREATE USER "{USER}" PASSWORD DISABLE',
        f'GRANT ROLE {R} TO "{USER}"',
    ]
    assert house.reconcile(role("lending", action="update")) == [
        f'REVOKE ROLE {R} FROM "{USER}"',
        f'DROP USER "{USER}"',
    ]
    house.reconcile(role("lending", user=USER, action="update"))
    assert house.reconcile(role("lending", user=USER, action="delete")) == [
        f'REVOKE ROLE {R} FROM "{CONSUMER}"',
        f'REVOKE ROLE {R} FROM "{USER}"',
        f"DROP ROLE {R} FORCE",
        f'DROP USER "{USER}"',
    ]


def test_a_user_of_that_name_who_may_have_a_password_is_made_anew(house: House) -> None:
    house.admin("lending", f"CREATE USER \"{USER}\" PASSWORD 'Secret1234'")
    assert house.reconcile(role("lending", user=USER))[2:] == [
        f'DROP USER "{USER}"',
        f'CREATE USER "{USER}" PASSWORD DISABLE',
        f'GRANT ROLE {R} TO "{USER}"',
    ]


# --- half-done runs ---------------------------------------------------------------------------------------------------

STORIES: dict[str, tuple[list[Event], Event]] = {
    "share made": ([], share()),
    "table added": ([share(LOANS)], share(BOTH, action="update")),
    "columns narrowed": ([share()], share(NARROW, action="update")),
    "table ended": ([share()], share(LOANS, action="update")),
    "another consumer": ([share()], share(to={"namespace": GUIDS["sibling"]}, action="update")),
    "share ended": ([share()], share(action="delete")),
    "direct made": ([role("lending")], direct()),
    "direct narrowed": ([role("lending"), direct()], direct(NARROW, action="update")),
    "direct ended": ([role("lending"), direct()], direct(action="delete")),
    "role made": ([], role("lending", user=USER)),
    "role ended": ([role("lending", user=USER)], role("lending", user=USER, action="delete")),
    "database made": ([share(), role()], database()),
    "database narrowed": ([share(), role(), database()], database(LOANS, action="update")),
    "database ended": ([share(), role(), database()], database(action="delete")),
}


def played(events: list[Event]) -> House:
    house = House()
    for event in events:
        house.reconcile(event)
        if event["do"] == "share":
            house.authorize()
    return house


@pytest.mark.parametrize("story", STORIES)
def test_a_second_run_changes_nothing(story: str) -> None:
    before, event = STORIES[story]
    house = played(before)
    assert house.reconcile(event) != []
    assert house.reconcile(event) == []


@pytest.mark.parametrize("story", STORIES)
def test_a_run_that_ends_anywhere_is_taken_up(story: str) -> None:
    before, event = STORIES[story]
    house = played(before)
    here, start = house.of(event["warehouse"]["compute"]), house.kept()
    house.reconcile(event)
    whole = picture(here)
    for last in itertools.count():
        house.back(start)
        try:
            house.reconcile(event, last=last)
        except Interrupted:
            house.reconcile(event)
        else:
            break
        assert picture(here) == whole, last


@pytest.mark.parametrize("made", [share(), direct(), role("lending", user=USER), database()], ids=lambda e: e["do"])
def test_what_was_made_by_half_is_ended_whole(made: Event) -> None:
    before = {"share": [], "role": [], "direct": [role("lending")], "database": [share(), role()]}[made["do"]]
    house = played(before)
    here, start = house.of(made["warehouse"]["compute"]), house.kept()
    empty, ended = picture(here), {**made, "tf": {"action": "delete", "prev_input": None}}
    for last in range(len(house.reconcile(made)) + 1):
        house.back(start)
        with contextlib.suppress(Interrupted):
            house.reconcile(made, last=last)
        house.reconcile(ended)
        assert picture(here) == empty, last


@pytest.mark.parametrize("cut", ["revoked", "deauthorized", "dropped"])
def test_a_database_is_ended_after_its_datashare(house: House, cut: str) -> None:
    consuming(house)
    arn = house.of("lending").share_arn(SHARE)
    if cut == "deauthorized":
        house.warehouses.deauthorize(arn, by=ONE, consumer=TWO)
    elif cut == "dropped":
        house.reconcile(share(action="delete"))
    else:
        house.admin("lending", f"REVOKE USAGE ON DATASHARE {S} FROM ACCOUNT '{TWO}'")
    assert house.reconcile(database(action="delete"))[-1] == f"DROP DATABASE {D}"
    house.reconcile(role(action="delete"))
    assert DATABASE not in house.of("analytics").state.databases
    assert ROLE not in house.of("analytics").state.roles


def test_many_tables_take_several_transactions(house: House) -> None:
    many = {f"t{n:02}": ["id"] for n in range(95)}
    for view in many:
        house.of("lending").seed_table("dev", "lending", view, {"id": "int", "other": "int"}, [])
    house.admin("lending", "GRANT SELECT ON ALL TABLES IN SCHEMA lending TO ROLE reconciler")
    api = house.api("lending", PRODUCER)
    house.reconcile(share(many), api=api)
    assert [len(change) for change in api.changes] == [40, 40, 16, 1, 2, 1]
    wider = {view: ["id", "other"] for view in many}
    api = house.api("lending", PRODUCER)
    house.reconcile(share(wider, action="update"), api=api)
    assert [len(change) for change in api.changes] == [40, 40, 24]
    assert house.reconcile(share(wider, action="update")) == []


# --- what others did --------------------------------------------------------------------------------------------------


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
    for action in ("create", "delete"):
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
    for action in ("create", "delete"):
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


# --- what is not believed ---------------------------------------------------------------------------------------------


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
