"""Changes counted by principal, persona, product and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from engine.graph.changes import Shift, TableChange

Split = Callable[[TableChange], Iterable[tuple[str, tuple[str, ...]]]]
"""A change's columns, by the names under which they are counted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one principal, persona, product or column: how many (principal, column) pairs changed, and how.

    `principals` and `columns` count each once to which anything happened.
    """

    name: str
    gained_personal: int = 0
    gained: int = 0
    lost_personal: int = 0
    lost: int = 0
    realised: int = 0
    unrealised: int = 0
    principals: int = 0
    columns: int = 0

    @property
    def order(self) -> tuple[int | str, ...]:
        """Personal data first, then the most."""
        return -self.gained_personal, -self.lost_personal, -self.gained, -self.lost, -self.columns, self.name


@dataclass(slots=True)
class _Count:
    kinds: dict[str, int] = field(default_factory=dict)
    principals: int = 0
    columns: set[tuple[str, str, str]] = field(default_factory=set)

    def add(self, change: TableChange, columns: tuple[str, ...], principals: int) -> None:
        self.columns.update((change.product, change.table, column) for column in columns)
        self.kinds[change.kind] = self.kinds.get(change.kind, 0) + len(columns) * principals
        personal = f"{change.kind}_personal"
        self.kinds[personal] = self.kinds.get(personal, 0) + len(change.personal.intersection(columns)) * principals

    def tally(self, name: str) -> Tally:
        return Tally(
            name,
            gained_personal=self.kinds.get("gained_personal", 0),
            gained=self.kinds.get("gained", 0),
            lost_personal=self.kinds.get("lost_personal", 0),
            lost=self.kinds.get("lost", 0),
            realised=self.kinds.get("realised", 0),
            unrealised=self.kinds.get("unrealised", 0),
            principals=self.principals,
            columns=len(self.columns),
        )


def tally_by(shifts: Iterable[Shift], split: Split) -> tuple[Tally, ...]:
    """One tally for each name that `split` gives, sorted by `Tally.order`."""
    counts: dict[str, _Count] = {}
    for shift in shifts:
        named: set[str] = set()
        for change in shift.changes:
            for name, columns in split(change):
                counts.setdefault(name, _Count()).add(change, columns, len(shift.principals))
                named.add(name)
        for name in named:
            counts[name].principals += len(shift.principals)
    return _sorted(count.tally(name) for name, count in counts.items())


def tally_principals(shifts: Iterable[Shift]) -> tuple[Tally, ...]:
    """One tally for each principal, sorted by `Tally.order`."""
    return _sorted(
        replace(tally, name=principal)
        for shift in shifts
        for tally in tally_by([replace(shift, principals=shift.principals[:1])], in_total)
        for principal in shift.principals
    )


def in_total(change: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "total", change.columns


def by_persona(change: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A column read by several personas counts for each."""
    for persona in change.personas:
        yield persona, change.columns


def by_product(change: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield change.product, change.columns


def by_column(change: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    for column in change.columns:
        yield f"{change.product}/{change.table}/{column}", (column,)


def _sorted(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda tally: tally.order))
