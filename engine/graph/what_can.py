"""What a principal, or whoever holds a persona, can read."""

from __future__ import annotations

from engine.graph.index import Access, AccessIndex
from engine.graph.names import Holder


def what_can(index: AccessIndex, holder: Holder) -> tuple[Access, ...]:
    """One row for each entitlement and table, sorted by persona, purpose, account, product, table and agreement.

    Rows of different purposes never add up: each is read in a session of its own access role.
    """
    raise NotImplementedError
