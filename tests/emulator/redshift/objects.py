"""What stands in a warehouse's catalogue.

Grants name objects by their number, as Redshift's own catalogue does: an object dropped and made anew under the same
name holds none of the old one's. Numbers are never used twice, in no warehouse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

ADMIN = "admin"
"""The superuser that every namespace begins with."""


@dataclass
class User:
    name: str
    id: int
    superuser: bool = False
    createdb: bool = False
    unrestricted: bool = False
    """SYSLOG ACCESS UNRESTRICTED"""


@dataclass
class Role:
    name: str
    id: int
    owner: str


@dataclass(frozen=True, slots=True)
class Grantee:
    kind: Literal["user", "role", "public"]
    name: str = "public"


PUBLIC = Grantee("public")


@dataclass(frozen=True, slots=True)
class Membership:
    role: str
    grantee: Grantee
    admin: bool = False


@dataclass(frozen=True, slots=True)
class On:
    """What a grant is on. `shared`: the number of the database made from a datashare, where it lies in one; `number` is
    then the producer's, and `path` the name that it had. Of a column, `number` is its relation's, and `path` its name.
    """

    kind: Literal["database", "schema", "relation", "column", "datashare", "system"]
    number: int = 0
    shared: int | None = None
    path: tuple[str, ...] = ()


SYSTEM = On("system")


@dataclass(frozen=True, slots=True)
class Grant:
    grantee: Grantee
    privilege: str
    on: On
    option: bool = False
    """WITH GRANT OPTION"""


@dataclass
class Relation:
    """A table, or a view with its query: tables in it are called `r<number>`, as their rows are in DuckDB."""

    id: int
    name: str
    owner: str
    columns: dict[str, str]
    """Name to type, in order."""
    query: str | None = None
    definition: str | None = None
    """The query as PG_VIEWS prints it."""
    reads: frozenset[int] = frozenset()

    @property
    def kind(self) -> str:
        return "table" if self.query is None else "view"

    @property
    def on(self) -> On:
        return On("relation", self.id)


@dataclass
class Schema:
    id: int
    name: str
    owner: str
    relations: dict[str, Relation] = field(default_factory=dict)

    @property
    def on(self) -> On:
        return On("schema", self.id)

    def copy(self) -> Schema:
        return replace(self, relations={name: replace(held) for name, held in self.relations.items()})


@dataclass(frozen=True, slots=True)
class Source:
    """The datashare that a database was made from."""

    account: str
    namespace: str
    share: str


@dataclass
class Database:
    """Local, or made from a datashare: then its schemas are the producer's, and `schemas` is empty."""

    id: int
    name: str
    owner: str
    schemas: dict[str, Schema] = field(default_factory=dict)
    source: Source | None = None
    with_permissions: bool = False

    @property
    def on(self) -> On:
        return On("database", self.id)

    def copy(self) -> Database:
        return replace(self, schemas={name: held.copy() for name, held in self.schemas.items()})

    def relations(self) -> Iterator[tuple[Schema, Relation]]:
        for schema in self.schemas.values():
            for relation in schema.relations.values():
                yield schema, relation


@dataclass
class Association:
    """What the API knows of one account's use of a datashare.

    `status` is the producer's view: PENDING_AUTHORIZATION, AUTHORIZED, ACTIVE, DEAUTHORIZED or REJECTED.
    """

    account: str
    created: datetime
    changed: datetime
    status: str = "PENDING_AUTHORIZATION"
    namespaces: dict[str, datetime] = field(default_factory=dict)
    """The associated namespaces' ARNs, and since when."""

    def become(self, status: str, now: datetime) -> None:
        self.status, self.changed = status, now

    def as_consumer_sees(self) -> str:
        return "AVAILABLE" if self.status == "AUTHORIZED" else self.status


@dataclass
class Datashare:
    """`schemas` and `relations` by number; `consumers`: accounts and namespaces with USAGE, and since when."""

    name: str
    id: int
    arn: str
    account: str
    namespace: str
    database: str
    owner: str
    created: datetime
    public: bool = False
    schemas: set[int] = field(default_factory=set)
    relations: set[int] = field(default_factory=set)
    include_new: set[int] = field(default_factory=set)
    """Schemas whose future objects come into the datashare."""
    consumers: dict[str, datetime] = field(default_factory=dict)
    associations: dict[str, Association] = field(default_factory=dict)
    """By account: those that another account's USAGE has made."""

    @property
    def on(self) -> On:
        return On("datashare", self.id)

    def copy(self) -> Datashare:
        return replace(
            self,
            schemas=set(self.schemas),
            relations=set(self.relations),
            include_new=set(self.include_new),
            consumers=dict(self.consumers),
            associations={
                account: replace(held, namespaces=dict(held.namespaces)) for account, held in self.associations.items()
            },
        )


@dataclass
class State:
    """What a transaction takes back: all of a namespace but its identity and its rows."""

    databases: dict[str, Database] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    members: set[Membership] = field(default_factory=set)
    grants: set[Grant] = field(default_factory=set)
    shares: dict[str, Datashare] = field(default_factory=dict)

    def copy(self) -> State:
        """So that changes of one are not seen in the other."""
        return State(
            {name: held.copy() for name, held in self.databases.items()},
            {name: replace(held) for name, held in self.users.items()},
            {name: replace(held) for name, held in self.roles.items()},
            set(self.members),
            set(self.grants),
            {name: held.copy() for name, held in self.shares.items()},
        )

    def drop_grants_on(self, *things: On) -> None:
        self.grants = {grant for grant in self.grants if grant.on not in things}

    def drop_grants_in(self, database: Database) -> None:
        """What is held on a database made from a datashare, and in it."""
        self.grants = {held for held in self.grants if held.on != database.on and held.on.shared != database.id}
