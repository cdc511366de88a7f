"""Who may assume an access role at an instant, as AWS STS evaluates its trust policy.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Principal, Condition": a statement takes part
when its action, principal and every condition match; an explicit deny wins; without a statement that allows, access is
denied. Only the elements that Meshwarden emits are understood; anything else is reported, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.errors import EquivalenceError
from engine.model.instants import parse_instant
from engine.model.plan import RolePlan

_ELEMENTS = {"Effect", "Principal", "Action", "Condition"}


def assumable_by(role: RolePlan, now: datetime) -> frozenset[str]:
    """The ARNs that may assume the role at `now`. Raises EquivalenceError for a document it cannot evaluate exactly."""
    statements = role.trust.get("Statement")
    if not isinstance(statements, list):
        raise EquivalenceError(f"role `{role.id}`: its trust has no list of statements")
    allowed: set[str] = set()
    for statement in statements:
        if not isinstance(statement, dict) or statement.keys() - _ELEMENTS or statement.get("Effect") != "Allow":
            raise EquivalenceError(
                f"role `{role.id}`: its trust holds a statement that cannot be evaluated: {statement}"
            )
        if statement.get("Action") == "sts:AssumeRole" and _in_time(role, statement.get("Condition"), now):
            allowed |= _principals(role, statement.get("Principal"))
    return frozenset(allowed)


def _principals(role: RolePlan, principal: object) -> set[str]:
    named = principal.get("AWS") if isinstance(principal, dict) and principal.keys() == {"AWS"} else None
    arns = [named] if isinstance(named, str) else named
    if not isinstance(arns, list) or not all(isinstance(arn, str) and ":role/" in arn for arn in arns):
        raise EquivalenceError(f"role `{role.id}` trusts `{principal}`, which is no list of roles")
    return set(arns)


def _in_time(role: RolePlan, condition: object, now: datetime) -> bool:
    if isinstance(condition, Mapping) and condition.keys() == {"DateLessThan"}:
        dates = condition["DateLessThan"]
        if isinstance(dates, Mapping) and dates.keys() == {"aws:CurrentTime"}:
            return now < parse_instant(dates["aws:CurrentTime"])
    raise EquivalenceError(f"role `{role.id}`: its trust has a condition that cannot be evaluated: {condition}")
