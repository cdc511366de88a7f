"""IAM's evaluation as far as a plan's documents need it, from the IAM user guide; without a line of the engine.

"Policy evaluation logic": a request is allowed when each of the layers (a role's policies, a session's) holds a
statement that allows it and none holds one that denies it; a statement speaks of it when its action, its resource and
all of its conditions match. "Amazon Resource Names" and "Action": `*` and `?` are wildcards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

Document = dict[str, Any]


OF_STATEMENTS = {f"redshift-data:{name}Statement" for name in ("Describe", "Cancel")} | {
    "redshift-data:GetStatementResult"
}
"""The actions of which AWS says whose statement they are about."""

_OWN = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}


def may(layers: Iterable[Iterable[Document]], at: str, own: bool = True) -> Callable[[str, str], bool]:
    """Whether an action on a resource is allowed at an instant, written `2026-01-31T00:00:00Z`.

    `own`: what is asked about a statement of the Data API is asked about one's own.
    """
    speaking = [
        [
            statement
            for document in layer
            for statement in document["Statement"]
            if _in_force(statement.get("Condition", {}), at, own)
        ]
        for layer in layers
    ]

    @cache
    def allowed(action: str, resource: str) -> bool:
        effects = [
            {statement["Effect"] for statement in layer if _is_about(statement, action, resource)} for layer in speaking
        ]
        return all("Allow" in of_layer for of_layer in effects) and not any("Deny" in of_layer for of_layer in effects)

    return allowed


def assumers(trust: Document, at: str) -> set[str]:
    """Whose ARN a trust policy lets assume the role."""
    return {
        arn
        for item in trust["Statement"]
        if item["Effect"] == "Allow" and _takes(item["Action"], "sts:AssumeRole")
        if _in_force(item.get("Condition", {}), at)
        for arn in _many(item["Principal"]["AWS"])
    }


def taggers(trust: Document, at: str, tags: dict[str, str]) -> set[str]:
    """Whose ARN a trust policy lets pass these session tags, of which there is at least one."""
    return {
        arn
        for item in trust["Statement"]
        if item["Effect"] == "Allow" and _takes(item["Action"], "sts:TagSession")
        if _passes(dict(item.get("Condition", {})), at, tags)
        for arn in _many(item["Principal"]["AWS"])
    }


def _passes(condition: Document, at: str, tags: dict[str, str]) -> bool:
    """ "Passing session tags": aws:TagKeys are the keys, aws:RequestTag/<key> is the value of one."""
    keys = condition.pop("ForAllValues:StringEquals", {"aws:TagKeys": list(tags)})["aws:TagKeys"]
    values = condition.pop("StringEquals", {})
    asked = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return (
        set(tags) <= set(_many(keys))
        and all(asked.get(name) in _many(value) for name, value in values.items())
        and _in_force(condition, at)
    )


def _is_about(statement: Document, action: str, resource: str) -> bool:
    if "StringEquals" in statement.get("Condition", {}) and action not in OF_STATEMENTS:
        return False  # whose statement it is stands in no such request
    return _takes(statement["Action"], action) and _takes(statement["Resource"], resource)


def _takes(patterns: str | list[str], name: str) -> bool:
    many = _many(patterns)
    return name in many or any(fnmatchcase(name, pattern) for pattern in many if "*" in pattern or "?" in pattern)


def _in_force(condition: Document, at: str, own: bool = True) -> bool:
    if condition.get("StringEquals") == _OWN:
        condition = {operator: tests for operator, tests in condition.items() if operator != "StringEquals"}
        if not own:
            return False
    compare = {"DateLessThan": str.__lt__, "DateGreaterThanEquals": str.__ge__}
    return all(compare[operator](at, instant) for operator, tests in condition.items() for instant in tests.values())


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
