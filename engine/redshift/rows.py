"""Rows of the system views, by the queries of `state`, as what stands."""

from __future__ import annotations

from collections.abc import Iterable

from .data_api import Row
from .definition import read_definition
from .errors import StandingError
from .standing import PREFIX, Database, Held, Holder, Relation, Role, Schema, Share

Tables = dict[str, list[Row]]
"""The rows of each query, by its key."""


def ours(rows: Iterable[Row], column: str) -> list[Row]:
    return [row for row in rows if str(row[column]).startswith(PREFIX)]


def schemas(tables: Tables, people: dict[int, str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {
        row["nspname"]: {"owner": _name(people, row["nspowner"]), "relations": {}, "holders": []}
        for row in ours(tables["schemas"], "nspname")
    }
    for row in tables["tables"]:
        if row["schemaname"] in found:
            found[row["schemaname"]]["relations"][row["tablename"]] = _relation("TABLE", row["tableowner"])
    for row in tables["views"]:
        if row["schemaname"] in found:
            view = _relation("VIEW", row["viewowner"], str(row["definition"] or ""))
            found[row["schemaname"]]["relations"][row["viewname"]] = view
    for row in tables["on_schemas"]:
        if row["namespace_name"] in found:
            found[row["namespace_name"]]["holders"] += _holders(row)
    for row in tables["on_relations"]:
        relations = found[row["namespace_name"]]["relations"] if row["namespace_name"] in found else {}
        if row["relation_name"] in relations:
            relations[row["relation_name"]]["holders"] += _holders(row)
    return found


def _relation(kind: str, owner: str, text: str = "") -> Relation:
    of, columns = read_definition(text)
    return {"type": kind, "owner": owner, "of": of, "columns": columns, "holders": []}


def shares(tables: Tables, people: dict[int, str]) -> dict[str, Share]:
    found: dict[str, Share] = {
        row["share_name"]: {
            "owner": _name(people, row["share_owner"]),
            "database": row["source_database"],
            "public": _flag(row["is_publicaccessible"]),
            "schemas": {},
            "objects": {},
            "consumers": [],
        }
        for row in ours(tables["shares"], "share_name")
    }
    for row in tables["objects"]:
        if row["share_name"] not in found:
            raise StandingError(f"datashare `{row['share_name']}` has objects, but is not seen itself")
        share = found[row["share_name"]]
        if row["object_type"] == "schema":
            share["schemas"][row["object_name"]] = _flag(row["include_new"])
        else:
            share["objects"][row["object_name"]] = row["object_type"]
    for row in tables["consumers"]:
        share = found[row["share_name"]]
        share["consumers"].append(row["consumer_namespace"] or row["consumer_account"])
    for share in found.values():
        share["consumers"].sort()
    return found


def databases(tables: Tables, people: dict[int, str], name: str | None) -> dict[str, Database]:
    found: dict[str, Database] = {}
    inbound = {row["consumer_database"]: row for row in tables["inbound"]}
    for row in ours(tables["databases"], "database_name"):
        if name in (None, row["database_name"]):
            of = inbound.get(row["database_name"], {})
            found[row["database_name"]] = {
                "owner": _name(people, row["database_owner"]),
                "share": of.get("share_name"),
                "account": of.get("producer_account"),
                "namespace": of.get("producer_namespace"),
                "holders": [],
                "relations": [],
                "held": [],
            }
    for row in tables["on_databases"]:
        if row["database_name"] in found:
            found[row["database_name"]]["holders"] += _holders(row)
    return found


def roles(tables: Tables) -> dict[str, Role]:
    found: dict[str, Role] = {
        row["role_name"]: {"owner": row["role_owner"], "users": [], "roles": [], "holds": []}
        for row in ours(tables["roles"], "role_name")
    }
    for row in tables["users_of"]:
        if row["role_name"] in found:
            found[row["role_name"]]["users"].append(row["user_name"])
    for row in tables["roles_of"]:
        if row["granted_role_name"] in found:
            found[row["granted_role_name"]]["roles"].append(row["role_name"])
    for key, column in (("in_schemas", "namespace_name"), ("in_databases", "database_name")):
        for row in ours(tables[key], column):
            if row["identity_name"] in found:
                found[row["identity_name"]]["holds"].append(row[column])
    for role in found.values():
        role["users"].sort()
        role["roles"].sort()
    return found


def held(row: Row, role: str) -> Held:
    on_schema = str(row["object_type"]).upper() == "SCHEMA"
    return {
        "schema": row["schema_name"] or "",
        "object": "" if on_schema else row["object_name"] or "",
        "name": role,
        "privilege": row["privilege_type"],
    }


def _holders(row: Row) -> list[Holder]:
    name = row["identity_name"] or ""
    # A schema of ours has the name of its datashare. Whoever else shares it is told.
    if name == f"ds:{row.get('namespace_name')}":
        return []
    return [{"kind": str(row["identity_type"]).lower(), "name": name, "privilege": row["privilege_type"]}]


def _name(people: dict[int, str], number: object) -> str:
    """Of an owner; one who is not seen is told by number."""
    return people.get(int(str(number)), f"user {number}")


def _flag(value: object) -> bool:
    """A boolean, which is NULL where it says nothing of an object."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if str(value).lower() not in ("t", "true", "f", "false"):
        raise StandingError(f"{value!r} is no boolean")
    return str(value).lower() in ("t", "true")
