"""What the system views say.

| of | view | who sees what (docs.aws.amazon.com/redshift/latest/dg/r_<VIEW>.html) |
|---|---|---|
| databases | SVV_REDSHIFT_DATABASES | everybody, by default |
| schemas, tables, views and their texts | PG_NAMESPACE, PG_TABLES, PG_VIEWS | everybody |
| datashares, their objects and consumers | SVV_DATASHARES, …_OBJECTS, …_CONSUMERS | the owner |
| privileges on schemas, columns and databases | SVV_SCHEMA_PRIVILEGES, …_COLUMN_…, …_DATABASE_… | ACCESS SYSTEM TABLE |
| system permissions | SVV_SYSTEM_PRIVILEGES | ACCESS SYSTEM TABLE |
| privileges on relations | SVV_RELATION_PRIVILEGES | who has them; of roles, their owners |
| roles; whose they are | SVV_ROLES; SVV_USER_GRANTS, SVV_ROLE_GRANTS | everybody; ACCESS SYSTEM TABLE |
| what a role holds in a datashare's database | SHOW GRANTS FOR ROLE … FROM DATABASE | the role's owner |

The privilege views speak of the connected database alone, hence SHOW GRANTS. ACCESS SYSTEM TABLE comes by a role that
holds it, or by `sys:monitor` (r_roles-default.html). Names within WHERE are names of ours: nothing in them is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import rows
from .data_api import Session
from .errors import StandingError
from .sql import literal, quoted
from .standing import PREFIX, RECONCILER, Given, Standing

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
    "column": (
        "SELECT TRIM(namespace_name) || '.' || TRIM(relation_name) || '.' || TRIM(column_name) AS what,"
        " privilege_type AS privilege, identity_name AS name, identity_type AS kind"
        " FROM svv_column_privileges WHERE identity_type IN ('role', 'user') AND {identity_name}"
    ),
    "system": (
        "SELECT 'permissions' AS what, system_privilege AS privilege, identity_name AS name, identity_type AS kind"
        " FROM svv_system_privileges WHERE {identity_name}"
    ),
    "system of superuser": (
        "SELECT 'permissions' AS what, 'SUPERUSER' AS privilege, usename AS name, 'user' AS kind"
        " FROM pg_user WHERE usesuper AND {usename}"
    ),
    "system of user": (
        "SELECT 'permissions' AS what, 'CREATEDB' AS privilege, usename AS name, 'user' AS kind"
        " FROM pg_user WHERE usecreatedb AND {usename}"
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
    read = session.read(queries)
    for (database, role), held in zip(pairs, read[: len(pairs)], strict=True):
        standing["databases"][database]["held"] += [
            rows.held(row, role) for row in held if row["object_type"] != "DATABASE"
        ]
    for database, seen in zip(databases, read[len(pairs) :], strict=True):
        standing["databases"][database]["relations"] += sorted(f"{r['schema_name']}.{r['table_name']}" for r in seen)


def read_all(session: Session, side: str) -> Standing:
    """What a reader answers for its side."""
    ours = read_producer(session) if side == "producer" else read_consumer(session)
    read_held(session, ours, _users_of_ours(ours))
    roles = read_roles(session)
    return {**ours, "roles": roles["roles"], "users": roles["users"], "given": _read_given(session)}


def _read_given(session: Session) -> list[Given]:
    """What somebody gave to our roles and users besides. What is ours is told where it stands."""
    read = session.read([_where(query, None) for query in _GIVEN.values()])
    return [
        {
            "kind": row["kind"],
            "name": row["name"],
            "what": f"{key.partition(' ')[0]} {row['what']}",
            "privilege": row["privilege"],
        }
        for key, found in zip(_GIVEN, read, strict=True)
        for row in rows.ours(found, "name")
        if not str(row["what"]).startswith(PREFIX)
    ]


def _standing(session: Session, views: dict[str, str], name: str | None) -> Standing:
    queries = {**_KNOWN, **{key: _where(query, name) for key, query in views.items()}}
    tables: rows.Tables = {key: [] for key in (*_PRODUCER, *_CONSUMER, *_ROLES)}
    tables |= dict(zip(queries, session.read(list(queries.values())), strict=True))
    me = _known(tables, session)
    people = {int(row["usesysid"]): str(row["usename"]) for row in tables["people"]}
    return {
        "user": me,
        "database": session.warehouse.database,
        "schemas": rows.schemas(tables, people),
        "shares": rows.shares(tables, people),
        "databases": rows.databases(tables, people, name) if views is _CONSUMER else {},
        "roles": rows.roles(tables),
        "users": sorted(user for user in people.values() if user.startswith((PREFIX, RECONCILER)))
        if views is _ROLES
        else [],
        "given": [],
    }


def _known(tables: rows.Tables, session: Session) -> str:
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


def _users_of_ours(standing: Standing) -> list[tuple[str, str]]:
    """Each database with each role of ours that holds USAGE on it: without it, nothing in it is read."""
    return [
        (database, holder["name"])
        for database, held in standing["databases"].items()
        for holder in held["holders"]
        if holder["kind"] == "role" and holder["name"].startswith(PREFIX)
    ]
