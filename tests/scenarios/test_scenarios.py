"""Runs every scenario through the real OPA, and every plan through its evaluation.

A scenario lays `facts` over `base.yaml` and says under `expect` what follows at `now`, or at several instants:

    reads        access role → product → table → columns, evaluated from the grants as AWS would; each role that reads
    unmet        agreement@account → what keeps it from being an entitlement; each that is none
    unrealised   agreement@account → table → the limit; each that AWS cannot say
    grants       the ids of all grants, where a scenario is about them
    sessions     agreement@account → its longest session in seconds, where a scenario is about that
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from engine.entitle import entitle, questions, shortfalls, signed_questions, valid_until
from engine.grants.compile import compile_plan
from engine.grants.equivalence import check_equivalence
from engine.model.instants import Instant
from engine.opa.bundle import read_policies
from engine.opa.client import Opa, open_opa
from engine.opa.decide import decide
from engine.opa.rules import load_rules
from tests.properties.line import opened
from tests.scenarios.facts import FOLDER, Facts, TextLoader, small_mesh

SCENARIOS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "base.yaml")


class Expected(BaseModel):
    model_config = ConfigDict(extra="forbid")

    now: Instant
    reads: dict[str, dict[str, dict[str, list[str]]]]
    unmet: dict[str, list[str]] = {}
    unrealised: dict[str, dict[str, str]] = {}
    grants: list[str] | None = None
    sessions: dict[str, int] | None = None


class Scenario(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    why: str
    facts: Facts = {}
    expect: list[Expected]


@pytest.fixture(scope="module")
def opa() -> Iterator[Opa]:
    policies = read_policies(FOLDER.parents[1] / "policies")
    with open_opa(policies, load_rules(policies)) as opa:
        yield opa


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(opa: Opa, path: Path) -> None:
    scenario = Scenario.model_validate(yaml.load(path.read_text(), Loader=TextLoader))
    for expected in scenario.expect:
        assert _outcome(opa, scenario.facts, expected) == expected, f"{scenario.title} ({expected.now})"


def test_each_scenario_has_a_title_of_its_own() -> None:
    titles = [Scenario.model_validate(yaml.load(path.read_text(), Loader=TextLoader)).title for path in SCENARIOS]
    assert len(set(titles)) == len(titles) >= 12


def _outcome(opa: Opa, facts: Facts, expected: Expected) -> Expected:
    """What follows from the facts at the instant, in the form in which it is expected."""
    mesh, now = small_mesh(facts), expected.now
    decisions = decide(opa, mesh, now, questions(mesh), signed_questions(mesh, now))
    entitlements = entitle(mesh, decisions)
    plan = compile_plan(mesh, entitlements, opa.rules.policy_hash, now, valid_until(mesh, now))
    check_equivalence(plan)
    reads: dict[str, dict[str, dict[str, list[str]]]] = {}
    for role, columns in opened(plan).items():
        for product, table, column in sorted(columns):
            reads.setdefault(role, {}).setdefault(product, {}).setdefault(table, []).append(column)
    unmet = {
        f"{agreement.id}@{account}": [item.id or item.kind for item in shortfalls(mesh, decisions, agreement, account)]
        for agreement in mesh.agreements
        for account in agreement.accounts
    }
    unrealised: dict[str, dict[str, str]] = {}
    for item in plan.unrealised:
        unrealised.setdefault(item.entitlement, {})[item.table] = item.limit
    return Expected(
        now=now,
        reads=reads,
        unmet={id: lacking for id, lacking in unmet.items() if lacking},
        unrealised=unrealised,
        grants=None if expected.grants is None else [grant.id for grant in plan.grants],
        sessions=None if expected.sessions is None else {item.id: item.session for item in entitlements},
    )
