"""Changes counted by principal, persona, product and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from engine.graph.changes import Shift, TableChange


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one principal, persona, product or column: how often a column changed for a principal, purpose and account.

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
    """`personal` as `kinds`, of personal data alone; `columns` by table."""

    kinds: Counter[str] = field(default_factory=Counter)
    personal: Counter[str] = field(default_factory=Counter)
    columns: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, change: TableChange, principals: int) -> None:
        kind = change.kind
        self.kinds[kind] += len(change.columns) * principals
        if change.personal:
            self.personal[kind] += len(change.personal) * principals
        self.columns.setdefault((change.product, change.table), set()).update(change.columns)

    def tally(self, name: str, principals: int) -> Tally:
        return Tally(
            name,
            gained_personal=self.personal["gained"],
            gained=self.kinds["gained"],
            lost_personal=self.personal["lost"],
            lost=self.kinds["lost"],
            realised=self.kinds["realised"],
            unrealised=self.kinds["unrealised"],
            principals=principals,
            columns=sum(len(columns) for columns in self.columns.values()),
        )


def tally_all(shifts: Sequence[Shift]) -> Tally:
    """Everything in one tally, under the name `total`."""
    return next(iter(_tally_by(shifts, lambda _: ("total",))), Tally("total"))


def tally_principals(shifts: Sequence[Shift]) -> tuple[Tally, ...]:
    """One tally for each principal, sorted by `Tally.order`."""
    tallies = []
    for shift in shifts:
        alike = _Count()
        for change in shift.changes:
            alike.add(change, 1)
        tallies += [alike.tally(principal, 1) for principal in shift.principals]
    return _sorted(tallies)


def tally_personas(shifts: Sequence[Shift]) -> tuple[Tally, ...]:
    """One tally for each persona, sorted by `Tally.order`; a column read by several personas counts for each."""
    return _tally_by(shifts, lambda change: change.personas)


def tally_products(shifts: Sequence[Shift]) -> tuple[Tally, ...]:
    """One tally for each product, sorted by `Tally.order`."""
    return _tally_by(shifts, lambda change: (change.product,))


def tally_columns(shifts: Sequence[Shift]) -> tuple[Tally, ...]:
    """One tally for each column, `<product>/<table>/<column>`, sorted by `Tally.order`."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for shift in shifts:
        for place in {(change.product, change.table, column) for change in shift.changes for column in change.columns}:
            counts.setdefault(place, Counter())["principals"] += len(shift.principals)
    for change, principals in _seen_by(shifts).items():
        kind, personal = change.kind, f"{change.kind}_personal"
        for column in change.columns:
            count = counts[change.product, change.table, column]
            count[kind] += principals
            if column in change.personal and kind in {"gained", "lost"}:
                count[personal] += principals
    return _sorted(Tally("/".join(place), **count, columns=1) for place, count in counts.items())


def _tally_by(shifts: Sequence[Shift], names: Callable[[TableChange], tuple[str, ...]]) -> tuple[Tally, ...]:
    counts: dict[str, _Count] = {}
    for change, principals in _seen_by(shifts).items():
        for name in names(change):
            counts.setdefault(name, _Count()).add(change, principals)
    reached: Counter[str] = Counter()
    for shift in shifts:
        for name in {name for change in shift.changes for name in names(change)}:
            reached[name] += len(shift.principals)
    return _sorted(count.tally(name, reached[name]) for name, count in counts.items())


def _seen_by(shifts: Sequence[Shift]) -> Counter[TableChange]:
    """Change → how many principals see it."""
    seen: Counter[TableChange] = Counter()
    for shift in shifts:
        for change in shift.changes:
            seen[change] += len(shift.principals)
    return seen


def _sorted(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    return tuple(sorted(tallies, key=lambda tally: tally.order))
