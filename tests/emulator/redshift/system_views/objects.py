"""Databases, schemas, relations and columns, local and shared."""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulator.redshift.objects import Database
from tests.emulator.redshift.privileges import held_on, is_superuser, may_use_database, may_use_schema, principals
from tests.emulator.redshift.session import Place, Session
from tests.emulator.redshift.system_views.registry import Row, user_id, view


@view(
    "svv_redshift_databases",
    "database_name varchar(128), database_owner integer, database_type varchar(32), database_acl varchar(128), "
    "database_options varchar(128), database_isolation_level varchar(128)",
)
def _databases(session: Session) -> Iterator[Row]:
    """ "Regular users can see only metadata to which they have access"."""
    for database in session.state.databases.values():
        if may_use_database(session, database):
            kind = "local" if database.source is None else "shared"
            yield database.name, user_id(session, database.owner), kind, None, None, None


def _places(session: Session) -> Iterator[tuple[Database, Place, bool]]:
    """Schemas of all databases, and whether all in it is seen: "Users and groups with permissions on consumer databases
    … can explore and navigate the metadata of any shared objects" (within-account.html)."""
    for database in session.state.databases.values():
        if may_use_database(session, database):
            for place in session.places(database).values():
                whole = is_superuser(session) or database.source is not None
                if whole or may_use_schema(session, place):
                    yield database, place, whole


@view(
    "svv_redshift_schemas",
    "database_name varchar(128), schema_name varchar(128), schema_owner integer, schema_type varchar(128), "
    "schema_acl varchar(128), schema_option varchar(128)",
)
def _schemas(session: Session) -> Iterator[Row]:
    for database, place, _ in _places(session):
        kind = "local" if database.source is None else "shared"
        yield database.name, place.schema.name, user_id(session, place.owner), kind, None, None


@view(
    "svv_redshift_tables",
    "database_name varchar(128), schema_name varchar(128), table_name varchar(128), table_type varchar(128), "
    "table_acl varchar(128), remarks varchar(128)",
)
def _tables(session: Session) -> Iterator[Row]:
    for database, place, whole in _places(session):
        for relation in place.relations.values():
            if whole or _has_any(session, place, relation.name):
                yield database.name, place.schema.name, relation.name, relation.kind.upper(), None, None


@view(
    "svv_redshift_columns",
    "database_name varchar(128), schema_name varchar(128), table_name varchar(128), column_name varchar(128), "
    "ordinal_position integer, data_type varchar(128), column_default varchar(4000), is_nullable varchar(3), "
    "encoding varchar(128), distkey boolean, sortkey integer, column_acl varchar(128), remarks varchar(256)",
)
def _columns(session: Session) -> Iterator[Row]:
    for database, place, whole in _places(session):
        for relation in place.relations.values():
            if whole or _has_any(session, place, relation.name):
                names = (database.name, place.schema.name, relation.name)
                for position, (column, kind) in enumerate(relation.columns.items(), 1):
                    yield *names, column, position, kind, None, "YES", None, False, 0, None, None


def _has_any(session: Session, place: Place, name: str) -> bool:
    relation, who = place.relations[name], principals(session)
    owned = session.user == place.owner_of(relation)
    return owned or any(grant.grantee in who for grant in held_on(session, place.on_relation(relation)))


@view("pg_views", "schemaname text, viewname text, viewowner text, definition text")
def _pg_views(session: Session) -> Iterator[Row]:
    """Of the current database, for all: https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html"""
    for schema, relation in session.database.relations():
        text = relation.definition
        if text is not None and session.warehouses.play.casts_in_views:
            text = text.replace(" FROM ", "::INTEGER FROM ", 1)
        if text is not None:
            yield schema.name, relation.name, relation.owner, text


@view(
    "pg_tables",
    "schemaname text, tablename text, tableowner text, tablespace text, hasindexes boolean, hasrules boolean, "
    "hastriggers boolean",
)
def _pg_tables(session: Session) -> Iterator[Row]:
    """Of the current database, for all, as PG_VIEWS."""
    for schema, relation in session.database.relations():
        if relation.definition is None:
            yield schema.name, relation.name, relation.owner, None, False, False, False


@view("pg_namespace", "nspname text, nspowner integer")
def _pg_namespace(session: Session) -> Iterator[Row]:
    """Of the current database, for all, as in r_CREATE_SCHEMA.html."""
    for schema in session.database.schemas.values():
        yield schema.name, user_id(session, schema.owner)
