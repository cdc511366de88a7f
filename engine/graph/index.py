"""A small index beside the graph: who holds which persona, and which entitlements reach a table, each a look-up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from engine.graph.names import Target
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised


@dataclass(frozen=True, slots=True)
class Access:
    """What one entitlement lets its access role read of one table, narrowed to what was asked; `columns` sorted."""

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
    """None: granted. Else entitled but unrealised, with limit, source, reason and way out."""

    @property
    def granted(self) -> bool:
        return self.unrealised is None

    @property
    def status(self) -> str:
        return "granted" if self.granted else "entitled but unrealised"


@dataclass(frozen=True, slots=True)
class AccessIndex:
    """Look-ups in microseconds. Every tuple of entitlements is sorted by id."""

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
    raise NotImplementedError


def accesses(index: AccessIndex, entitlement: Entitlement, target: Target | None = None) -> list[Access]:
    """What an entitlement gives, table by table; of the target alone when one is named."""
    raise NotImplementedError
