"""What AWS lets a role read in warehouses under a plan, in plain Python over plain JSON; without a line of the engine.

Written from AWS's documentation, share by share: a session signs in to a warehouse and queries by the Data API.
- Redshift developer guide, "Data sharing considerations": who may share with whom, as they are encrypted.
- "CREATE VIEW": every column stands in the table below, and has a name of its own.
- "CREATE DATABASE", FROM DATASHARE WITH PERMISSIONS: only to whom each view is granted.
- Redshift management guide, "Database roles for federated users" (serverless): the session tag RedshiftDbRoles names
  the session's database roles, which colons divide.
- "GetClusterCredentials": as the database user of its ARN, in the database of its ARN.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from tests.properties.iam import OF_STATEMENTS, may, taggers

Plan = dict[str, Any]
Column = tuple[str, str, str]
"""Warehouse and product (`near mortgage/p0`), table, column: what lies there indeed, whatever a plan calls it."""

Tags = dict[str, str]
Allowed = Callable[[str, str], bool]
STATEMENTS = ("redshift-data:ExecuteStatement", "redshift-data:BatchExecuteStatement")


class Warehouses:
    """What the warehouses of the facts hold: (namespace, schema.table) → its product, table and columns."""

    def __init__(self, facts: Plan) -> None:
        namespaces = {warehouse["id"]: warehouse["namespace"] for warehouse in facts["warehouses"]}
        self.ids = {namespace: id for id, namespace in namespaces.items()}
        self.holds: dict[tuple[str, str], tuple[str, str, set[str]]] = {
            (namespaces[product["server"]["warehouse"]], table["location"]): (
                product["id"],
                table["name"],
                {column["name"] for column in table["columns"]},
            )
            for product in facts["products"]
            if product["server"] is not None and product["server"]["warehouse"] is not None
            for table in product["tables"]
        }


def reads(
    plan: Plan, holds: Warehouses, role: Plan, at: str, session: Plan | None = None, tags: Tags | None = None
) -> set[Column]:
    """What a session of a role reads in all warehouses at an instant; narrowed by a session policy.

    `tags`: the session's; without them, those of the role, if all whom it trusts may pass them at that instant.
    """
    if tags is None:
        own = role["session_tags"]
        tags = own if own and set(role["trusted"]) <= taggers(role["trust"], at, own) else {}
    allowed = may([role["policies"].values(), *([[session["document"]]] if session else [])], at)
    if not all(allowed(action, "*") for action in OF_STATEMENTS):
        return set()
    return {
        column
        for warehouse in plan["warehouses"]
        for column in _shown(plan, holds, warehouse, _database_roles(plan, role, warehouse, allowed, tags))
    }


def sees_others(role: Plan, at: str, session: Plan | None = None) -> bool:
    """Whether a session may see the results of statements that are not its own."""
    allowed = may([role["policies"].values(), *([[session["document"]]] if session else [])], at, own=False)
    return any(allowed(action, "*") for action in OF_STATEMENTS)


def _database_roles(plan: Plan, role: Plan, warehouse: Plan, allowed: Allowed, tags: Tags) -> set[str]:
    """The database roles that a session holds in a warehouse; none where it does not get in."""
    place = f"{warehouse['region']}:{warehouse['account']}"
    if warehouse["account"] != role["account"]:
        return set()  # a warehouse has no policy of its own that would let another account's role in
    if warehouse["kind"] == "serverless":
        workgroup = f"arn:aws:redshift-serverless:{place}:workgroup/{warehouse['workgroup_id']}"
        if not all(allowed(action, workgroup) for action in ("redshift-serverless:GetCredentials", *STATEMENTS)):
            return set()
        return set(tags.get("RedshiftDbRoles", "").split(":"))
    cluster = f"arn:aws:redshift:{place}:cluster:{warehouse['compute']}"
    database = f"arn:aws:redshift:{place}:dbname:{warehouse['compute']}/{warehouse['database']}"
    if not all(allowed(action, cluster) for action in STATEMENTS):
        return set()
    signs_in = "redshift:GetClusterCredentials"
    user = f"arn:aws:redshift:{place}:dbuser:{warehouse['compute']}/"
    return {
        grant["target"]["redshift_role"]
        for grant in _shares(plan)
        if grant["target"]["consumer"] == warehouse["id"] and grant["target"]["redshift_user"] is not None
        if allowed(signs_in, database) and allowed(signs_in, user + grant["target"]["redshift_user"])
    }


def _shown(plan: Plan, holds: Warehouses, warehouse: Plan, roles: set[str]) -> Iterator[Column]:
    """What the views that are granted to one of the database roles show in a warehouse."""
    names = Counter((grant["target"]["producer"], grant["target"]["name"]) for grant in _shares(plan))
    databases = Counter((grant["target"]["consumer"], grant["target"]["database"]) for grant in _shares(plan))
    for grant in _shares(plan):
        target = grant["target"]
        once = names[target["producer"], target["name"]] == 1
        if target["database"] is not None:
            once = once and databases[target["consumer"], target["database"]] == 1
        if target["consumer"] == warehouse["id"] and target["redshift_role"] in roles and once:
            yield from _columns(plan, holds, warehouse, grant)


def _columns(plan: Plan, holds: Warehouses, consumer: Plan, grant: Plan) -> set[Column]:
    """The columns of a share's views; none where the share cannot be made."""
    target, views = grant["target"], grant["target"]["views"]
    producer = next((item for item in plan["warehouses"] if item["id"] == target["producer"]), None)
    if producer is None or not _may_share(grant, producer, consumer) or "SELECT" not in grant["permissions"]:
        return set()
    if len({view["table"] for view in views}) < len(views):
        return set()
    found = set()
    for view in views:
        place = (producer["namespace"], _location(plan, target["producer"], grant["product"], view["table"]))
        if place not in holds.holds:
            return set()
        product, table, columns = holds.holds[place]
        if not view["columns"] or len(set(view["columns"])) < len(view["columns"]) or set(view["columns"]) - columns:
            return set()
        at = f"{holds.ids.get(consumer['namespace'])} {product}"
        found |= {(at, table, column) for column in view["columns"]}
    return found


def _may_share(grant: Plan, producer: Plan, consumer: Plan) -> bool:
    if (grant["account"], grant["region"]) != (producer["account"], producer["region"]):
        return False
    if producer["namespace"] == consumer["namespace"]:
        return grant["target"]["database"] is None
    if grant["target"]["database"] is None or producer["encrypted"] != consumer["encrypted"]:
        return False
    return bool(producer["encrypted"]) or producer["account"] == consumer["account"]


def _location(plan: Plan, warehouse: str, product: str, table: str) -> str:
    found = [item for item in plan["warehouse_tables"] if (item["warehouse"], item["product"]) == (warehouse, product)]
    return str(found[-1]["tables"].get(table, "")) if found else ""


def _shares(plan: Plan) -> list[Plan]:
    return [grant for grant in plan["grants"] if "views" in grant["target"]]
