"""Who may assume an access role, and from when to when, as AWS STS evaluates its trust policy.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Principal, Condition": a statement takes part
when its action, principal and every condition match; without a statement that allows, access is denied. Only the
elements that Meshwarden emits are understood; anything else is reported, never guessed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from engine.errors import EquivalenceError
from engine.grants.iam import Windows, condition_windows, unite
from engine.model.plan import Document, RolePlan

_ELEMENTS = {"Effect", "Principal", "Action", "Condition"}
_UNCONDITIONAL: Document = {}


def assumable_by(role: RolePlan) -> dict[str, Windows]:
    """ARN → when it may assume the role. Raises EquivalenceError for a document it cannot evaluate exactly."""
    statements = role.trust.get("Statement")
    if not isinstance(statements, list):
        raise EquivalenceError(f"role `{role.id}`: its trust has no list of statements")
    allowed: dict[str, Windows] = {}
    for statement in statements:
        if not isinstance(statement, dict) or statement.keys() - _ELEMENTS or statement.get("Effect") != "Allow":
            raise EquivalenceError(
                f"role `{role.id}`: its trust holds a statement that cannot be evaluated: {statement}"
            )
        if statement.get("Action") != "sts:AssumeRole":
            raise EquivalenceError(f"role `{role.id}`: its trust allows more than `sts:AssumeRole`: {statement}")
        windows = condition_windows(statement.get("Condition", _UNCONDITIONAL), f"the trust of role `{role.id}`")
        for arn in _principals(role, statement.get("Principal")):
            allowed[arn] = unite(allowed.get(arn, ()), windows)
    return allowed


def _principals(role: RolePlan, principal: object) -> set[str]:
    named = principal.get("AWS") if isinstance(principal, dict) and principal.keys() == {"AWS"} else None
    arns = [named] if isinstance(named, str) else named
    if not isinstance(arns, list) or not all(isinstance(arn, str) and ":role/" in arn for arn in arns):
        raise EquivalenceError(f"role `{role.id}` trusts `{principal}`, which is no list of roles")
    return set(arns)
