"""A small index beside the graph: who holds which persona, and which entitlements reach a table, each a look-up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from engine.graph.names import Target
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Access:
    """What one entitlement lets its access role read of one table, narrowed to what was asked; `columns` sorted.

    `unrealised` is None when it is granted; else it says the limit, its source, the reason and the way out.
    """

    entitlement: str
    agreement: str
    persona: str
    purpose: str
    account: str
    product: str
    table: str
    columns: tuple[str, ...]
    since: datetime
    until: datetime
    unrealised: Unrealised | None

    @property
    def granted(self) -> bool:
        return self.unrealised is None

    @property
    def status(self) -> str:
        return "granted" if self.granted else "entitled but unrealised"

    @property
    def order(self) -> tuple[str, ...]:
        """What rows are sorted by."""
        return self.persona, self.purpose, self.account, self.product, self.table, self.agreement


@dataclass(frozen=True, slots=True)
class AccessIndex:
    """Look-ups in microseconds. What is not held or not reached has no entry. Entitlements are sorted by id."""

    personas: dict[str, tuple[str, ...]]
    """Principal → the personas it holds, through any nesting of groups, sorted."""
    holders: dict[str, tuple[str, ...]]
    """Persona → the principals that hold it, sorted."""
    by_persona: dict[str, tuple[Entitlement, ...]]
    by_role: dict[str, tuple[Entitlement, ...]]
    """By the access role's id."""
    by_product: dict[str, tuple[Entitlement, ...]]
    by_table: dict[tuple[str, str], tuple[Entitlement, ...]]
    """By (product, table)."""
    unrealised: dict[tuple[str, str], Unrealised]
    """By (entitlement, table)."""


def index_access(mesh: Mesh, entitlements: Iterable[Entitlement], unrealised: Iterable[Unrealised]) -> AccessIndex:
    """The index of one run's entitlements."""
    ordered = sorted(entitlements, key=lambda entitlement: entitlement.id)
    holders = {persona.id: tuple(sorted(mesh.holders(persona.id))) for persona in mesh.personas}
    personas: dict[str, list[str]] = {}
    for persona, principals in sorted(holders.items()):
        for principal in principals:
            personas.setdefault(principal, []).append(persona)
    return AccessIndex(
        personas={principal: tuple(held) for principal, held in personas.items()},
        holders={persona: principals for persona, principals in holders.items() if principals},
        by_persona=_by(ordered, lambda entitlement: [entitlement.role.persona]),
        by_role=_by(ordered, lambda entitlement: [entitlement.role.id]),
        by_product=_by(ordered, lambda entitlement: [entitlement.product]),
        by_table=_by(ordered, lambda entitlement: [(entitlement.product, table) for table in entitlement.columns]),
        unrealised={(item.entitlement, item.table): item for item in unrealised},
    )


def reaching(index: AccessIndex, target: Target) -> tuple[Entitlement, ...]:
    """The entitlements that give something of the target's table or product; a column is not looked at."""
    if target.table is None:
        return index.by_product.get(target.product, ())
    return index.by_table.get((target.product, target.table), ())


def accesses(index: AccessIndex, entitlement: Entitlement, target: Target | None = None) -> list[Access]:
    """What an entitlement gives, table by table; of the target alone when one is named."""
    if target is not None and target.product != entitlement.product:
        return []
    found = []
    for table, names in sorted(entitlement.columns.items()):
        columns = names
        if target is not None and target.table not in {None, table}:
            continue
        if target is not None and target.column is not None:
            columns = tuple(name for name in names if name == target.column)
        if columns:
            found.append(_access(index, entitlement, table, columns))
    return found


def _access(index: AccessIndex, entitlement: Entitlement, table: str, columns: tuple[str, ...]) -> Access:
    return Access(
        entitlement=entitlement.id,
        agreement=entitlement.agreement,
        persona=entitlement.role.persona,
        purpose=entitlement.role.purpose,
        account=entitlement.role.account,
        product=entitlement.product,
        table=table,
        columns=columns,
        since=entitlement.start,
        until=entitlement.end,
        unrealised=index.unrealised.get((entitlement.id, table)),
    )


def _by(
    entitlements: Iterable[Entitlement], keys: Callable[[Entitlement], list[K]]
) -> dict[K, tuple[Entitlement, ...]]:
    found: dict[K, list[Entitlement]] = {}
    for entitlement in entitlements:
        for key in keys(entitlement):
            found.setdefault(key, []).append(entitlement)
    return {key: tuple(of) for key, of in found.items()}
