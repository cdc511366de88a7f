"""Why a principal cannot read something, and the least that would have to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.graph.index import Access
from engine.graph.names import Target
from engine.graph.weigh import WeighedFact
from engine.model.agreements import Agreement
from engine.model.decided import Decisions, Question, Rule
from engine.model.mesh import Mesh
from engine.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One unmet condition. `rule` is the requirement, if it is one, with the facts it weighed; `text` says it in words.

    `signers` are, for an approval, (signature, approver) of everybody who could sign now.
    """

    kind: Literal[
        "agreement", "state", "term", "approval", "requirement", "session", "unclassified", "column", "bound", "columns"
    ]
    text: str
    rule: Rule | None = None
    facts: tuple[WeighedFact, ...] = ()
    signers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """A column of the target that this way does not give, and by whom it is withheld."""

    table: str
    column: str
    by: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the principal could read the target: a question, and an agreement that covers it, or none yet.

    `obstacles` stand before every column; `withheld` are the columns that would still be missing without them.
    `smallest` are the obstacles and what withholds the column that is withheld by fewest.
    """

    question: Question
    agreement: Agreement | None
    obstacles: tuple[Obstacle, ...]
    withheld: tuple[Withheld, ...]
    smallest: tuple[Obstacle, ...]
    requestable: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """`entitled` is what the principal can read of the target, granted or unrealised with the reason.

    `wanted` are the (table, column) of the target that it cannot read; `personas` those that the principal holds;
    `would_do` the personas by which others read something of what is wanted, and which suit this kind of principal.
    `ways` are sorted, nearest first.
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
        return self.ways[0] if self.ways else None


def questions_for(mesh: Mesh, principal: str, product: str) -> list[Question]:
    """Every question that the principal could have asked: each of its personas, with each purpose and account."""
    raise NotImplementedError


def why_not(mesh: Mesh, decisions: Decisions, extra: Decisions, plan: Plan, principal: str, target: Target) -> WhyNot:
    """What keeps the principal from the target. `extra` answers `questions_for(mesh, principal, target.product)`."""
    raise NotImplementedError
