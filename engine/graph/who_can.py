"""Who can read this column, table or product."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.index import Access, AccessIndex
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
    raise NotImplementedError
