"""CREATE and DROP SCHEMA."""

from __future__ import annotations

from tests.emulator.redshift.dropping import must_be_free
from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import Schema
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, is_superuser, may, must
from tests.emulator.redshift.session import Session, statement


@statement("CREATE SCHEMA [ IF NOT EXISTS ] <name> [ AUTHORIZATION <owner:user> ]", "r_CREATE_SCHEMA.html")
def create(session: Session, match: Match) -> None:
    """With the system permission, or with CREATE on the database, which "allows users to create schemas" (r_GRANT)."""
    name, database, owner = match.name("name"), session.database, match.maybe("owner") or session.user
    if name in database.schemas:
        if "IF NOT EXISTS" in match:
            return
        raise SqlError(f'ERROR: schema "{name}" already exists')
    allowed = has_system(session, "CREATE SCHEMA") or may(session, "CREATE", database.on, database.owner)
    must(allowed, f"database {database.name}")
    if name == "public" or name.startswith("pg_"):
        raise SqlError(f'ERROR: unacceptable schema name "{name}"')
    if owner != session.user:
        must(is_superuser(session), f"database {database.name}")
    if owner not in session.state.users:
        raise SqlError(f'ERROR: user "{owner}" does not exist')
    database.schemas[name] = Schema(session.warehouses.number(), name, owner)


@statement("DROP SCHEMA [ IF EXISTS ] <name> [, ...] [ RESTRICT ]", "r_DROP_SCHEMA.html")
def drop(session: Session, match: Match) -> None:
    """Without CASCADE: only where nothing is in it."""
    database = session.database
    for name in match.names("name"):
        schema = database.schemas.get(name)
        if schema is None:
            if "IF EXISTS" in match:
                continue
            raise SqlError(f'ERROR: schema "{name}" does not exist')
        must(session.user == schema.owner or has_system(session, "DROP SCHEMA"), f"schema {name}")
        shares = [share for share in session.state.shares.values() if schema.id in share.schemas]
        must_be_free(session, f"schema {name}", needed=bool(schema.relations), shares=shares)
        for share in shares:
            share.schemas.discard(schema.id)
            share.include_new.discard(schema.id)
        del database.schemas[name]
        session.state.drop_grants_on(schema.on)
