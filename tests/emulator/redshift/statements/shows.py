"""SHOW GRANTS, the only way to read what is granted within a database that comes from a datashare, and SHOW VIEW.

Of the answer's columns AWS's page shows those for a database; for schemas and tables, what stands before
`privilege_type` is not verified, so a program should name the columns that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.emulator.redshift.grammar import Match
from tests.emulator.redshift.objects import PUBLIC, Database, Grant, Grantee, On
from tests.emulator.redshift.outcome import Result, SqlError
from tests.emulator.redshift.privileges import held_on, is_superuser, may_know, must
from tests.emulator.redshift.session import Session, statement
from tests.emulator.redshift.statements.roles import role_named
from tests.emulator.redshift.system_views import id_of

HELD = ("privilege_type", "identity_id", "identity_name", "identity_type", "admin_option", "privilege_scope")
TYPES = ("varchar", "int4", "varchar", "varchar", "bool", "varchar")
OBJECT = ("database_name", "schema_name", "object_name", "object_type")
FOR = "for={ ROLE <role:role> | PUBLIC | <user:user> }"


@statement(f"SHOW GRANTS ON DATABASE <database> [ FOR {FOR} ]", "r_SHOW_GRANTS.html")
def on_database(session: Session, match: Match) -> Result:
    database = session.database_named(match.name("database"))
    rows = [(database.name, *_held(session, grant, "DATABASE")) for grant in _on(session, match, database.on)]
    return _result(("database_name",), rows)


@statement(f"SHOW GRANTS ON SCHEMA <schema:path> [ FOR {FOR} ]", "r_SHOW_GRANTS.html")
def on_schema(session: Session, match: Match) -> Result:
    place = session.place(match.paths("schema")[0])
    names = (place.database.name, place.schema.name)
    rows = [(*names, *_held(session, grant, "SCHEMA")) for grant in _on(session, match, place.on)]
    return _result(("database_name", "schema_name"), rows)


@statement(f"SHOW GRANTS ON [ TABLE ] <table:path> [ FOR {FOR} ]", "r_SHOW_GRANTS.html")
def on_table(session: Session, match: Match) -> Result:
    place, relation = session.relation(match.paths("table")[0])
    names = (place.database.name, place.schema.name, relation.name, relation.kind.upper())
    grants = _on(session, match, place.on_relation(relation))
    return _result(OBJECT, [(*names, *_held(session, grant, "TABLE")) for grant in grants])


@statement("SHOW GRANTS FOR for={ ROLE <role:role> | <user:user> } [ FROM DATABASE <database> ]", "r_SHOW_GRANTS.html")
def of_grantee(session: Session, match: Match) -> Result:
    """Of one database, the current one unless another is named."""
    grantee = _grantee(session, match)
    assert grantee is not None
    must(may_know(session, grantee, all_seen=is_superuser(session)), f"{grantee.kind} {grantee.name}")
    named = match.maybe("database")
    database = session.database_named(named) if named else session.database
    rows = [
        (*names, *_held(session, grant, names[-1]))
        for names, on in _things(session, database)
        for grant in held_on(session, on)
        if grant.grantee == grantee
    ]
    told = session.warehouses.play.grants_tell_objects
    return _result(OBJECT if told else (OBJECT[0], "schema", "object", "kind"), rows)


@statement("SHOW VIEW <view:path>", "r_SHOW_VIEW.html")
def view(session: Session, match: Match) -> Result:
    path = match.paths("view")[0]
    _, relation = session.local(path)
    if relation.definition is None:
        raise SqlError(f'ERROR: "{path}" is not a view')
    return Result(("Show View DDL statement",), ("varchar",), ((relation.definition,),), 1, has_result=True)


def _things(session: Session, database: Database) -> Iterator[tuple[tuple[str, ...], On]]:
    yield (database.name, "", "", "DATABASE"), database.on
    for place in session.places(database).values():
        yield (database.name, place.schema.name, "", "SCHEMA"), place.on
        for relation in place.relations.values():
            names = (database.name, place.schema.name, relation.name, relation.kind.upper())
            yield names, place.on_relation(relation)


def _on(session: Session, match: Match, on: On) -> Iterator[Grant]:
    """ "A grant is visible to the current user if" he is superuser, its target, the owner of the role, or has it."""
    wanted = _grantee(session, match)
    for grant in held_on(session, on):
        if wanted in (None, grant.grantee) and may_know(session, grant.grantee, all_seen=is_superuser(session)):
            yield grant


def _grantee(session: Session, match: Match) -> Grantee | None:
    if not match.parts("for"):
        return None
    named = match.parts("for")[0]
    if (role := named.maybe("role")) is not None:
        return Grantee("role", role_named(session, role).name)
    user = named.maybe("user")
    if user is None:
        return PUBLIC
    if user not in session.state.users:
        raise SqlError(f'ERROR: user "{user}" does not exist')
    return Grantee("user", user)


def _held(session: Session, grant: Grant, scope: str) -> tuple[object, ...]:
    who = grant.grantee
    scope = "TABLE" if scope == "VIEW" else scope
    return (grant.privilege, id_of(session, who), who.name, who.kind, grant.option, scope)


def _result(names: tuple[str, ...], rows: list[tuple[object, ...]]) -> Result:
    return Result(names + HELD, ("varchar",) * len(names) + TYPES, tuple(rows), len(rows), has_result=True)
