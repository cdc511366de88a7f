"""The line of a run from a mesh to its plan, through an OPA that stays up from example to example."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hypothesis import settings

from engine.entitle import entitle, questions, signed_questions, valid_until
from engine.grants.compile import compile_plan
from engine.grants.datashare.evaluate import opened_by_shares
from engine.grants.lf_column.evaluate import readable_by_name
from engine.grants.lf_tag.evaluate import readable_by_tags
from engine.model.decided import Decisions, Entitlement
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.opa.client import Opa
from engine.opa.decide import decide
from tests.properties import naive

_WHOLE_RUN = 100
"""Examples of the profile from which on a run is no quick one."""

POLICIES = Path(__file__).resolve().parents[2] / "policies"


@dataclass(frozen=True)
class Line:
    opa: Opa

    def decide(self, mesh: Mesh, now: datetime) -> Decisions:
        return decide(self.opa, mesh, now, questions(mesh), signed_questions(mesh, now))

    def entitle(self, mesh: Mesh, now: datetime) -> tuple[Entitlement, ...]:
        return entitle(mesh, self.decide(mesh, now))

    def plan(self, mesh: Mesh, now: datetime) -> Plan:
        entitlements = self.entitle(mesh, now)
        return compile_plan(mesh, entitlements, self.opa.rules.policy_hash, now, valid_until(mesh, now))


def as_json(mesh: Mesh) -> naive.Fact:
    """The facts as the naive evaluator takes them."""
    facts: naive.Fact = json.loads(mesh.canonical)
    return facts


def accesses_of(entitlements: tuple[Entitlement, ...]) -> dict[str, naive.Access]:
    """The engine's entitlements in the naive evaluator's form."""
    return {
        item.id: naive.Access(
            item.role.persona,
            item.role.purpose,
            item.role.account,
            item.product,
            frozenset((table, column) for table, columns in item.columns.items() for column in columns),
            format_instant(item.start),
            format_instant(item.end),
            item.session,
        )
        for item in entitlements
    }


def opened(plan: Plan) -> dict[str, set[tuple[str, str, str]]]:
    """Access role → the (product, table, column) that the plan's grants open to it, evaluated as AWS would."""
    products = {(item.catalog, item.region, item.database): item.product for item in plan.assignments}
    roles = {role.arn: role.id for role in plan.access_roles}
    found: dict[str, set[tuple[str, str, str]]] = {}
    for grant, places in [*readable_by_tags(plan), *readable_by_name(plan)]:
        for catalog, region, database, table, column in places:
            columns = found.setdefault(roles[grant.principal], set())
            columns.add((products[catalog, region, database], table, column))
    for opens in opened_by_shares(plan):
        if opens.columns:
            found.setdefault(roles[opens.grant.principal], set()).update(opens.columns)
    return found


def by_role(accesses: dict[str, naive.Access], without: set[tuple[str, str]]) -> dict[str, set[tuple[str, str, str]]]:
    """Access role → the (product, table, column) that naive accesses give it, but for some (entitlement, table)."""
    columns: dict[str, set[tuple[str, str, str]]] = {}
    for id, access in accesses.items():
        for table, column in access.columns:
            if (id, table) not in without:
                role = f"{access.persona}/{access.purpose}/{access.account}"
                columns.setdefault(role, set()).add((access.product, table, column))
    return columns


def realised(plan: Plan, role: str, at: datetime | None = None) -> set[tuple[str, str, str]]:
    """The (product, table, column) of a role's entitlements, as far as they are granted and run on at `at`."""
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    return {
        (item.product, table, column)
        for item in plan.entitlements
        if item.role.id == role and (at is None or at < item.end)
        for table, columns in item.columns.items()
        if (item.id, table) not in unrealised
        for column in columns
    }


def examples(count: int) -> settings:
    """So many meshes; in a quick run as many as its profile says, or fewer."""
    usual = settings().max_examples
    return settings(max_examples=count if usual >= _WHOLE_RUN else min(usual, count))


def assert_seen(seen: Counter[str], *names: str) -> None:
    """What a property must have met on the way, or it has shown nothing; a quick run may be too short for that."""
    assert settings().max_examples < _WHOLE_RUN or all(seen[name] > 0 for name in names), seen
