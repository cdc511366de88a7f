"""IAM policy evaluation as far as the plan's documents need it, from the IAM user guide; without a line of the engine.

"Policy evaluation logic": access needs a statement whose action, resource and conditions match, and a session policy
narrows what the role's own policies allow. "Amazon Resource Names" and "Action": `*` and `?` are wildcards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase


def allows(document: Mapping[str, object], action: str, resource: str, at: str) -> bool:
    """Whether a policy allows an action on a resource at an instant, written `2026-01-31T00:00:00Z`."""
    statements = document["Statement"]
    assert isinstance(statements, list)
    assert all(statement["Effect"] == "Allow" and len(statement) == 4 for statement in statements)
    return any(
        _matches(statement["Action"], action)
        and _matches(statement["Resource"], resource)
        and _before(statement["Condition"], at)
        for statement in statements
    )


def reads_table(documents: Iterable[Mapping[str, object]], catalogs: Iterable[str], table: str, at: str) -> bool:
    """Whether policies that stand side by side let a query read `<database>/<table>`, in all of some Glue catalogs.

    `catalogs` are ARN prefixes up to the account, as `arn:aws:glue:eu-west-1:111111111111`.
    """
    some = list(documents)
    database = table.partition("/")[0]

    def allowed(action: str, resource: str) -> bool:
        return any(allows(document, action, resource, at) for document in some)

    return allowed("lakeformation:GetDataAccess", "*") and all(
        allowed(action, f"{catalog}:{resource}")
        for catalog in catalogs
        for action in ("glue:GetTable", "glue:GetPartitions")
        for resource in ("catalog", f"database/{database}", f"table/{table}")
    )


def _matches(patterns: list[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _before(condition: Mapping[str, Mapping[str, str]], at: str) -> bool:
    assert {key: list(value) for key, value in condition.items()} == {"DateLessThan": ["aws:CurrentTime"]}
    return at < condition["DateLessThan"]["aws:CurrentTime"]
