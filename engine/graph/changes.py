"""Which columns principals gain and lose: the exact difference between two versions, computed on sets.

What a principal reads is told apart by purpose and account, as sessions are: who could read a column for reporting and
now may read it for modelling too has gained it.

Principals that hold the same personas before, and the same after, see the same changes; and of a table, whoever reads
it by the same personas. Each is found once, so that a mesh of thousands of principals takes about a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised

Standing = Literal["none", "unrealised", "granted"]
"""Not entitled; entitled but unrealised; granted."""

Kind = Literal["gained", "lost", "realised", "unrealised"]
"""Gained, lost: by what was decided. Realised, unrealised: entitled before and after, granted only after or before."""

_Place = tuple[str, str, str, str]
"""Purpose, consumer account, product and table."""


@dataclass(frozen=True, slots=True)
class Version:
    """One side of a comparison: the facts, and what was decided and planned on them."""

    mesh: Mesh
    entitlements: tuple[Entitlement, ...]
    unrealised: tuple[Unrealised, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TableChange:
    """Columns of one table that changed alike for a purpose in an account; `personal` are those with personal data.

    `personas` are those by which the columns are read, or, when they are lost, were. One object stands in every shift
    that sees it, and is equal to itself only.
    """

    purpose: str
    account: str
    product: str
    table: str
    columns: tuple[str, ...]
    personal: frozenset[str]
    before: Standing
    after: Standing
    personas: tuple[str, ...]

    @property
    def kind(self) -> Kind:
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


@dataclass(slots=True)
class _Columns:
    """Columns of one table."""

    entitled: set[str] = field(default_factory=set)
    granted: set[str] = field(default_factory=set)

    def standing(self, column: str) -> Standing:
        if column not in self.entitled:
            return "none"
        return "granted" if column in self.granted else "unrealised"


_Reach = dict[str, dict[_Place, _Columns]]
"""Persona → purpose, account and table → columns."""


def find_shifts(before: Version, after: Version) -> tuple[Shift, ...]:
    """Everything that changed, for every principal of either version. Those who see no change are left out."""
    # INVARIANT: exactly the difference of `can_read` of docs/model.md, a purpose and account at a time:
    # tests/unit/graph/test_exact.py
    had, has = _reach(before), _reach(after)
    moved = {
        persona: {place for place in of.keys() | had[persona].keys() if of.get(place) != had[persona].get(place)}
        for persona, of in has.items()
        if persona in had
    }
    personal = _personal(before.mesh)
    for table, columns in _personal(after.mesh).items():
        personal[table] = personal.get(table, frozenset()) | columns
    held_before, held_after = _personas(before.mesh), _personas(after.mesh)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for principal in sorted(held_before.keys() | held_after.keys()):
        alike.setdefault((held_before.get(principal, ()), held_after.get(principal, ())), []).append(principal)
    known: dict[tuple[_Place, tuple[str, ...], tuple[str, ...]], tuple[TableChange, ...]] = {}
    shifts = []
    for (held, holds), principals in alike.items():
        places: set[_Place] = set()
        for persona in {*held, *holds}:
            if persona in held and persona in holds and persona in moved:
                places |= moved[persona]
            else:
                places |= had.get(persona, {}).keys() | has.get(persona, {}).keys()
        reading, reads = _readers(had, held), _readers(has, holds)
        changes: list[TableChange] = []
        for place in sorted(places):
            key = place, reading.get(place, ()), reads.get(place, ())
            if key not in known:
                known[key] = tuple(
                    _changes(
                        place,
                        {persona: had[persona][place] for persona in key[1]},
                        {persona: has[persona][place] for persona in key[2]},
                        personal.get(place[2:], frozenset()),
                    )
                )
            changes += known[key]
        if changes:
            shifts.append(Shift(tuple(principals), held, holds, tuple(changes)))
    return tuple(shifts)


def _readers(reach: _Reach, personas: tuple[str, ...]) -> dict[_Place, tuple[str, ...]]:
    """Table → those of the personas that read something of it, in their order."""
    readers: dict[_Place, tuple[str, ...]] = {}
    for persona in personas:
        for place in reach.get(persona, {}):
            readers[place] = (*readers.get(place, ()), persona)
    return readers


def _changes(
    place: _Place, had: dict[str, _Columns], has: dict[str, _Columns], personal: frozenset[str]
) -> Iterator[TableChange]:
    old, new = _union(had), _union(has)
    alike: dict[tuple[Standing, Standing, tuple[str, ...]], list[str]] = {}
    for column in sorted((old.entitled ^ new.entitled) | (old.granted ^ new.granted)):
        before, after = old.standing(column), new.standing(column)
        through = had if after == "none" else has
        personas = tuple(persona for persona, columns in through.items() if column in columns.entitled)
        alike.setdefault((before, after, personas), []).append(column)
    for (before, after, personas), columns in alike.items():
        yield TableChange(*place, tuple(columns), personal.intersection(columns), before, after, personas)


def _union(by_persona: dict[str, _Columns]) -> _Columns:
    if len(by_persona) == 1:
        return next(iter(by_persona.values()))
    return _Columns(
        set().union(*(columns.entitled for columns in by_persona.values())),
        set().union(*(columns.granted for columns in by_persona.values())),
    )


def _reach(version: Version) -> _Reach:
    refused = {(item.entitlement, item.table) for item in version.unrealised}
    reach: _Reach = {}
    for entitlement in version.entitlements:
        by_place = reach.setdefault(entitlement.role.persona, {})
        for table, columns in entitlement.columns.items():
            place = entitlement.role.purpose, entitlement.role.account, entitlement.product, table
            of = by_place.setdefault(place, _Columns())
            of.entitled.update(columns)
            if (entitlement.id, table) not in refused:
                of.granted.update(columns)
    return reach


def _personas(mesh: Mesh) -> dict[str, tuple[str, ...]]:
    """Principal → the personas that it holds, sorted."""
    held: dict[str, list[str]] = {}
    for persona in sorted(mesh.persona):
        for principal in mesh.holders(persona):
            held.setdefault(principal, []).append(persona)
    return {principal: tuple(personas) for principal, personas in held.items()}


def _personal(mesh: Mesh) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (product.id, table.name): frozenset(column.name for column in table.columns if column.personal)
        for product in mesh.products
        for table in product.tables
    }
