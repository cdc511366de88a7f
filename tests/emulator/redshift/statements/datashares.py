"""CREATE, ALTER and DROP DATASHARE."""

from __future__ import annotations

from tests.emulator.redshift.grammar import Match, Path
from tests.emulator.redshift.objects import Datashare, Relation, Schema
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import has_system, holds, is_superuser, may, must
from tests.emulator.redshift.session import Session, statement


@statement(
    "CREATE DATASHARE <name> [ [ SET ] PUBLICACCESSIBLE [ = ] public={ TRUE | FALSE } ]", "r_CREATE_DATASHARE.html"
)
def create(session: Session, match: Match) -> None:
    name, database = match.name("name"), session.database
    must(session.user == database.owner or has_system(session, "CREATE DATASHARE"), f"database {database.name}")
    if name in session.state.shares:
        raise SqlError(f'ERROR: Datashare "{name}" already exists')
    namespace = session.namespace
    session.state.shares[name] = Datashare(
        name,
        session.warehouses.number(),
        namespace.share_arn(name),
        namespace.account,
        namespace.namespace,
        database.name,
        session.user,
        session.warehouses.now(),
        public=match.maybe_chosen("public") == "TRUE",
    )


@statement("DROP DATASHARE <name>", "r_DROP_DATASHARE.html")
def drop(session: Session, match: Match) -> None:
    share = session.share_named(match.name("name"))
    must(session.user == share.owner or has_system(session, "DROP DATASHARE"), f"datashare {share.name}")
    del session.state.shares[share.name]
    session.state.drop_grants_on(share.on)


@statement("ALTER DATASHARE <name> do={ ADD | REMOVE } SCHEMA <schema:path> [, ...]", "r_ALTER_DATASHARE.html")
def alter_schemas(session: Session, match: Match) -> None:
    share = _altered(session, match)
    for path in match.paths("schema"):
        schema = _schema(session, path)
        if match.chosen("do") == "ADD":
            must(may(session, "USAGE", schema.on, schema.owner), f"schema {schema.name}")
            _put(share.schemas, schema.id, f"schema {schema.name}", share)
        else:
            if held := sorted(r.name for r in schema.relations.values() if r.id in share.relations):
                # No page says what becomes of them; "REMOVE objects, then the schema" is the order that cannot err.
                raise SqlError(f"ERROR: schema {schema.name} has objects in datashare {share.name}: {', '.join(held)}")
            _take(share.schemas, schema.id, f"schema {schema.name}", share)
            share.include_new.discard(schema.id)


@statement("ALTER DATASHARE <name> do={ ADD | REMOVE } TABLE <table:path> [, ...]", "r_ALTER_DATASHARE.html")
def alter_tables(session: Session, match: Match) -> None:
    share = _altered(session, match)
    for path in match.paths("table"):
        place, relation = session.local(path)
        _alter_table(session, match, share, place.schema, relation)


@statement(
    "ALTER DATASHARE <name> do={ ADD | REMOVE } ALL TABLES IN SCHEMA <schema:path> [, ...]", "r_ALTER_DATASHARE.html"
)
def alter_all_tables(session: Session, match: Match) -> None:
    """What is in the datashare already, or not in it, is passed over."""
    share = _altered(session, match)
    for path in match.paths("schema"):
        schema = _schema(session, path)
        for relation in schema.relations.values():
            if (relation.id in share.relations) == (match.chosen("do") == "REMOVE"):
                _alter_table(session, match, share, schema, relation)


@statement(
    "ALTER DATASHARE <name> do={ ADD | REMOVE } ALL FUNCTIONS IN SCHEMA <schema:path> [, ...]", "r_ALTER_DATASHARE.html"
)
def alter_all_functions(session: Session, match: Match) -> None:
    """CREATE FUNCTION is not emulated, so there are none."""
    _altered(session, match)
    for path in match.paths("schema"):
        _schema(session, path)


@statement("ALTER DATASHARE <name> SET PUBLICACCESSIBLE [ = ] public={ TRUE | FALSE }", "r_ALTER_DATASHARE.html")
def set_public(session: Session, match: Match) -> None:
    """Not in a transaction block: seen in github.com/brainly/terraform-provider-redshift/issues/127, on no page."""
    if not session.warehouses.play.public_in_transaction:
        session.must_be_alone("ALTER DATASHARE SET PUBLICACCESSIBLE")
    _altered(session, match).public = match.chosen("public") == "TRUE"


@statement(
    "ALTER DATASHARE <name> SET INCLUDENEW [ = ] new={ TRUE | FALSE } FOR SCHEMA <schema:path>",
    "r_ALTER_DATASHARE.html",
)
def set_include_new(session: Session, match: Match) -> None:
    """ "Only superusers can change this property"."""
    share = _altered(session, match)
    must(is_superuser(session), f"datashare {share.name}")
    schema = _schema(session, match.paths("schema")[0])
    if schema.id not in share.schemas:
        raise SqlError(f"ERROR: schema {schema.name} is not in datashare {share.name}")
    if match.chosen("new") == "TRUE":
        share.include_new.add(schema.id)
    else:
        share.include_new.discard(schema.id)


def _altered(session: Session, match: Match) -> Datashare:
    """ "You can only change a datashare in the current database." """
    share = session.share_named(match.name("name"))
    allowed = session.user == share.owner or has_system(session, "ALTER DATASHARE")
    must(allowed or holds(session, "ALTER", share.on), f"datashare {share.name}")
    if share.database != session.database.name:
        raise SqlError(f"ERROR: datashare {share.name} is of database {share.database}")
    return share


def _schema(session: Session, path: Path) -> Schema:
    place = session.place(path)
    if place.database is not session.database:
        raise SqlError(f'ERROR: "{path}" is not in the current database')
    return place.schema


def _alter_table(session: Session, match: Match, share: Datashare, schema: Schema, relation: Relation) -> None:
    """ "To add specific objects to a datashare, users must have the privilege on the objects"; "Add a schema to a
    datashare first before adding objects in the schema"."""
    what = f"relation {schema.name}.{relation.name}"
    if match.chosen("do") == "REMOVE":
        _take(share.relations, relation.id, what, share)
        return
    must(may(session, "SELECT", relation.on, relation.owner), f"relation {relation.name}")
    if schema.id not in share.schemas:
        raise SqlError(f"ERROR: schema {schema.name} is not in datashare {share.name}")
    _put(share.relations, relation.id, what, share)


def _put(held: set[int], number: int, what: str, share: Datashare) -> None:
    if number in held:
        raise SqlError(f"ERROR: {what} is already in datashare {share.name}")
    held.add(number)


def _take(held: set[int], number: int, what: str, share: Datashare) -> None:
    if number not in held:
        raise SqlError(f"ERROR: {what} is not in datashare {share.name}")
    held.remove(number)
