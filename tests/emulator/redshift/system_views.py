"""System views: AWS's columns, and the rows that each caller may see.

Every class of caller is named on the view's page, https://docs.aws.amazon.com/redshift/latest/dg/r_<NAME>.html. Texts
are padded with blanks where the page's own examples trim them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.emulator.redshift.objects import SYSTEM, Database, Datashare, Grant, Grantee
from tests.emulator.redshift.privileges import (
    has_system,
    held_on,
    is_superuser,
    may,
    may_know,
    may_use_database,
    may_use_schema,
    principals,
)
from tests.emulator.redshift.session import Place, Session

Row = tuple[object, ...]
Rows = Callable[[Session], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class View:
    name: str
    columns: Mapping[str, str]
    """Name to type."""
    rows: Rows


ALL: dict[str, View] = {}


def view(name: str, columns: str) -> Callable[[Rows], Rows]:
    """`columns`: "name type, name type", as the page has them."""

    def register(rows: Rows) -> Rows:
        pairs = [column.split(" ", 1) for column in columns.split(", ")]
        ALL[name] = View(name, dict(pairs), rows)
        return rows

    return register


def padded(text: str | None, width: int) -> str:
    return (text or "").ljust(width)


def plain(moment: datetime) -> datetime:
    """Without a time zone, in UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def id_of(session: Session, grantee: Grantee) -> int:
    if grantee.kind == "user":
        return session.state.users[grantee.name].id
    return session.state.roles[grantee.name].id if grantee.kind == "role" else 0


def _sees_all(session: Session) -> bool:
    return is_superuser(session) or has_system(session, "ACCESS SYSTEM TABLE")


# --- datashares -------------------------------------------------------------------------------------------------------


def _outbound(session: Session) -> Iterator[Datashare]:
    """ "Superusers, datashare owners, users with ALTER or USAGE permissions on a datashare. Other users can't see any
    rows"; USAGE cannot be granted to users (r_GRANT)."""
    for share in session.state.shares.values():
        if may(session, "ALTER", share.on, share.owner):
            yield share


def _inbound(session: Session) -> Iterator[Datashare]:
    """What this namespace can use. No consumer's user owns it or holds anything on it, so superusers alone see it."""
    if is_superuser(session):
        for share in session.warehouses.shares.values():
            if session.warehouses.usable(share, session.namespace):
                yield share


@view(
    "svv_datashares",
    "share_name varchar(128), share_id integer, share_owner integer, source_database varchar(128), "
    "consumer_database varchar(128), share_type varchar(8), createdate timestamp, is_publicaccessible boolean, "
    "share_acl varchar(256), producer_account varchar(16), producer_namespace varchar(64), managed_by varchar(64)",
)
def _datashares(session: Session) -> Iterator[Row]:
    for share in _outbound(session):
        owner = _user_id(session, share.owner)
        yield _datashare(share, owner, share.database, None, "OUTBOUND", plain(share.created))
    for share in _inbound(session):
        yield _datashare(share, None, None, _made_from(session, share), "INBOUND", None)


def _datashare(
    share: Datashare, owner: int | None, source: str | None, consumer: str | None, kind: str, created: datetime | None
) -> Row:
    places = (padded(source, 128), padded(consumer, 128))
    by = (padded(share.account, 16), padded(share.namespace, 64), padded(None, 64))
    return (share.name, share.id, owner, *places, kind, created, share.public, None, *by)


def _made_from(session: Session, share: Datashare) -> str | None:
    for database in session.state.databases.values():
        source = database.source
        if source is not None and (source.namespace, source.share) == (share.namespace, share.name):
            return database.name
    return None


@view(
    "svv_datashare_objects",
    "share_type varchar(8), share_name varchar(128), object_type varchar(64), object_name varchar(512), "
    "producer_account varchar(16), producer_namespace varchar(64), include_new boolean",
)
def _datashare_objects(session: Session) -> Iterator[Row]:
    """ "Superusers can see all rows; regular users can see only their own data": of the datashares that they see."""
    for kind, shares in (("OUTBOUND", _outbound(session)), ("INBOUND", _inbound(session))):
        for share in shares:
            by = (padded(share.account, 16), padded(share.namespace, 64))
            database = session.warehouses.of_namespace(share.namespace).state.databases[share.database]
            for schema in database.schemas.values():
                if schema.id in share.schemas:
                    new = schema.id in share.include_new if kind == "OUTBOUND" else None
                    yield kind, padded(share.name, 128), "schema", schema.name, *by, new
            for schema, relation in database.relations():
                if relation.id in share.relations:
                    name = f"{schema.name}.{relation.name}"
                    yield kind, padded(share.name, 128), relation.kind, name, *by, None


@view(
    "svv_datashare_consumers",
    "share_name varchar(128), consumer_account varchar(16), consumer_namespace varchar(64), share_date timestamp",
)
def _datashare_consumers(session: Session) -> Iterator[Row]:
    for share in _outbound(session):
        for consumer, since in share.consumers.items():
            account = consumer if consumer.isdigit() else None
            namespace = consumer if account is None else None
            yield share.name, padded(account, 16), padded(namespace, 64), plain(since)


# --- what is granted --------------------------------------------------------------------------------------------------

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


@view("svv_schema_privileges", f"namespace_name text, {HELD}, privilege_scope text")
def _schema_privileges(session: Session) -> Iterator[Row]:
    """Of the current database; all rows for ACCESS SYSTEM TABLE."""
    all_seen = _sees_all(session)
    for schema in session.database.schemas.values():
        shares = [share for share in session.state.shares.values() if schema.id in share.schemas]
        for row in _held(session, held_on(session, schema.on), all_seen=all_seen):
            yield schema.name, *row, "SCHEMA"
        for row in _of_datashares("USAGE", shares, all_seen=all_seen):
            yield schema.name, *row, "SCHEMA"


@view("svv_database_privileges", f"database_name text, {HELD}, privilege_scope text")
def _database_privileges(session: Session) -> Iterator[Row]:
    for database in session.state.databases.values():
        for row in _held(session, held_on(session, database.on), all_seen=_sees_all(session)):
            yield database.name, *row, "DATABASE"


@view("svv_datashare_privileges", f"datashare_name text, {HELD}")
def _datashare_privileges(session: Session) -> Iterator[Row]:
    for share in session.state.shares.values():
        for row in _held(session, held_on(session, share.on), all_seen=_sees_all(session)):
            yield share.name, *row


@view("svv_system_privileges", "system_privilege text, identity_id integer, identity_name text, identity_type text")
def _system_privileges(session: Session) -> Iterator[Row]:
    for row in _held(session, held_on(session, SYSTEM), all_seen=_sees_all(session)):
        yield row[:-1]


# --- principals -------------------------------------------------------------------------------------------------------


@view("svv_roles", "role_id integer, role_name text, role_owner text, external_id text")
def _roles(session: Session) -> Iterator[Row]:
    for role in session.state.roles.values():
        if may_know(session, Grantee("role", role.name), all_seen=_sees_all(session)):
            yield role.id, role.name, role.owner, None


@view("svv_role_grants", "role_id integer, role_name text, granted_role_id integer, granted_role_name text")
def _role_grants(session: Session) -> Iterator[Row]:
    """ "Regular users can only see roles to which they have access or if they are the role owner"."""
    for held in sorted(session.state.members, key=lambda held: (held.grantee.name, held.role)):
        if held.grantee.kind == "role" and may_know(session, held.grantee, all_seen=_sees_all(session)):
            role, granted = session.state.roles[held.grantee.name], session.state.roles[held.role]
            yield role.id, role.name, granted.id, granted.name


@view("svv_user_grants", "user_id integer, user_name text, role_id integer, role_name text, admin_option boolean")
def _user_grants(session: Session) -> Iterator[Row]:
    """ "Regular users can see only current users' explicitly granted roles"."""
    for held in sorted(session.state.members, key=lambda held: (held.grantee.name, held.role)):
        mine = held.grantee == Grantee("user", session.user)
        if held.grantee.kind == "user" and (mine or _sees_all(session)):
            user, role = session.state.users[held.grantee.name], session.state.roles[held.role]
            yield user.id, user.name, role.id, role.name, held.admin


@view(
    "pg_user",
    "usename text, usesysid integer, usecreatedb boolean, usesuper boolean, usecatupd boolean, passwd text, "
    "valuntil timestamp, useconfig text",
)
def _pg_user(session: Session) -> Iterator[Row]:
    for user in session.state.users.values():
        yield user.name, user.id, user.createdb, user.superuser, False, "********", None, None


def _user_id(session: Session, name: str) -> int | None:
    user = session.state.users.get(name)
    return user.id if user else None


# --- objects, local and shared ----------------------------------------------------------------------------------------


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
            yield database.name, _user_id(session, database.owner), kind, None, None, None


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
        yield database.name, place.schema.name, _user_id(session, place.owner), kind, None, None


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
        if relation.definition is not None:
            yield schema.name, relation.name, relation.owner, relation.definition


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
