"""A role's trust broken by hand: who may assume it, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import compare
from engine.model.plan import RolePlan
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import BROKER, OTHER, ROLE, Break, Found, assert_found, roles


def trust(principal: object, until: str = "2027-01-01T00:00:00Z", **more: object) -> Callable[[RolePlan], RolePlan]:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": {"DateLessThan": {"aws:CurrentTime": until}},
    }
    return lambda role: replace(role, trust={"Version": "2012-10-17", "Statement": [statement | more]})


BREAKS: dict[str, tuple[Break, set[Found]]] = {
    "somebody else is trusted": (
        lambda plan: roles(plan, ROLE, trust({"AWS": [BROKER, "arn:aws:iam::300000000001:role/other"]})),
        {(ROLE, "excess", ".", "arn:aws:iam::300000000001:role/other")},
    ),
    "nobody is trusted any more": (
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, until="2026-06-01T00:00:00Z")),
        {(ROLE, "missing", ".", BROKER)},
    ),
    "a role may be assumed when all it serves is over": (
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, until="2027-01-01T00:00:01Z")),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a role without grants may be assumed": (
        lambda plan: roles(plan, OTHER, trust({"AWS": BROKER})),
        {(OTHER, "excess", ".", BROKER)},
    ),
    "a trust has no end": (
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, Condition={})),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a trust begins later": (
        lambda plan: roles(
            plan,
            ROLE,
            trust({"AWS": BROKER}, Condition={"DateGreaterThanEquals": {"aws:CurrentTime": "2026-06-01T00:00:01Z"}}),
        ),
        {(ROLE, "missing", ".", BROKER), (ROLE, "excess", ".", BROKER)},
    ),
    "a trust ends too early": (
        lambda plan: roles(plan, ROLE, trust({"AWS": BROKER}, until="2026-12-31T23:59:59Z")),
        {(ROLE, "missing", ".", BROKER)},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_trust_is_found_out(case: str) -> None:
    assert_found({}, *BREAKS[case])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (trust({"AWS": "*"}), r"trusts `\{'AWS': '\*'\}`, which is no list of roles"),
        (trust({"AWS": "arn:aws:iam::300000000001:root"}), "which is no list of roles"),
        (trust("*"), r"trusts `\*`, which is no list of roles"),
        (trust({"AWS": BROKER, "Federated": "idp"}), "which is no list of roles"),
        (trust({"AWS": BROKER}, Effect="Deny"), "a statement that cannot be evaluated"),
        (trust({"AWS": BROKER}, NotAction="sts:TagSession"), "a statement that cannot be evaluated"),
        (trust({"AWS": BROKER}, Condition="never"), "a condition that cannot be evaluated: never"),
        (trust({"AWS": BROKER}, Action="sts:AssumeRoleWithSAML"), "its trust allows more than `sts:AssumeRole`"),
        (trust({"AWS": BROKER}, Condition={"StringEquals": {"a": "b"}}), "a condition that cannot be evaluated"),
        (
            trust({"AWS": BROKER}, Condition={"DateLessThan": {"aws:EpochTime": "1"}}),
            "a condition that cannot be evaluated",
        ),
        (lambda role: replace(role, trust={}), "its trust has no list of statements"),
    ],
)
def test_a_trust_that_cannot_be_evaluated_stops(change: Callable[[RolePlan], RolePlan], told: str) -> None:
    plan = roles(planned(small_mesh()), ROLE, change)
    with pytest.raises(EquivalenceError, match=told):
        compare(plan)
