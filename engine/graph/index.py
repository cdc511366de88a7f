"""What the commands ask: who holds which persona, what reaches a table, which grants serve it, each a look-up."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from engine.graph.names import Target
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Grant, Plan, Unrealised

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


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
    """Look-ups in microseconds, prepared once for all questions to a run. Entitlements are sorted by id.

    Every persona has an entry in `holders`; elsewhere what is not held, reached or granted has none.
    """

    personas: dict[str, tuple[str, ...]]
    """Principal → the personas it holds, through any nesting of groups, sorted."""
    holders: dict[str, frozenset[str]]
    """Persona → the principals that hold it."""
    groups: dict[str, tuple[str, ...]]
    """Principal or group → the groups that name it as a member, sorted."""
    by_persona: dict[str, tuple[Entitlement, ...]]
    by_product: dict[str, tuple[Entitlement, ...]]
    by_table: dict[tuple[str, str], tuple[Entitlement, ...]]
    """By (product, table)."""
    unrealised: dict[tuple[str, str], Unrealised]
    """By (entitlement, table)."""
    grants: dict[str, tuple[Grant, ...]]
    """Entitlement → the grants that serve it, in the plan's order."""


def index_access(mesh: Mesh, plan: Plan) -> AccessIndex:
    """The index of one run."""
    ordered = sorted(plan.entitlements, key=lambda entitlement: entitlement.id)
    holders = {persona.id: mesh.holders(persona.id) for persona in mesh.personas}
    held = ((principal, persona) for persona in sorted(holders) for principal in holders[persona])
    memberships = ((member, group.id) for group in mesh.groups for member in group.members)
    return AccessIndex(
        personas=_grouped(held),
        holders=holders,
        groups=_grouped(sorted(memberships)),
        by_persona=_grouped((item.role.persona, item) for item in ordered),
        by_product=_grouped((item.product, item) for item in ordered),
        by_table=_grouped(((item.product, table), item) for item in ordered for table in item.columns),
        unrealised={(item.entitlement, item.table): item for item in plan.unrealised},
        grants=_grouped((entitlement, grant) for grant in plan.grants for entitlement in grant.entitlements),
    )


def reaching(index: AccessIndex, target: Target) -> tuple[Entitlement, ...]:
    """The entitlements that give something of the target's table or product; a column is not looked at."""
    if target.table is None:
        return index.by_product.get(target.product, ())
    return index.by_table.get((target.product, target.table), ())


def columns_within(entitlement: Entitlement, target: Target) -> dict[str, tuple[str, ...]]:
    """Table → columns that an entitlement gives of a target, both sorted; tables without any are left out."""
    if target.product != entitlement.product:
        return {}
    if target.table is None:
        return entitlement.columns
    columns = entitlement.columns.get(target.table, ())
    if target.column is not None:
        columns = (target.column,) if target.column in columns else ()
    return {target.table: columns} if columns else {}


def accesses(index: AccessIndex, entitlement: Entitlement, target: Target | None = None) -> list[Access]:
    """What an entitlement gives, table by table; of the target alone when one is named."""
    given = entitlement.columns if target is None else columns_within(entitlement, target)
    return [_access(index, entitlement, table, columns) for table, columns in given.items()]


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


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
