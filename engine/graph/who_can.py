"""Who can read this column, table or product."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.index import Access, AccessIndex, accesses, reaching
from engine.graph.names import Target


@dataclass(frozen=True, slots=True)
class Reader:
    """A principal, and what it can read by one entitlement of one table of the target."""

    principal: str
    access: Access


def who_can(index: AccessIndex, target: Target) -> tuple[Reader, ...]:
    """Everybody who can read something of the target: one row for each principal, entitlement and table.

    Exact to the column: `access.columns` are those of the target alone. Sorted by principal, persona, purpose, account,
    product, table and agreement.
    """
    # INVARIANT: exactly `can_read` of docs/model.md: tests/unit/graph/test_exact.py
    readers = [
        Reader(principal, access)
        for entitlement in reaching(index, target)
        for access in accesses(index, entitlement, target)
        for principal in index.holders.get(entitlement.role.persona, ())
    ]
    return tuple(sorted(readers, key=lambda reader: (reader.principal, *reader.access.order)))
