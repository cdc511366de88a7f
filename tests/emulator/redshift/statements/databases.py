"""CREATE and DROP DATABASE: local, and from a datashare."""

from __future__ import annotations

from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import Source
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import is_superuser, must
from tests.emulator.redshift.session import Session, statement

SYSTEM_DATABASES = frozenset({"dev", "padb_harvest", "template0", "template1"})


@statement(
    "CREATE DATABASE <name> [ WITH PERMISSIONS ] FROM DATASHARE <share>"
    " OF [ ACCOUNT '<account>' ] NAMESPACE '<namespace>'",
    "r_CREATE_DATABASE.html",
)
def create_from_datashare(session: Session, match: Match) -> None:
    """ "Across AWS accounts, specify both the ACCOUNT and NAMESPACE"; "one consumer database for one datashare"."""
    name = _new(session, match)
    account = match.maybe("account") or session.namespace.account
    source = Source(account, match.name("namespace"), match.name("share"))
    if session.warehouses.share_behind(source, session.namespace) is None:
        raise SqlError(
            f'ERROR: Datashare "{source.share}" of account {source.account}, namespace {source.namespace} '
            "does not exist or cannot be used here"
        )
    if taken := next((held.name for held in session.state.databases.values() if held.source == source), None):
        raise SqlError(f'ERROR: database "{taken}" is made from datashare "{source.share}" already')
    session.namespace.make_database(name, session.user, source, permissions="WITH PERMISSIONS" in match)


@statement("CREATE DATABASE <name> [ [ WITH ] OWNER [ = ] <owner:user> ]", "r_CREATE_DATABASE.html")
def create_local(session: Session, match: Match) -> None:
    name, owner = _new(session, match), match.maybe("owner") or session.user
    if owner not in session.state.users:
        raise SqlError(f'ERROR: user "{owner}" does not exist')
    if owner != session.user:
        must(is_superuser(session), f"database {name}")
    session.namespace.make_database(name, owner)


def _new(session: Session, match: Match) -> str:
    """ "You must be a superuser or have the CREATEDB privilege." """
    session.must_be_alone("CREATE DATABASE")
    name = match.name("name")
    must(is_superuser(session) or session.state.users[session.user].createdb, "database creation")
    if name in session.state.databases:
        raise SqlError(f'ERROR: database "{name}" already exists')
    return name


@statement("DROP DATABASE <name>", "r_DROP_DATABASE.html")
def drop(session: Session, match: Match) -> None:
    """With what is granted on it and in it, whether or not the datashare behind it can still be used."""
    session.must_be_alone("DROP DATABASE")
    database = session.database_named(match.name("name"))
    must(is_superuser(session) or session.user == database.owner, f"database {database.name}")
    if database is session.database or database.name in SYSTEM_DATABASES:
        raise SqlError(f'ERROR: cannot drop database "{database.name}"')
    usable = database.source is None or session.warehouses.share_behind(database.source, session.namespace) is not None
    if not (usable or session.warehouses.play.deauthorized_may_be_dropped):
        raise SqlError(f'ERROR: the datashare of database "{database.name}" is not accessible')
    if shares := sorted(share.name for share in session.state.shares.values() if share.database == database.name):
        # No page says what becomes of them.
        raise SqlError(f'ERROR: cannot drop database "{database.name}": it has datashares: {", ".join(shares)}')
    session.state.drop_grants_in(database)
    for schema, relation in database.relations():
        session.state.drop_grants_on(schema.on, relation.on)
    session.state.drop_grants_on(*(schema.on for schema in database.schemas.values()))
    del session.state.databases[database.name]
