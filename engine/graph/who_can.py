"""Who can read this column, table or product."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.graph.index import Access, AccessIndex, accesses, columns_within, reaching
from engine.graph.names import Target


@dataclass(frozen=True, slots=True)
class Readers:
    """What can be read by one entitlement of one table of the target, and the principals that can read it so."""

    access: Access
    principals: frozenset[str]


def readers_of(index: AccessIndex, target: Target, *, granted: bool = False) -> frozenset[str]:
    """The principals that can read something of the target; with `granted`, only what is granted counts."""
    personas = {
        entitlement.role.persona
        for entitlement in reaching(index, target)
        if (tables := columns_within(entitlement, target))
        and (not granted or any((entitlement.id, table) not in index.unrealised for table in tables))
    }
    return frozenset[str]().union(*(index.holders[persona] for persona in personas))


def who_can(index: AccessIndex, target: Target) -> tuple[Readers, ...]:
    """By what anybody can read something of the target: a row for each entitlement and table that somebody can use.

    Exact to the column: `access.columns` are those of the target alone. Sorted by persona, purpose, account, product,
    table and agreement.
    """
    # INVARIANT: exactly `can_read` of docs/model.md: tests/unit/graph/test_exact.py
    readers = [
        Readers(access, principals)
        for entitlement in reaching(index, target)
        if (principals := index.holders[entitlement.role.persona])
        for access in accesses(index, entitlement, target)
    ]
    return tuple(sorted(readers, key=lambda row: row.access.order))


def by_principal(readers: Iterable[Readers]) -> list[tuple[str, Access]]:
    """The same with a row for each principal: sorted by principal, then as before."""
    rows = [(principal, row.access) for row in readers for principal in row.principals]
    return sorted(rows, key=lambda row: (row[0], row[1].order))
