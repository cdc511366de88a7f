"""What is granted: on relations, schemas, databases and datashares, and system permissions."""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulator.redshift.objects import SYSTEM, Datashare, Grant, On
from tests.emulator.redshift.privileges import held_on, is_superuser, may_know
from tests.emulator.redshift.session import Session
from tests.emulator.redshift.system_views.registry import Row, id_of, sees_all, view

HELD = "privilege_type text, identity_id integer, identity_name text, identity_type text, admin_option boolean"


def _held(session: Session, grants: list[Grant], *, all_seen: bool) -> Iterator[Row]:
    for grant in grants:
        who = grant.grantee
        if may_know(session, who, all_seen=all_seen):
            yield grant.privilege, id_of(session, who), who.name, who.kind, grant.option


def _of_datashares(privilege: str, shares: list[Datashare], *, all_seen: bool) -> Iterator[Row]:
    """ "A datashare role is created for each datashare. It holds all permissions currently granted to the datashare"
    (https://docs.aws.amazon.com/redshift/latest/dg/r_roles-default.html)."""
    for share in shares if all_seen else ():
        yield privilege, share.id, f"ds:{share.name}", "role", False


@view("svv_relation_privileges", f"namespace_name text, relation_name text, {HELD}")
def _relation_privileges(session: Session) -> Iterator[Row]:
    """Of the current database; all rows for SYSLOG ACCESS UNRESTRICTED."""
    all_seen = is_superuser(session) or session.state.users[session.user].unrestricted
    for schema, relation in session.database.relations():
        shares = [share for share in session.state.shares.values() if relation.id in share.relations]
        for row in _held(session, held_on(session, relation.on), all_seen=all_seen):
            yield schema.name, relation.name, *row
        for row in _of_datashares("SELECT", shares, all_seen=all_seen):
            yield schema.name, relation.name, *row


@view(
    "svv_column_privileges",
    "namespace_name text, relation_name text, column_name text, privilege_type text, identity_id integer,"
    " identity_name text, identity_type text",
)
def _column_privileges(session: Session) -> Iterator[Row]:
    """Of the current database; all rows for ACCESS SYSTEM TABLE."""
    for schema, relation in session.database.relations():
        for column in relation.columns:
            on = On("column", relation.id, path=(column,))
            for row in _held(session, held_on(session, on), all_seen=sees_all(session)):
                yield schema.name, relation.name, column, *row[:-1]


@view("svv_schema_privileges", f"namespace_name text, {HELD}, privilege_scope text")
def _schema_privileges(session: Session) -> Iterator[Row]:
    """Of the current database; all rows for ACCESS SYSTEM TABLE."""
    all_seen = sees_all(session)
    for schema in session.database.schemas.values():
        shares = [share for share in session.state.shares.values() if schema.id in share.schemas]
        for row in _held(session, held_on(session, schema.on), all_seen=all_seen):
            yield schema.name, *row, "SCHEMA"
        for row in _of_datashares("USAGE", shares, all_seen=all_seen):
            yield schema.name, *row, "SCHEMA"


@view("svv_database_privileges", f"database_name text, {HELD}, privilege_scope text")
def _database_privileges(session: Session) -> Iterator[Row]:
    for database in session.state.databases.values():
        for row in _held(session, held_on(session, database.on), all_seen=sees_all(session)):
            yield database.name, *row, "DATABASE"


@view("svv_datashare_privileges", f"datashare_name text, {HELD}")
def _datashare_privileges(session: Session) -> Iterator[Row]:
    for share in session.state.shares.values():
        for row in _held(session, held_on(session, share.on), all_seen=sees_all(session)):
            yield share.name, *row


@view("svv_system_privileges", "system_privilege text, identity_id integer, identity_name text, identity_type text")
def _system_privileges(session: Session) -> Iterator[Row]:
    for row in _held(session, held_on(session, SYSTEM), all_seen=sees_all(session)):
        yield row[:-1]
