"""What AWS lets a role read under a plan, in plain Python over the plan's plain JSON; without a line of the engine.

Written from AWS's documentation, one column after another: a session queries in Athena, through a resource link.
- Lake Formation guide, "Resource link handling in AWS Glue APIs": permissions on the link and on its target.
- Lake Formation guide, "How LF-tag inheritance works" and "Managing LF-tag expressions".
- Glue guide, "Data Catalog ARNs": an action on a table needs its database and its catalog too.
- Lake Formation guide, "Underlying data access control", "Hybrid access mode" and its considerations and limitations.
- Athena guide, "Configure access to databases and tables in the AWS Glue Data Catalog".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.properties.iam import may

Plan = dict[str, Any]
Column = tuple[str, str, str]
"""Central database, table, column."""

Place = tuple[str, str, str]
"""Catalog account, region, database."""


@dataclass(frozen=True)
class Table:
    columns: list[str]
    keys: frozenset[str]
    """Its partition keys, without all of which nothing of it is read."""


Lake = dict[Place, dict[str, Table]]
"""What stands in the catalogs, whatever a plan says of it: database → table."""

OF_A_QUERY = [
    f"athena:{name}"
    for name in ("GetWorkGroup", "StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults")
]
OF_A_TABLE = [f"glue:{name}" for name in ("GetTable", "GetPartition", "GetPartitions", "BatchGetPartition")]


def role_arn(role: Plan) -> str:
    return f"arn:aws:iam::{role['account']}:role/{role['name']}"


def reads(plan: Plan, lake: Lake, role: Plan, at: str, session: Plan | None = None) -> set[Column]:
    """What a session of a role reads of what stands in the lake, at an instant; narrowed by a session policy."""
    found = set()
    allowed = may([role["policies"].values(), *([[session["document"]]] if session else [])], at)
    granted = [grant for grant in plan["grants"] if grant["principal"] == role_arn(role)]
    for link in plan["links"]:
        place = (link["target_catalog"], link["region"], link["target_database"])
        if link["account"] == role["account"] and _sees(granted, link) and _describes(plan, granted, place):
            for name, table in lake.get(place, {}).items():
                if _reaches(allowed, role, link, name) and _is_handed_out(plan, role, place, name):
                    open_ = {column for column in table.columns if _selects(plan, granted, place, name, column)}
                    found |= {(*place[2:], name, column) for column in open_ if table.keys <= open_}
    return found


def _sees(granted: list[Plan], link: Plan) -> bool:
    return any(
        "DESCRIBE" in grant["permissions"]
        and grant["target"] == {"database": link["name"]}
        and (grant["account"], grant["region"]) == (link["account"], link["region"])
        for grant in granted
    )


def _describes(plan: Plan, granted: list[Plan], place: Place) -> bool:
    """Whether the link's target is described too: by a grant on it, or on the databases with its tags."""
    tags = _tags(plan, place)
    targets = [
        grant["target"]
        for grant in granted
        if "DESCRIBE" in grant["permissions"] and (grant["account"], grant["region"]) == place[:2]
    ]
    return any(
        target == {"database": place[2]}
        or (target.get("resource_type") == "DATABASE" and _matches(target["expression"], tags))
        for target in targets
    )


def _reaches(allowed: Callable[[str, str], bool], role: Plan, link: Plan, table: str) -> bool:
    region = link["region"]
    workgroup = f"arn:aws:athena:{region}:{role['account']}:workgroup/{role['name']}"
    asked = [("lakeformation:GetDataAccess", "*"), *((action, workgroup) for action in OF_A_QUERY)]
    for account, name in ((role["account"], link["name"]), (link["target_catalog"], link["target_database"])):
        glue = f"arn:aws:glue:{region}:{account}"
        above = [f"{glue}:catalog", f"{glue}:database/{name}"]
        asked += [("glue:GetDatabase", resource) for resource in above]
        asked += [(action, resource) for action in OF_A_TABLE for resource in [*above, f"{glue}:table/{name}/{table}"]]
    return all(allowed(action, resource) for action, resource in asked)


def _selects(plan: Plan, granted: list[Plan], place: Place, table: str, column: str) -> bool:
    tags = _tags(plan, place, table, column)
    for grant in granted:
        target = grant["target"]
        if "SELECT" not in grant["permissions"] or (grant["account"], grant["region"]) != place[:2]:
            continue
        if "columns" in target:
            if (target["database"], target["table"]) == (place[2], table) and column in target["columns"]:
                return True
        elif target.get("resource_type") == "TABLE" and _matches(target["expression"], tags):
            return True
    return False


def _matches(expression: dict[str, list[str]], tags: dict[str, str]) -> bool:
    return bool(expression) and all(tags.get(key) in values for key, values in expression.items())


def _is_handed_out(plan: Plan, role: Plan, place: Place, table: str) -> bool:
    """Whether the data lie at a registered location; if that is hybrid, whether the role is opted in to all of it."""
    catalog, region, name = place
    products = {item["product"] for item in plan["assignments"] if (item["region"], item["database"]) == (region, name)}
    at = [item for item in plan["locations"] if item["region"] == region and item["product"] in products]
    opted_in = [
        item["table"]
        for item in plan["opt_ins"]
        if (item["principal"], item["catalog"], item["region"], item["database"])
        == (role_arn(role), catalog, region, name)
    ]
    return bool(at) and (not at[-1]["hybrid"] or (table in opted_in and None in opted_in))


def _tags(plan: Plan, place: Place, table: str | None = None, column: str = "") -> dict[str, str]:
    """The LF-tags of a column: its own, else its table's, else its database's; those that are defined."""
    carried = {}
    for database in plan["assignments"]:
        if (database["catalog"], database["region"], database["database"]) == place:
            carried.update(database["tags"])
            for item in database["tables"]:
                if item["name"] == table:
                    carried.update({**item["tags"], **item["columns"].get(column, {})})
    defined = {(key["key"], value) for key in plan["ontology"] if key["region"] == place[1] for value in key["values"]}
    return {key: value for key, value in carried.items() if (key, value) in defined}
