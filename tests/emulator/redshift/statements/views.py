"""CREATE and DROP VIEW: regular ones, bound to the objects that they read."""

from __future__ import annotations

from tests.emulator.redshift import query
from tests.emulator.redshift.dropping import must_be_free
from tests.emulator.redshift.grammar import Match, Path
from tests.emulator.redshift.objects import Relation
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, may, must
from tests.emulator.redshift.session import Place, Session, statement


@statement("CREATE [ OR REPLACE ] VIEW <name:path> AS <query:rest>", "r_CREATE_VIEW.html")
def create(session: Session, match: Match) -> None:
    """With the system permission, or with CREATE on the schema, which "allows users to create objects within a schema"
    (r_GRANT). "To create a standard view, you need access to the underlying tables."

    A replaced view keeps its columns, its owner and what is granted on it.
    """
    path = match.paths("name")[0]
    place = session.place_of(path)
    if place.database is not session.database:
        raise SqlError(f'ERROR: "{path}" is not in the current database')
    name, schema = path.parts[-1], place.schema
    standing = schema.relations.get(name)
    if standing is not None and ("OR REPLACE" not in match or standing.query is None):
        raise SqlError(f'ERROR: relation "{name}" already exists')
    rights = has_system(session, "CREATE OR REPLACE VIEW")
    if standing is None:
        must(rights or may(session, "CREATE", schema.on, schema.owner), f"schema {schema.name}")
    else:
        must(rights or session.user == standing.owner, f"relation {name}")
    bound = query.bind(session, match.name("query"))
    if standing is None:
        made = Relation(session.warehouses.number(), name, session.user, dict(bound.columns))
        session.namespace.add(schema, made)
    elif list(standing.columns.items()) != list(bound.columns.items()):
        raise SqlError("ERROR: cannot change the columns of a view that is replaced")
    else:
        made = standing
    made.query, made.definition, made.reads = bound.query, bound.definition, bound.reads


@statement("DROP VIEW [ IF EXISTS ] <name:path> [, ...] [ RESTRICT ]", "r_DROP_VIEW.html")
def drop(session: Session, match: Match) -> None:
    for path in match.paths("name"):
        found = _standing(session, path, missing_ok="IF EXISTS" in match)
        if found is not None:
            _drop(session, *found)


def _standing(session: Session, path: Path, *, missing_ok: bool) -> tuple[Place, Relation] | None:
    place = session.place_of(path)
    relation = place.relations.get(path.parts[-1]) if place.database is session.database else None
    if relation is None and missing_ok:
        return None
    if relation is None:
        raise SqlError(f'ERROR: view "{path.parts[-1]}" does not exist')
    if relation.query is None:
        raise SqlError(f'ERROR: "{relation.name}" is not a view')
    return place, relation


def _drop(session: Session, place: Place, view: Relation) -> None:
    must(session.user == view.owner or has_system(session, "DROP VIEW"), f"relation {view.name}")
    needed = any(view.id in other.reads for _, other in session.database.relations())
    shares = [share for share in session.state.shares.values() if view.id in share.relations]
    must_be_free(session, f"view {view.name}", needed=needed, shares=shares)
    for share in shares:
        share.relations.discard(view.id)
    del place.schema.relations[view.name]
    session.state.drop_grants_on(view.on)
