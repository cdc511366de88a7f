"""What a change gives and takes, exact to the principal and the column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised

Standing = Literal["none", "unrealised", "granted"]
"""Not entitled; entitled but unrealised; granted."""
Kind = Literal["gained", "lost", "realised", "unrealised"]
"""Gained and lost: by what was decided. The others: entitled before and after, but granted only after, or only before."""
FailOn = Literal["gained-personal", "gained", "lost", "any"]


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a comparison."""

    mesh: Mesh
    entitlements: tuple[Entitlement, ...]
    unrealised: tuple[Unrealised, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One principal, one column: what changed. `personas` are those by which it is, or was, read."""

    principal: str
    product: str
    table: str
    column: str
    personal: bool
    change: Kind
    before: Standing
    after: Standing
    personas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableChange:
    """Columns of one table that changed alike; `personal` are those of them that hold personal data."""

    product: str
    table: str
    columns: tuple[str, ...]
    personal: frozenset[str]
    before: Standing
    after: Standing
    personas: tuple[str, ...]

    @property
    def change(self) -> Kind:
        if self.before == "none":
            return "gained"
        if self.after == "none":
            return "lost"
        return "realised" if self.after == "granted" else "unrealised"


@dataclass(frozen=True, slots=True)
class Shift:
    """Principals that held the same personas before, and hold the same after: all of them see the same changes."""

    principals: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    changes: tuple[TableChange, ...]


@dataclass(frozen=True, slots=True)
class EntitlementChange:
    """An entitlement gained (`before` is None), lost (`after` is None) or changed; `texts` say how it changed."""

    id: str
    before: Entitlement | None
    after: Entitlement | None
    texts: tuple[str, ...]

    @property
    def change(self) -> Literal["gained", "lost", "changed"]:
        return "gained" if self.before is None else "lost" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one principal, persona, product or column: how many (principal, column) were gained and lost.

    `principals` and `columns` count each once that gained or lost something. Sorted: personal data first, then most.
    """

    name: str
    gained_personal: int
    gained: int
    lost_personal: int
    lost: int
    principals: int
    columns: int


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change gives and takes. `total` is the tally of everything, under the name `total`."""

    shifts: tuple[Shift, ...]
    entitlements: tuple[EntitlementChange, ...]
    total: Tally
    by_principal: tuple[Tally, ...]
    by_persona: tuple[Tally, ...]
    by_product: tuple[Tally, ...]
    by_column: tuple[Tally, ...]

    def rows(self) -> Iterator[Row]:
        """Every principal and column that changed: personal data first, then by principal, product, table, column."""
        raise NotImplementedError


def compare(before: Version, after: Version) -> Impact:
    """The exact difference of who can read what.

    A column counts as personal when either version declares it so: who relabels it gives away no less.
    """
    raise NotImplementedError


def fails(impact: Impact, on: FailOn) -> bool:
    """Whether a check that forbids such changes fails; `any` is any change of rows or entitlements."""
    raise NotImplementedError
