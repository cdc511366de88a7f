"""Who may assume an access role, with which session tags, and from when to when, as AWS STS evaluates its trust policy.

IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Principal, Condition": a statement takes part
when its action, principal and every condition match; without a statement that allows, access is denied. Only the
elements that Meshwarden emits are understood; anything else is reported, never guessed.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html

"Passing session tags in AWS STS": tags are passed by who may sts:TagSession, too; where aws:TagKeys bounds the keys and
aws:RequestTag fixes the value of each, those and no others.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import EquivalenceError
from engine.grants.iam import Windows, condition_windows, unite
from engine.model.plan import Document, RolePlan

Tags = tuple[tuple[str, str], ...]
"""Session tags that are passed together: (key, value), sorted."""

_ELEMENTS = {"Effect", "Principal", "Action", "Condition"}
_UNCONDITIONAL: Document = {}
_KEYS, _VALUES, _REQUEST = "ForAllValues:StringEquals", "StringEquals", "aws:RequestTag/"


def assumable_by(role: RolePlan) -> dict[str, Windows]:
    """ARN → when it may assume the role. Raises EquivalenceError for a document it cannot evaluate exactly."""
    allowed: dict[str, Windows] = {}
    for statement in _statements(role, "sts:AssumeRole"):
        windows = _windows(role, statement.get("Condition", _UNCONDITIONAL))
        for arn in _principals(role, statement.get("Principal")):
            allowed[arn] = unite(allowed.get(arn, ()), windows)
    return allowed


def taggable_by(role: RolePlan) -> dict[tuple[str, Tags], Windows]:
    """(ARN, tags) → when it may pass them. Raises EquivalenceError as `assumable_by`."""
    allowed: dict[tuple[str, Tags], Windows] = {}
    for statement in _statements(role, "sts:TagSession"):
        tags, condition = _fixed(role, statement.get("Condition", _UNCONDITIONAL))
        windows = _windows(role, condition)
        for arn in _principals(role, statement.get("Principal")):
            allowed[arn, tags] = unite(allowed.get((arn, tags), ()), windows)
    return allowed


def _statements(role: RolePlan, action: str) -> Iterator[Document]:
    statements = role.trust.get("Statement")
    if not isinstance(statements, list):
        raise EquivalenceError(f"role `{role.id}`: its trust has no list of statements")
    for statement in statements:
        if not isinstance(statement, dict) or statement.keys() - _ELEMENTS or statement.get("Effect") != "Allow":
            raise EquivalenceError(
                f"role `{role.id}`: its trust holds a statement that cannot be evaluated: {statement}"
            )
        if statement.get("Action") not in ("sts:AssumeRole", "sts:TagSession"):
            said = "its trust allows more than `sts:AssumeRole` and `sts:TagSession`"
            raise EquivalenceError(f"role `{role.id}`: {said}: {statement}")
        if statement["Action"] == action:
            yield statement


def _windows(role: RolePlan, condition: object) -> Windows:
    return condition_windows(condition, f"the trust of role `{role.id}`")


def _fixed(role: RolePlan, condition: object) -> tuple[Tags, Document]:
    """The tags that a condition lets be passed, each of one value; and the rest of the condition."""
    rest = dict(condition) if isinstance(condition, dict) else {}
    keys, values = rest.pop(_KEYS, None), rest.pop(_VALUES, None)
    allowed = keys.get("aws:TagKeys") if isinstance(keys, dict) and len(keys) == 1 else None
    named = [allowed] if isinstance(allowed, str) else allowed
    fixed = values if isinstance(values, dict) else {}
    if not isinstance(named, list) or {f"{_REQUEST}{key}" for key in named} != fixed.keys() or not fixed:
        raise EquivalenceError(f"role `{role.id}`: its trust lets tags be passed that nothing fixes: {condition}")
    if not all(isinstance(value, str) and "${" not in value for value in fixed.values()):
        raise EquivalenceError(f"role `{role.id}`: its trust fixes a tag by what cannot be evaluated: {condition}")
    return tuple(sorted((key.removeprefix(_REQUEST), str(value)) for key, value in fixed.items())), rest


def _principals(role: RolePlan, principal: object) -> set[str]:
    named = principal.get("AWS") if isinstance(principal, dict) and principal.keys() == {"AWS"} else None
    arns = [named] if isinstance(named, str) else named
    if not isinstance(arns, list) or not all(isinstance(arn, str) and ":role/" in arn for arn in arns):
        raise EquivalenceError(f"role `{role.id}` trusts `{principal}`, which is no list of roles")
    return set(arns)
