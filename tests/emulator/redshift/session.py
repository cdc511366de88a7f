"""One connection to a database, as one user: what names mean in it, and which statement does what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.emulator.redshift.catalogue import Namespace, Warehouses
from tests.emulator.redshift.grammar import Match, Path, match, syntax_error, tokens
from tests.emulator.redshift.objects import Database, Datashare, On, Relation, Schema, State
from tests.emulator.redshift.outcome import Result, SqlError

Run = Callable[["Session", Match], Result | None]


@dataclass(frozen=True, slots=True)
class Statement:
    syntax: str
    page: str
    """Of https://docs.aws.amazon.com/redshift/latest/dg/"""
    run: Run


STATEMENTS: list[Statement] = []


def statement(syntax: str, page: str) -> Callable[[Run], Run]:
    """The function that runs what is of this syntax; without a result it returns None."""

    def register(run: Run) -> Run:
        STATEMENTS.append(Statement(syntax, page, run))
        return run

    return register


@dataclass(frozen=True, slots=True)
class Place:
    """A schema as seen from a session: what of it there is, by name, and what grants on it are on."""

    database: Database
    schema: Schema
    owner: str
    on: On
    relations: dict[str, Relation]

    def on_relation(self, relation: Relation) -> On:
        if self.on.shared is None:
            return relation.on
        return On("relation", relation.id, self.on.shared, (self.schema.name, relation.name))

    def owner_of(self, relation: Relation) -> str:
        return relation.owner if self.on.shared is None else self.owner


@dataclass
class Session:
    namespace: Namespace
    database_name: str
    user: str
    roles: frozenset[str]
    """Database roles of this session alone, beside the user's own."""
    transaction: bool

    @property
    def state(self) -> State:
        return self.namespace.state

    @property
    def warehouses(self) -> Warehouses:
        return self.namespace.warehouses

    @property
    def database(self) -> Database:
        return self.state.databases[self.database_name]

    def run(self, text: str) -> Result:
        """Raises SqlError; what is of no known syntax is a syntax error, and nothing of it happens."""
        from tests.emulator.redshift import query, statements

        words = tokens(text)
        if words and words[0].word in ("SELECT", "WITH"):
            return query.select(self, text)
        for known in statements.ALL:
            if found := match(known.syntax, text):
                return known.run(self, found) or Result()
        raise syntax_error(text)

    def must_be_alone(self, what: str) -> None:
        """For what AWS does not run within a transaction block."""
        if self.transaction:
            raise SqlError(f"ERROR: {what} cannot run inside a transaction block")

    # --- what names mean ---------------------------------------------------------------------------------------------

    def database_named(self, name: str) -> Database:
        if name not in self.state.databases:
            raise SqlError(f'ERROR: database "{name}" does not exist')
        return self.state.databases[name]

    def share_named(self, name: str) -> Datashare:
        if name not in self.state.shares:
            raise SqlError(f'ERROR: Datashare "{name}" does not exist')
        return self.state.shares[name]

    def places(self, database: Database) -> dict[str, Place]:
        """The schemas of a database. Of one made from a datashare: what the datashare holds, while it can be used."""
        if database.source is None:
            return {s.name: Place(database, s, s.owner, s.on, s.relations) for s in database.schemas.values()}
        share = self.warehouses.share_behind(database.source, self.namespace)
        if share is None:
            return {}
        producer = self.warehouses.of_namespace(share.namespace).state.databases[share.database]
        return {
            schema.name: Place(
                database,
                schema,
                database.owner,
                On("schema", schema.id, database.id, (schema.name,)),
                {name: held for name, held in schema.relations.items() if held.id in share.relations},
            )
            for schema in producer.schemas.values()
            if schema.id in share.schemas
        }

    def place(self, path: Path) -> Place:
        """`schema` of the current database, or `database.schema`."""
        if len(path.parts) > 2:
            raise SqlError(f"ERROR: improper schema name: {path}")
        database = self.database_named(path.parts[0]) if len(path.parts) == 2 else self.database
        held = self.places(database).get(path.parts[-1])
        if held is None:
            raise SqlError(f'ERROR: schema "{path.parts[-1]}" does not exist')
        return held

    def place_of(self, path: Path) -> Place:
        """The schema of a relation; without one, `public`, as the search path is `$user, public` by default
        (https://docs.aws.amazon.com/redshift/latest/dg/r_search_path.html)."""
        return self.place(Path(path.parts[:-1]) if len(path.parts) > 1 else Path(("public",)))

    def relation(self, path: Path) -> tuple[Place, Relation]:
        """Raises SqlError where there is none, or none that this session can know of."""
        place = self.place_of(path)
        held = place.relations.get(path.parts[-1])
        if held is None:
            raise no_relation(path)
        return place, held

    def local(self, path: Path) -> tuple[Place, Relation]:
        """A relation of the current database."""
        place, held = self.relation(path)
        if place.database is not self.database:
            raise SqlError(f'ERROR: "{path}" is not in the current database')
        return place, held


def no_relation(path: Path) -> SqlError:
    return SqlError(f'ERROR: relation "{path}" does not exist')
