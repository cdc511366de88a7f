"""What the system views say.

| of | view | who sees what (docs.aws.amazon.com/redshift/latest/dg/r_<VIEW>.html) |
|---|---|---|
| databases | SVV_REDSHIFT_DATABASES | everybody, by default |
| schemas, tables, views and their texts | PG_NAMESPACE, PG_TABLES, PG_VIEWS | everybody |
| datashares, their objects and consumers | SVV_DATASHARES, …_OBJECTS, …_CONSUMERS | the owner |
| privileges on schemas and databases | SVV_SCHEMA_PRIVILEGES, SVV_DATABASE_PRIVILEGES | ACCESS SYSTEM TABLE |
| privileges on relations | SVV_RELATION_PRIVILEGES | who has them; of roles, their owners |
| roles; whose they are | SVV_ROLES; SVV_USER_GRANTS, SVV_ROLE_GRANTS | everybody; ACCESS SYSTEM TABLE |
| what a role holds in a datashare's database | SHOW GRANTS FOR ROLE … FROM DATABASE | the role's owner |

The privilege views speak of the connected database alone, hence SHOW GRANTS. ACCESS SYSTEM TABLE comes by a role that
holds it, or by `sys:monitor` (r_roles-default.html). Names within WHERE are names of ours: nothing in them is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .data_api import Row, Session
from .errors import StandingError
from .sql import literal, quoted
from .standing import PREFIX, RECONCILER, Database, Given, Held, Holder, Relation, Role, Schema, Share, Standing

_MONITOR = "sys:monitor"
_KNOWN = {
    "me": "SELECT usename FROM pg_user WHERE usename = current_user",
    "my_roles": "SELECT role_name FROM svv_user_grants WHERE user_name = current_user",
    "monitors": "SELECT identity_name FROM svv_system_privileges WHERE system_privilege = 'ACCESS SYSTEM TABLE'",
    "databases": "SELECT database_name, database_owner, database_type FROM svv_redshift_databases",
    "people": "SELECT usename, usesysid FROM pg_user",
}
_PRODUCER = {
    "schemas": "SELECT nspname, nspowner FROM pg_namespace WHERE {nspname}",
    "tables": "SELECT schemaname, tablename, tableowner FROM pg_tables WHERE {schemaname}",
    "views": "SELECT schemaname, viewname, viewowner, definition FROM pg_views WHERE {schemaname}",
    "on_schemas": (
        "SELECT namespace_name, privilege_type, identity_name, identity_type"
        " FROM svv_schema_privileges WHERE {namespace_name}"
    ),
    "on_relations": (
        "SELECT namespace_name, relation_name, privilege_type, identity_name, identity_type"
        " FROM svv_relation_privileges WHERE {namespace_name}"
    ),
    "shares": (
        "SELECT share_name, share_owner, source_database, is_publicaccessible"
        " FROM svv_datashares WHERE share_type = 'OUTBOUND' AND {share_name}"
    ),
    "objects": (
        "SELECT share_name, object_type, object_name, include_new"
        " FROM svv_datashare_objects WHERE share_type = 'OUTBOUND' AND {share_name}"
    ),
    "consumers": (
        "SELECT share_name, consumer_account, consumer_namespace FROM svv_datashare_consumers WHERE {share_name}"
    ),
}
_CONSUMER = {
    "inbound": (
        "SELECT share_name, consumer_database, producer_account, producer_namespace"
        " FROM svv_datashares WHERE share_type = 'INBOUND' AND {consumer_database}"
    ),
    "on_databases": (
        "SELECT database_name, privilege_type, identity_name, identity_type"
        " FROM svv_database_privileges WHERE {database_name}"
    ),
}
_WITHIN = "SELECT schema_name, table_name FROM svv_redshift_tables WHERE {database_name}"
_ROLES = {
    "roles": "SELECT role_name, role_owner FROM svv_roles WHERE {role_name}",
    "users_of": "SELECT user_name, role_name FROM svv_user_grants WHERE {role_name}",
    "roles_of": "SELECT role_name, granted_role_name FROM svv_role_grants WHERE {granted_role_name}",
    "in_schemas": (
        "SELECT namespace_name, identity_name FROM svv_schema_privileges"
        " WHERE privilege_type = 'USAGE' AND identity_type = 'role' AND {identity_name}"
    ),
    "in_databases": (
        "SELECT database_name, identity_name FROM svv_database_privileges"
        " WHERE privilege_type = 'USAGE' AND identity_type = 'role' AND {identity_name}"
    ),
}
_GIVEN = {
    "schema": (
        "SELECT namespace_name AS what, privilege_type AS privilege, identity_name AS name, identity_type AS kind"
        " FROM svv_schema_privileges WHERE identity_type IN ('role', 'user') AND {identity_name}"
    ),
    "table": (
        "SELECT TRIM(namespace_name) || '.' || TRIM(relation_name) AS what, privilege_type AS privilege,"
        " identity_name AS name, identity_type AS kind"
        " FROM svv_relation_privileges WHERE identity_type = 'role' AND {identity_name}"
    ),
    "database": (
        "SELECT database_name AS what, privilege_type AS privilege, identity_name AS name, identity_type AS kind"
        " FROM svv_database_privileges WHERE identity_type IN ('role', 'user') AND {identity_name}"
    ),
    "role of role": (
        "SELECT granted_role_name AS what, 'MEMBER' AS privilege, role_name AS name, 'role' AS kind"
        " FROM svv_role_grants WHERE {role_name}"
    ),
    "role of user": (
        "SELECT role_name AS what, 'MEMBER' AS privilege, user_name AS name, 'user' AS kind"
        " FROM svv_user_grants WHERE {user_name}"
    ),
}
Tables = dict[str, list[Row]]


def read_producer(session: Session, name: str | None = None) -> Standing:
    """Schemas and datashares; of one name, or all of ours."""
    return _standing(session, _PRODUCER, name)


def read_roles(session: Session, name: str | None = None) -> Standing:
    """Roles of ours, and users."""
    return _standing(session, _ROLES, name)


def read_consumer(session: Session, name: str | None = None) -> Standing:
    """Databases made of datashares, but not what is in them: their datashares may be gone."""
    return _standing(session, _CONSUMER, name)


def read_held(session: Session, standing: Standing, holders: Iterable[tuple[str, str]]) -> None:
    """Adds to the databases of `standing` what is in them, and what each role of `(database, role)` holds there."""
    pairs, databases = sorted(holders), sorted(standing["databases"])
    queries = [f"SHOW GRANTS FOR ROLE {quoted(role)} FROM DATABASE {quoted(database)}" for database, role in pairs]
    queries += [_where(_WITHIN, database) for database in databases]
    rows = session.read(queries)
    for (database, role), held in zip(pairs, rows[: len(pairs)], strict=True):
        standing["databases"][database]["held"] += [
            _held(row, role) for row in held if row["object_type"] != "DATABASE"
        ]
    for database, seen in zip(databases, rows[len(pairs) :], strict=True):
        standing["databases"][database]["relations"] += sorted(f"{r['schema_name']}.{r['table_name']}" for r in seen)


def read_all(session: Session, side: str) -> Standing:
    """What a reader answers for its side."""
    ours = read_producer(session) if side == "producer" else read_consumer(session)
    read_held(session, ours, _users_of_ours(ours))
    roles = read_roles(session)
    return {**ours, "roles": roles["roles"], "users": roles["users"], "given": _read_given(session)}


def _read_given(session: Session) -> list[Given]:
    """What somebody gave to our roles and users besides. What is ours is told where it stands."""
    rows = session.read([_where(query, None) for query in _GIVEN.values()])
    return [
        {
            "kind": row["kind"],
            "name": row["name"],
            "what": f"{key.partition(' ')[0]} {row['what']}",
            "privilege": row["privilege"],
        }
        for key, found in zip(_GIVEN, rows, strict=True)
        for row in _ours(found, "name")
        if not str(row["what"]).startswith(PREFIX)
    ]


def _standing(session: Session, views: dict[str, str], name: str | None) -> Standing:
    queries = {**_KNOWN, **{key: _where(query, name) for key, query in views.items()}}
    tables: Tables = {key: [] for key in (*_PRODUCER, *_CONSUMER, *_ROLES)}
    tables |= dict(zip(queries, session.read(list(queries.values())), strict=True))
    me = _known(tables, session)
    people = {int(row["usesysid"]): str(row["usename"]) for row in tables["people"]}
    return {
        "user": me,
        "database": session.warehouse.database,
        "schemas": _schemas(tables, people),
        "shares": _shares(tables, people),
        "databases": _databases(tables, people, name) if views is _CONSUMER else {},
        "roles": _roles(tables),
        "users": sorted(user for user in people.values() if user.startswith((PREFIX, RECONCILER)))
        if views is _ROLES
        else [],
        "given": [],
    }


def _known(tables: Tables, session: Session) -> str:
    """The user who asks. Raises StandingError where the views do not show what must be there."""
    me = [row["usename"] for row in tables["me"]]
    if len(me) != 1:
        raise StandingError(f"{session.warehouse}: PG_USER does not show the user who asks, so no absence is believed")
    if session.warehouse.database not in [row["database_name"] for row in tables["databases"]]:
        raise StandingError(
            f"{session.warehouse}: SVV_REDSHIFT_DATABASES does not show the connected database, so no absence is"
            " believed: metadata security may be on, which hides names from its user"
        )
    monitors = {_MONITOR, *(row["identity_name"] for row in tables["monitors"])}
    if not monitors & {row["role_name"] for row in tables["my_roles"]}:
        raise StandingError(
            f'{session.warehouse}: user "{me[0]}" has no role with ACCESS SYSTEM TABLE, without which it does not see'
            f' who holds what: let an administrator run GRANT ROLE {_MONITOR} TO "{me[0]}"'
        )
    return str(me[0])


def _where(query: str, name: str | None) -> str:
    """`{column}` becomes a condition. Names may be padded with blanks, hence TRIM.

    `_` in LIKE is any character: `_ours` looks again.
    """
    said = f"LIKE '{PREFIX}%'" if name is None else f"= {literal(name)}"
    return re.sub(r"\{(\w+)\}", lambda column: f"TRIM({column[1]}) {said}", query)


def _ours(rows: Iterable[Row], column: str) -> list[Row]:
    return [row for row in rows if str(row[column]).startswith(PREFIX)]


def _schemas(tables: Tables, people: dict[int, str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {
        row["nspname"]: {"owner": _name(people, row["nspowner"]), "relations": {}, "holders": []}
        for row in _ours(tables["schemas"], "nspname")
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


def _shares(tables: Tables, people: dict[int, str]) -> dict[str, Share]:
    found: dict[str, Share] = {
        row["share_name"]: {
            "owner": _name(people, row["share_owner"]),
            "database": row["source_database"],
            "public": _flag(row["is_publicaccessible"]),
            "schemas": {},
            "objects": {},
            "consumers": [],
        }
        for row in _ours(tables["shares"], "share_name")
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


def _databases(tables: Tables, people: dict[int, str], name: str | None) -> dict[str, Database]:
    found: dict[str, Database] = {}
    inbound = {row["consumer_database"]: row for row in tables["inbound"]}
    for row in _ours(tables["databases"], "database_name"):
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


def _roles(tables: Tables) -> dict[str, Role]:
    found: dict[str, Role] = {
        row["role_name"]: {"owner": row["role_owner"], "users": [], "roles": [], "holds": []}
        for row in _ours(tables["roles"], "role_name")
    }
    for row in tables["users_of"]:
        if row["role_name"] in found:
            found[row["role_name"]]["users"].append(row["user_name"])
    for row in tables["roles_of"]:
        if row["granted_role_name"] in found:
            found[row["granted_role_name"]]["roles"].append(row["role_name"])
    for key, column in (("in_schemas", "namespace_name"), ("in_databases", "database_name")):
        for row in _ours(tables[key], column):
            if row["identity_name"] in found:
                found[row["identity_name"]]["holds"].append(row[column])
    for role in found.values():
        role["users"].sort()
        role["roles"].sort()
    return found


def _users_of_ours(standing: Standing) -> list[tuple[str, str]]:
    """Each database with each role of ours that holds USAGE on it: without it, nothing in it is read."""
    return [
        (database, holder["name"])
        for database, held in standing["databases"].items()
        for holder in held["holders"]
        if holder["kind"] == "role" and holder["name"].startswith(PREFIX)
    ]


def _held(row: Row, role: str) -> Held:
    on_schema = str(row["object_type"]).upper() == "SCHEMA"
    return {
        "schema": row["schema_name"] or "",
        "object": "" if on_schema else row["object_name"] or "",
        "name": role,
        "privilege": row["privilege_type"],
    }


def _holders(row: Row) -> list[Holder]:
    name = row["identity_name"] or ""
    if name.startswith("ds:"):
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


# --- the text of a view -----------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")+")|(?P<word>[^\s".,;()\']+)|(?P<sign>[.,;]))')


def read_definition(text: str) -> tuple[list[str] | None, list[str]]:
    """The schema and table that a view selects columns of, and these, sorted; `(None, [])` for any other view.

    The text is what Redshift keeps (https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_VIEW.html shows one):
    `SELECT t.a, t.b FROM s.t`. A table on the search path, which is `public`, stands without its schema.
    """
    words, at = [], 0
    while found := _TOKEN.match(text, at):
        words.append(found[0].strip())
        at = found.end()
    if text[at:].strip():
        return None, []
    try:
        return _selected(words)
    except (IndexError, ValueError):
        return None, []


def _selected(words: list[str]) -> tuple[list[str], list[str]]:
    """Raises IndexError or ValueError for anything but columns, by their names, of one table."""
    words = words[:-1] if words[-1] == ";" else words
    columns: list[str] = []
    at = _word(words, 0, "SELECT")
    while True:
        path, at = _path(words, at)
        columns.append(path[-1])
        if words[at].upper() == "AS":
            if _unquoted(words[at + 1]) != path[-1]:
                raise ValueError("a column by another name")
            at += 2
        if words[at] != ",":
            break
        at += 1
    table, at = _path(words, _word(words, at, "FROM"))
    if at != len(words) or len(table) > 2 or len(set(columns)) != len(columns):
        raise ValueError("more than columns of one table")
    return [table[0] if len(table) == 2 else "public", table[-1]], sorted(columns)


def _word(words: list[str], at: int, word: str) -> int:
    if words[at].upper() != word:
        raise ValueError(f"no {word}")
    return at + 1


def _path(words: list[str], at: int) -> tuple[list[str], int]:
    parts = []
    while True:
        if words[at] in (".", ",", ";", "*") or words[at].upper() in ("SELECT", "DISTINCT", "FROM", "AS"):
            raise ValueError("no name")
        parts.append(_unquoted(words[at]))
        at += 1
        if words[at : at + 1] != ["."]:
            return parts, at
        at += 1


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
