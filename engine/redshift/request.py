"""What an invocation asks for, and of which warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Warehouse:
    """`compute`: the cluster's identifier, or the workgroup's name. `namespace`: its GUID."""

    kind: Literal["cluster", "serverless"]
    compute: str
    database: str
    namespace: str
    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.kind} `{self.compute}`, database `{self.database}` ({self.account}, {self.region})"


@dataclass(frozen=True, slots=True)
class View:
    """`columns`, sorted, of the table `of`: schema and name."""

    of: tuple[str, str]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A datashare and the schema of its name, for the account or namespace `consumer`."""

    name: str
    views: Mapping[str, View]
    consumer: str


@dataclass(frozen=True, slots=True)
class Direct:
    """A schema whose views a role reads in the same warehouse."""

    name: str
    views: Mapping[str, View]
    role: str


@dataclass(frozen=True, slots=True)
class Role:
    """A database role, and the user who holds it where sessions sign in as one."""

    name: str
    user: str | None


@dataclass(frozen=True, slots=True)
class Database:
    """The database `name` made of `share`, in which a role reads `views`. `account`: None for the same account."""

    name: str
    share: str
    account: str | None
    namespace: str
    schema: str
    views: frozenset[str]
    role: str


Wish = Share | Direct | Role | Database


@dataclass(frozen=True, slots=True)
class Request:
    """`before` is what stood for this invocation until now, where that is elsewhere, or is called or made otherwise.

    `claim`: nothing is to be made yet, but whoever asks will know that it may stand.
    """

    wish: Wish
    warehouse: Warehouse
    hash: str
    delete: bool
    before: Request | None = None
    claim: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    warehouse: Warehouse
    side: str
