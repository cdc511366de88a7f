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


def may(layers: Iterable[Iterable[Document]], at: str) -> Callable[[str, str], bool]:
    """Whether an action on a resource is allowed at an instant, written `2026-01-31T00:00:00Z`."""
    speaking = [
        [statement for document in layer for statement in document["Statement"] if _in_force(statement, at)]
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
    statements = [item for item in trust["Statement"] if item["Effect"] == "Allow" and _in_force(item, at)]
    return {
        arn
        for item in statements
        if _takes(item["Action"], "sts:AssumeRole")
        for arn in _many(item["Principal"]["AWS"])
    }


def _is_about(statement: Document, action: str, resource: str) -> bool:
    return _takes(statement["Action"], action) and _takes(statement["Resource"], resource)


def _takes(patterns: str | list[str], name: str) -> bool:
    many = _many(patterns)
    return name in many or any(fnmatchcase(name, pattern) for pattern in many if "*" in pattern or "?" in pattern)


def _in_force(statement: Document, at: str) -> bool:
    compare = {"DateLessThan": str.__lt__, "DateGreaterThanEquals": str.__ge__}
    return all(
        compare[operator](at, instant)
        for operator, tests in statement.get("Condition", {}).items()
        for instant in tests.values()
    )


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
