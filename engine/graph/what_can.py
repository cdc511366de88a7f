"""What a principal, or whoever holds a persona, can read."""

from __future__ import annotations

from engine.graph.index import Access, AccessIndex, accesses
from engine.graph.names import Holder


def what_can(index: AccessIndex, holder: Holder) -> tuple[Access, ...]:
    """One row for each entitlement and table, sorted by persona, purpose, account, product, table and agreement.

    Rows of different purposes never add up: each is read in a session of its own access role.
    """
    personas = index.personas.get(holder.name, ()) if holder.kind == "principal" else (holder.name,)
    found = [
        access
        for persona in personas
        for entitlement in index.by_persona.get(persona, ())
        for access in accesses(index, entitlement)
    ]
    return tuple(sorted(found, key=lambda access: access.order))
