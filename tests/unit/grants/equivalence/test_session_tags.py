"""Session tags broken by hand: who may pass which database role, and until when."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from engine.model.plan import Document, RolePlan
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import BROKER, ROLE, Break, Found, Statement, both, found, roles
from tests.unit.grants.equivalence.shares import SHARE, TWO_ROLES, clash
from tests.unit.grants.warehouses import in_redshift


def trust(change: Callable[[list[Statement]], object]) -> Break:
    def changed(role: RolePlan) -> RolePlan:
        document: Document = copy.deepcopy(role.trust)
        statements: Any = document["Statement"]
        change(statements)
        return replace(role, trust=document)

    return lambda plan: roles(plan, ROLE, changed)


def tagging(**condition: Any) -> Callable[[list[Statement]], object]:
    return lambda all: all[1]["Condition"].update({name.replace("_", ":"): value for name, value in condition.items()})


def tags(**values: str) -> Break:
    return lambda plan: roles(plan, ROLE, lambda role: replace(role, session_tags=values))


KEY = "aws:RequestTag/RedshiftDbRoles"
TRUST: dict[str, tuple[Break, set[Found]]] = {
    "nobody may tag": (trust(lambda all: all.pop()), {(ROLE, "missing", ".", BROKER)}),
    "another may tag": (
        trust(lambda all: all[1].update(Principal={"AWS": BROKER + "-2"})),
        {(ROLE, "missing", ".", BROKER), (ROLE, "excess", ".", BROKER + "-2")},
    ),
    "another database role may be passed": (
        trust(tagging(StringEquals={KEY: "sys:superuser"})),
        {(ROLE, "missing", ".", BROKER), (ROLE, "excess", ".", BROKER)},
    ),
    "another tag may be passed": (
        trust(
            lambda all: all.append(
                copy.deepcopy(all[1])
                | {
                    "Condition": {
                        **all[1]["Condition"],
                        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
                        "StringEquals": {"aws:RequestTag/team": "x"},
                    }
                }
            )
        ),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a tag may be passed for longer": (
        trust(tagging(DateLessThan={"aws:CurrentTime": "2027-01-01T00:00:01Z"})),
        {(ROLE, "excess", ".", BROKER)},
    ),
    "a tag may be passed for less long": (
        trust(tagging(DateLessThan={"aws:CurrentTime": "2026-12-31T00:00:00Z"})),
        {(ROLE, "missing", ".", BROKER)},
    ),
    "sessions pass nothing": (
        both(trust(lambda all: all.pop()), tags()),
        {(ROLE, "missing", ".", SHARE)},
    ),
    "sessions pass two roles": (
        both(
            trust(tagging(StringEquals={KEY: "mw__fraud_analyst__fraud_detection:sys:dba"})),
            tags(RedshiftDbRoles="mw__fraud_analyst__fraud_detection:sys:dba"),
        ),
        {(ROLE, "missing", ".", SHARE), (ROLE, "excess", ".", "RedshiftDbRoles")},
    ),
}


@pytest.mark.parametrize("case", TRUST)
def test_a_broken_session_tag_is_found_out(case: str) -> None:
    breaks, expected = TRUST[case]
    plan = planned(small_mesh(in_redshift()))
    check_equivalence(plan)
    assert found(breaks(plan)) == expected


def test_the_database_role_of_another_is_not_passed() -> None:
    plan = planned(small_mesh(TWO_ROLES))
    name = "mw__fraud_analyst__reporting"
    taken = both(trust(tagging(StringEquals={KEY: name})), tags(RedshiftDbRoles=name))(plan)
    assert f"database role or user `{name}` of account 300000000001" in clash(taken)


@pytest.mark.parametrize(
    "change",
    [
        lambda all: all[1]["Condition"].pop("ForAllValues:StringEquals"),
        lambda all: all[1]["Condition"].pop("StringEquals"),
        tagging(StringEquals={KEY: "a", "aws:RequestTag/team": "b"}),
        tagging(StringEquals={KEY: ["a", "b"]}),
        tagging(StringEquals={KEY: "${aws:username}"}),
        tagging(StringLike={KEY: "*"}),
        lambda all: all[1].update(Action="sts:SetSourceIdentity"),
        lambda all: all[1].update(Action=["sts:TagSession"]),
    ],
)
def test_tags_that_nothing_fixes_stop_the_run(change: Callable[[list[Statement]], object]) -> None:
    with pytest.raises(EquivalenceError):
        compare(trust(change)(planned(small_mesh(in_redshift()))))
