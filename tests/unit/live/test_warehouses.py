"""Drift of warehouses, read by the readers themselves: nothing after a deploy, and each thing that is otherwise."""

from __future__ import annotations

import pytest

from engine.grants.datashare.live import expected_shares
from engine.grants.datashare.things import KINDS
from engine.grants.drift import compare_standing, scope_of
from engine.model.standing import Standing, Thing
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.warehouses import CONSUMER, in_redshift
from tests.unit.live.deployed import GOVERNANCE, SIBLING, drifts, play
from tests.unit.live.played import Played


def test_nothing_differs_after_a_deploy(deployed: Played) -> None:
    kinds = {thing.kind for thing in expected_shares(deployed.plan)}
    assert kinds == KINDS - {"Redshift table"}
    assert drifts(deployed) == []


def test_nothing_differs_where_a_role_reads_beside_the_producer_and_each_side_is_asked_once() -> None:
    played = play(SIBLING)
    played.asked.clear()
    assert drifts(played) == []
    assert sorted(played.asked) == [
        f"{CONSUMER} meshwarden-reader-{side} read" for side in ("consumer", "consumer", "producer", "producer")
    ]


def test_what_is_over_is_in_excess_with_all_that_hangs_on_it(deployed: Played) -> None:
    over = planned(small_mesh(in_redshift() | {"agreements": {"loans-for-fraud": {"end": "2026-05-01T00:00:00Z"}}}))
    found = drifts(deployed, over)
    assert {item.thing for item in found} == expected_shares(deployed.plan).keys()
    assert {item.kind for item in found} == {"excess"}


EXPECTED: Standing = {
    thing: value
    for facts in (in_redshift(), SIBLING)
    for thing, value in expected_shares(planned(small_mesh(facts))).items()
}


@pytest.mark.parametrize("thing", EXPECTED, ids=str)
def test_each_thing_is_missed_and_told_when_it_is_otherwise(thing: Thing) -> None:
    scope = scope_of(planned(small_mesh()), GOVERNANCE, {}, {})
    less = {key: value for key, value in EXPECTED.items() if key != thing}
    (missing,) = compare_standing(EXPECTED, less, scope)
    (changed,) = compare_standing(EXPECTED, {**less, thing: {"touched": True}}, scope)
    (excess,) = compare_standing(less, EXPECTED, scope)
    assert {item.thing for item in (missing, changed, excess)} == {thing}
    assert [item.kind for item in (missing, changed, excess)] == ["missing", "changed", "excess"]
    assert ("settled invocation" in missing.mend) == (thing.kind != "datashare association")
