"""CREATE and DROP TABLE: empty ones, of whole numbers."""

from __future__ import annotations

from tests.emulator.redshift import query
from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import Relation
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, may, must
from tests.emulator.redshift.session import Session, statement


@statement("CREATE TABLE <name:path> ( { <column> type={ INTEGER | BIGINT } } [, ...] )", "r_CREATE_TABLE_NEW.html")
def create(session: Session, match: Match) -> None:
    """With the system permission, or with CREATE on the schema (r_GRANT)."""
    path = match.paths("name")[0]
    place = session.place_of(path)
    if place.database is not session.database:
        raise SqlError(f'ERROR: "{path}" is not in the current database')
    schema, name = place.schema, path.parts[-1]
    must(
        has_system(session, "CREATE TABLE") or may(session, "CREATE", schema.on, schema.owner), f"schema {schema.name}"
    )
    if name in schema.relations:
        raise SqlError(f'ERROR: relation "{name}" already exists')
    kinds = [" ".join(part.words).lower() for part in match.parts("type")]
    columns = query.types(dict(zip(match.names("column"), kinds, strict=True)))
    made = Relation(session.warehouses.number(), name, session.user, columns)
    query.store(session.warehouses.duck, made, [])
    session.namespace.add(schema, made)


@statement("DROP TABLE <name:path> [ RESTRICT ]", "r_DROP_TABLE.html")
def drop(session: Session, match: Match) -> None:
    place, table = session.local(match.paths("name")[0])
    if table.query is not None:
        raise SqlError(f'ERROR: "{table.name}" is not a table')
    must(session.user == table.owner or has_system(session, "DROP TABLE"), f"relation {table.name}")
    if any(table.id in other.reads for _, other in session.database.relations()):
        raise SqlError(f"ERROR: can't drop table {table.name} because other objects depend on it")
    if any(table.id in share.relations for share in session.state.shares.values()):
        raise SqlError(f"ERROR: can't drop table {table.name}: it is in a datashare")
    del place.schema.relations[table.name]
    session.state.drop_grants_on(table.on)
