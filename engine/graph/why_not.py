"""Why a principal cannot read something, and the least that would have to change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from engine.entitle import covering_agreements, requestable, taken
from engine.errors import DecisionError
from engine.graph.index import Access, AccessIndex, accesses, reaching
from engine.graph.names import Target
from engine.graph.obstacles import Obstacle, column_obstacles, question_obstacles
from engine.graph.weigh import question_seen
from engine.model.agreements import Agreement
from engine.model.decided import AccessRole, Decisions, Question
from engine.model.mesh import Mesh
from engine.model.products import Column, Product

_Columns = list[tuple[str, Column]]
"""Columns, each with its table's name."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column that a way does not give, and what withholds it."""

    table: str
    column: str
    by: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the principal could read the target: a question, and an agreement that covers it, or none yet.

    `obstacles` stand before every column alike; `withheld` are the columns that would be missing still without them.
    `smallest` are the fewest conditions whose change would give one column that is asked for: the obstacles, and what
    withholds the column that fewest withhold. Each unmet requirement, bound or shortfall counts as one.
    """

    question: Question
    agreement: Agreement | None
    obstacles: tuple[Obstacle, ...]
    withheld: tuple[Withheld, ...]
    smallest: tuple[Obstacle, ...]
    requestable: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What keeps a principal from a target.

    `entitled` is what it can read of the target, granted or unrealised with the reason; `wanted` are the (table,
    column) of the target that it cannot read. `personas` are those it holds; `would_do` those it does not hold, that
    suit its kind, and by which others read something of what is asked for. `ways` are sorted, nearest first.
    """

    principal: str
    target: Target
    entitled: tuple[Access, ...]
    wanted: tuple[tuple[str, str], ...]
    personas: tuple[str, ...]
    would_do: tuple[str, ...]
    ways: tuple[Way, ...]

    @property
    def nearest(self) -> Way | None:
        """The way with the fewest unmet conditions; None when nothing has to change, or no persona is held."""
        return self.ways[0] if self.ways and not (self.entitled and not self.wanted) else None


def questions_for(mesh: Mesh, principal: str, product: str) -> list[Question]:
    """Every question that the principal could have asked: each of its personas, with each purpose and account."""
    return [
        Question(AccessRole(persona.id, purpose, account), product)
        for persona in mesh.personas
        if principal in mesh.holders(persona.id)
        for purpose in persona.purposes
        for account in persona.accounts
    ]


def why_not(
    mesh: Mesh, decisions: Decisions, extra: Decisions, index: AccessIndex, principal: str, target: Target
) -> WhyNot:
    """What keeps the principal from the target. `extra` answers `questions_for(mesh, principal, target.product)`.

    The ways are over the personas that the principal holds: each of their questions under each agreement that covers
    it, and without an agreement where none is pending or still runs, since one could be requested there. **Smallest**
    means: the fewest unmet conditions over all ways, to read at least one wanted column (where nothing is wanted, one
    of the target that the way does not give). Between equals a way that can be requested comes first, then the order
    of question and agreement. Other facts may be changed to the same end at more places; no fewer conditions will do,
    as long as the principal's personas stay. Raises DecisionError when a question is not answered.
    """
    if (extra.now, extra.rules.policy_hash) != (decisions.now, decisions.rules.policy_hash):
        raise DecisionError("the further questions were answered at another instant, or under other policies")
    product = mesh.product[target.product]
    personas = index.personas.get(principal, ())
    entitled = [
        access
        for entitlement in reaching(index, target)
        if entitlement.role.persona in personas
        for access in accesses(index, entitlement, target)
    ]
    readable = {(access.table, column) for access in entitled for column in access.columns}
    columns = _columns(product, target)
    wanted = [(table, column) for table, column in columns if (table, column.name) not in readable]
    asked = wanted or columns
    everything = replace(decisions, access={**decisions.access, **extra.access})
    ways = [
        way
        for question in questions_for(mesh, principal, product.id)
        for agreement in _agreements(mesh, question, decisions.now)
        if (way := _way(mesh, everything, question, agreement, asked)).smallest
    ]
    ways.sort(key=lambda way: (len(way.smallest), not way.requestable))
    return WhyNot(
        principal=principal,
        target=target,
        entitled=tuple(sorted(entitled, key=lambda access: access.order)),
        wanted=tuple((table, column.name) for table, column in wanted),
        personas=personas,
        would_do=_would_do(mesh, index, principal, target, asked),
        ways=tuple(ways),
    )


def _columns(product: Product, target: Target) -> _Columns:
    return sorted(
        (
            (table.name, column)
            for table in product.tables
            if target.table in {None, table.name}
            for column in table.columns
            if target.column in {None, column.name}
        ),
        key=lambda item: (item[0], item[1].name),
    )


def _agreements(mesh: Mesh, question: Question, now: datetime) -> list[Agreement | None]:
    """The agreements that cover a question; and None, first, where another could be requested."""
    covering = covering_agreements(mesh, question)
    return list(covering) if taken(mesh, question, now) else [None, *covering]


def _way(mesh: Mesh, decisions: Decisions, question: Question, agreement: Agreement | None, asked: _Columns) -> Way:
    if question not in decisions.access:
        raise DecisionError(f"question `{question.id}` is not answered")
    decision = decisions.access[question]
    seen = question_seen(mesh, decisions.now, question)
    obstacles = tuple(question_obstacles(mesh, decisions, decision, agreement, seen))
    columns = [
        Withheld(table, column.name, tuple(column_obstacles(decisions, decision, agreement, table, column, seen)))
        for table, column in asked
    ]
    # the columns that this way gives already are not what is asked of it
    missing = columns if obstacles else [column for column in columns if column.by]
    if columns:
        fewest = min(missing, key=_cost).by if missing else ()
    else:
        fewest = (Obstacle("columns", f"product `{question.product}` declares no columns there"),)
    return Way(
        question=question,
        agreement=agreement,
        obstacles=obstacles,
        withheld=tuple(column for column in columns if column.by),
        smallest=(*obstacles, *fewest),
        requestable=requestable(mesh, decision, decisions.rules, decisions.now),
    )


def _cost(withheld: Withheld) -> tuple[int, bool]:
    """Fewest conditions first; between equals an unclassified column last, since rules may withhold it afterwards."""
    return len(withheld.by), any(obstacle.kind == "unclassified" for obstacle in withheld.by)


def _would_do(mesh: Mesh, index: AccessIndex, principal: str, target: Target, asked: _Columns) -> tuple[str, ...]:
    names = {(table, column.name) for table, column in asked}
    kind = "job" if mesh.principal[principal].kind == "person" else "application"
    return tuple(
        sorted(
            {
                entitlement.role.persona
                for entitlement in reaching(index, target)
                if entitlement.role.persona not in index.personas.get(principal, ())
                and mesh.persona[entitlement.role.persona].kind == kind
                and any(
                    (access.table, column) in names
                    for access in accesses(index, entitlement, target)
                    for column in access.columns
                )
            }
        )
    )
