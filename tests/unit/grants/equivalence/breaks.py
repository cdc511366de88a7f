"""Breaks of a plan, made by hand, and what has to be found."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import check_equivalence, compare
from engine.model.plan import Grant, Plan, RolePlan, SessionPolicyPlan
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

ROLE = "fraud-analyst/fraud-detection/300000000001"
OTHER = "fraud-analyst/reporting/300000000001"
TABLE_GRANT = f"lf_tag/{ROLE}/mortgage/loans/table"
DATABASE_GRANT = f"lf_tag/{ROLE}/mortgage/loans/database"
COLUMN_GRANT = f"lf_column/{ROLE}/mortgage/loans/loan"
LINK = "300000000001/mortgage/loans"
LINK_GRANT = f"link/{ROLE}/mortgage/loans"
SESSION = f"{ROLE}/mortgage/loans"
ACCESS = "mw-access.1.fraud-analyst.fraud-detection"
BROKER = "arn:aws:iam::100000000001:role/broker"

Break = Callable[[Plan], Plan]
Found = tuple[str, str, str, str]
"""Role, kind, table and column, grant."""

Statement = dict[str, Any]


def found(plan: Plan) -> set[Found]:
    return {(item.role, item.kind, f"{item.table}.{item.column}", item.grant) for item in compare(plan).differences}


def assert_found(facts: Facts, breaks: Break, expected: set[Found]) -> None:
    """The break is found, all of it and nothing else; each text names what is at fault; and the run stops."""
    plan = planned(small_mesh(facts))
    check_equivalence(plan)
    broken = breaks(plan)
    assert found(broken) == expected
    with pytest.raises(EquivalenceError, match=r"the plan differs from the entitlements in \d+ places") as told:
        check_equivalence(broken)
    differences = compare(broken).differences
    assert all(item.grant in item.text for item in differences)
    assert differences[0].text in str(told.value)


def grants(plan: Plan, id: str, change: Callable[[Grant], Grant]) -> Plan:
    assert id in {grant.id for grant in plan.grants}
    return replace(plan, grants=tuple(change(grant) if grant.id == id else grant for grant in plan.grants))


def without_grant(id: str) -> Break:
    return lambda plan: replace(plan, grants=tuple(grant for grant in plan.grants if grant.id != id))


def roles(plan: Plan, id: str, change: Callable[[RolePlan], RolePlan]) -> Plan:
    return replace(plan, access_roles=tuple(change(role) if role.id == id else role for role in plan.access_roles))


def sessions(plan: Plan, id: str, change: Callable[[SessionPolicyPlan], SessionPolicyPlan]) -> Plan:
    assert id in {policy.id for policy in plan.session_policies}
    return replace(
        plan,
        session_policies=tuple(change(policy) if policy.id == id else policy for policy in plan.session_policies),
    )


def identity(change: Callable[[list[Statement]], object], role: str = ROLE) -> Break:
    """Changes the statements of a role's one policy, in place."""

    def changed(item: RolePlan) -> RolePlan:
        ((name, document),) = item.policies.items()
        return replace(item, policies={name: _changed(document, change)})

    return lambda plan: roles(plan, role, changed)


def session(change: Callable[[list[Statement]], object], id: str = SESSION) -> Break:
    """Changes the statements of a session policy, in place."""
    return lambda plan: sessions(plan, id, lambda policy: replace(policy, document=_changed(policy.document, change)))


def both(*breaks: Break) -> Break:
    def broken(plan: Plan) -> Plan:
        for one in breaks:
            plan = one(plan)
        return plan

    return broken


def statement(actions: str | list[str], resources: str | list[str], effect: str = "Allow") -> Statement:
    """One that never ends."""
    return {"Effect": effect, "Action": actions, "Resource": resources}


def of_tables(statements: list[Statement]) -> list[Statement]:
    """The statements that read tables."""
    return [statement for statement in statements if "glue:GetTable" in statement["Action"]]


def _changed(document: dict[str, Any], change: Callable[[list[Statement]], object]) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    change(changed["Statement"])
    return changed
