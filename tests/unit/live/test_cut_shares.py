"""A cut in warehouses: what ends, in which order, what another entitlement keeps, what is left and what is said."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import AccountError, PlanError
from engine.grants.datashare.cut import parts_after, widest_shares
from engine.grants.datashare.invocations import shares
from engine.grants.datashare.live import expected_shares
from engine.live.cut import Cut
from engine.live.cut_shares import cut_shares
from engine.model.plan import Plan
from tests.emulator.redshift.outcome import SqlError
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.test_limits import agreed
from tests.unit.grants.warehouses import CONSUMER, PRODUCER, in_redshift, warehouse
from tests.unit.live.deployed import DATABASE, ON_CLUSTER, ROLE, SHARE, SIBLING, drifts, play
from tests.unit.live.played import Played

FRAUD = "loans-for-fraud"
OVER: Facts = {FRAUD: {"end": "2026-05-01T00:00:00Z"}}
PAYMENTS: Facts = {"payments": agreed(tables=["payment"])}
"""Another agreement of the same role, on one table."""
ONE = in_redshift({"reading": warehouse(1)})
RECONCILER = "meshwarden-reconciler"
ENDED = {
    ("datashare", f"{SHARE} of lending-dwh"),
    ("datashare", f"{ON_CLUSTER} of lending-dwh"),
    ("Redshift database", f"{DATABASE} of reading"),
    ("Redshift database", f"{DATABASE} of reading-cluster"),
    ("Redshift role", f"{ROLE} of reading"),
    ("Redshift role", f"{ROLE} of reading-cluster"),
}


def cut(played: Played, facts: Facts | None = None, **agreements: Any) -> tuple[Cut, Plan]:
    """What `meshwarden cut` does once the agreement is recorded; and what is planned then."""
    mesh = small_mesh((facts or in_redshift()) | {"agreements": OVER | agreements})
    after = planned(mesh)
    played.asked.clear()
    return cut_shares(played, after, parts_after(after, widest_shares(mesh, mesh.agreement[FRAUD]))), after


def names(things: Any) -> set[tuple[str, str]]:
    return {(thing.kind, thing.name) for thing in things}


def reads(played: Played, warehouse: str, place: str) -> bool:
    held = played.of(warehouse)
    asked = [f"SELECT id FROM {place}"]
    try:
        held.run(database=held.database, user="IAMR:mw.x", roles=frozenset([ROLE]), statements=asked, transaction=False)
    except SqlError:
        return False
    return True


def redeploy(played: Played, before: Plan, after: Plan) -> list[str]:
    """What of the next deploy changes anything: it deletes what is not planned, and makes what is."""
    kept = {share.target.name for share in shares(after)}
    roles = {share.role.id for share in shares(after)}
    ran = []
    for share in shares(before):
        gone = [share.made] if share.direct else [share.made, share.database]
        if share.target.name not in kept:
            ran += [text for item in gone for text in played.run(item, "delete")]
        if share.role.id not in roles:
            ran += played.run(share.role, "delete")
    for share in shares(after):
        ran += [text for item in (share.role, share.made) for text in played.run(item)]
        ran += [] if share.direct else played.run(share.database)
    return ran


def test_what_another_entitlement_needs_stays_and_then_all_of_it_ends_by_api_first() -> None:
    played = play(in_redshift() | {"agreements": PAYMENTS})
    done, after = cut(played, **PAYMENTS)
    assert done.revoked == ()
    assert names(done.narrowed) == {name for name in ENDED if name[0] == "datashare"}
    assert [call for call in played.asked if "delete" in call or "Deauthorize" in call] == []
    for warehouse_id, share in (("reading", SHARE), ("reading-cluster", ON_CLUSTER)):
        assert not reads(played, warehouse_id, f"{DATABASE}.{share}.loan")
        assert reads(played, warehouse_id, f"{DATABASE}.{share}.payment")
    assert drifts(played, after) == []
    assert redeploy(played, played.plan, after) == []

    done, nothing = cut(played)
    assert names(done.revoked) == ENDED
    assert (done.narrowed, done.given, done.left, done.remains) == ((), (), (), ())
    assert played.asked == [
        *[f"{PRODUCER} DeauthorizeDataShare {CONSUMER}"] * 2,
        *[f"{PRODUCER} {RECONCILER}-producer delete share"] * 2,
        *[f"{CONSUMER} {RECONCILER}-consumer delete {what}" for what in ("database", "role")] * 2,
    ]
    assert expected_shares(nothing) == {}
    assert drifts(played, nothing) == []
    assert redeploy(played, played.plan, nothing) == []
    again, _ = cut(played)
    assert again == Cut((), (), (), (), ())
    assert not [call for call in played.asked if "Deauthorize" in call]


def test_a_consumer_that_is_down_reads_nothing_and_what_it_keeps_is_said() -> None:
    played = play(ONE | {"agreements": PAYMENTS})
    played.down = {CONSUMER}
    done, _ = cut(played, ONE, **PAYMENTS)
    assert [(thing.kind, thing.name) for thing, _ in done.left] == [("Redshift database", f"{DATABASE} of reading")]
    assert done.remains == ()
    assert not reads(played, "reading", f"{DATABASE}.{SHARE}.loan")

    done, after = cut(played, ONE)
    assert names(done.revoked) == {("datashare", f"{SHARE} of lending-dwh")}
    kept = {("Redshift database", f"{DATABASE} of reading"), ("Redshift role", f"{ROLE} of reading")}
    assert {(thing.kind, thing.name) for thing, _ in done.remains} == kept
    assert {why for _, why in done.remains} == {f"account {CONSUMER}: AssumeRole: AccessDenied: nobody"}
    assert not reads(played, "reading", f"{DATABASE}.{SHARE}.payment")
    assert played.warehouses.shares == {}

    played.down = set()
    done, _ = cut(played, ONE)
    assert names(done.revoked) == kept
    assert drifts(played, after) == []


def test_a_role_beside_the_producer_keeps_what_another_entitlement_needs_and_then_loses_it() -> None:
    played = play(SIBLING | {"agreements": PAYMENTS})
    here = f"{DATABASE}__lending_dwh"
    done, after = cut(played, SIBLING, **PAYMENTS)
    assert ("Redshift schema", f"{here} of lending-dwh") in names(done.narrowed)
    assert not reads(played, "lending-dwh", f"{here}.loan")
    assert reads(played, "lending-dwh", f"{here}.payment")
    assert drifts(played, after) == []

    done, after = cut(played, SIBLING)
    assert ("Redshift schema", f"{here} of lending-dwh") in names(done.revoked)
    assert not [call for call in played.asked if "Deauthorize" in call]
    assert not reads(played, "lending-dwh", f"{here}.payment")
    assert drifts(played, after) == []
    assert redeploy(played, played.plan, after) == []


def standing(**changes: Any) -> dict[str, Any]:
    whole = {"user": "IAMR:r", "database": "dwh", "schemas": {}, "shares": {}, "databases": {}, "roles": {}}
    return {**whole, "users": [], "given": [], **changes}


LEFT = {"mw_s": {"owner": "o", "relations": {}, "holders": []}}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (AccountError("busy"), "busy"),
        ({"done": [], "standing": standing()}, "`hash` should be that of the input"),
        ({"done": [], "standing": {}, "hash": ""}, "`standing` should have user"),
        ({"standing": standing(), "hash": ""}, "`done` should be a list"),
        ([], "`done` should be a list"),
        ("right", f"that Redshift schema `mw_s` of warehouse `lending-dwh` in {PRODUCER} eu-west-1 stands"),
    ],
)
def test_what_still_stands_at_the_producer_is_an_error_after_all_else_is_done(answer: Any, said: str) -> None:
    mesh = small_mesh(in_redshift() | {"agreements": OVER})
    played, after = Played(mesh, planned(small_mesh(in_redshift()))), planned(mesh)
    (first, *_) = widest = widest_shares(mesh, mesh.agreement[FRAUD])
    if answer == "right":
        answer = {"done": [], "standing": standing(schemas=LEFT), "hash": first.made.input["hash"]}
    played.answers[PRODUCER, f"{RECONCILER}-producer"] = answer
    with pytest.raises(AccountError) as raised:
        cut_shares(played, after, parts_after(after, widest))
    headline, *lines = str(raised.value).splitlines()
    assert headline == "2 of 2 may still stand; run the command again"
    here = f"of warehouse `lending-dwh` in {PRODUCER} eu-west-1"
    assert [line for line in lines if not line.startswith("    ")] == [
        f"  datashare `{share}` {here}" for share in (SHARE, ON_CLUSTER)
    ]
    why = next(line for line in lines if line.startswith("    "))
    assert said in why
    assert lines.count(why) == 1
    assert f"{CONSUMER} {RECONCILER}-consumer delete role" in played.asked


def test_an_authorization_that_aws_keeps_is_an_error() -> None:
    played = play(ONE)
    played.keeps_authorizations = True
    with pytest.raises(AccountError, match="AWS took the deauthorization"):
        cut(played, ONE)


def test_the_widest_has_every_declared_warehouse_of_the_accounts_and_every_column() -> None:
    mesh = small_mesh(in_redshift())
    widest = widest_shares(mesh, mesh.agreement[FRAUD])
    assert [share.target.name for share in widest] == [SHARE, ON_CLUSTER]
    for share in widest:
        assert {view.table: view.columns for view in share.target.views} == {
            table.name: tuple(sorted(column.name for column in table.columns)) for table in mesh.products[0].tables
        }


@pytest.mark.parametrize(
    ("facts", "said"),
    [({}, "lies in no warehouse"), (in_redshift({}), f"no warehouse is declared in {CONSUMER}")],
)
def test_where_nothing_can_have_been_given_that_is_said(facts: Facts, said: str) -> None:
    mesh = small_mesh(facts)
    with pytest.raises(PlanError, match=said):
        widest_shares(mesh, mesh.agreement[FRAUD])
