"""What a principal, or whoever holds a persona, can read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.index import Access, AccessIndex, accesses
from engine.graph.names import Holder
from engine.model.decided import Entitlement


def columns_of(index: AccessIndex, holder: Holder, *, granted: bool = False) -> dict[tuple[str, str], tuple[str, ...]]:
    """(product, table) → the columns that can be read, for whatever purpose; with `granted`, only what is granted."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for entitlement in _entitled(index, holder):
        for table, columns in entitlement.columns.items():
            if granted and (entitlement.id, table) in index.unrealised:
                continue
            place = entitlement.product, table
            known = found.setdefault(place, columns)
            if known != columns:
                found[place] = tuple(sorted({*known, *columns}))
    return found


def what_can(index: AccessIndex, holder: Holder) -> tuple[Access, ...]:
    """One row for each entitlement and table, sorted by persona, purpose, account, product, table and agreement.

    Rows of different purposes never add up: each is read in a session of its own access role.
    """
    found = [access for entitlement in _entitled(index, holder) for access in accesses(index, entitlement)]
    return tuple(sorted(found, key=lambda access: access.order))


def _entitled(index: AccessIndex, holder: Holder) -> Iterator[Entitlement]:
    personas = index.personas.get(holder.name, ()) if holder.kind == "principal" else (holder.name,)
    for persona in personas:
        yield from index.by_persona.get(persona, ())
