"""Why a principal can read something: the whole chain, from the directory to the grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.graph.index import Access
from engine.graph.names import Target
from engine.graph.weigh import Weighed
from engine.model.agreements import Agreement, Approval
from engine.model.decided import Decisions, Entitlement
from engine.model.facts import Account, Persona, Purpose
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.model.products import Product


@dataclass(frozen=True, slots=True)
class Chain:
    """One entitlement by which a principal reads (part of) a target, with everything that it rests on.

    `groups` is the shortest way from a group that names the principal to one of the persona's groups; `memberships`
    are all edges (member, group) on any such way, `member` being a group or the principal. `requirements` are all
    question, column, session and approval requirements, the column requirements narrowed to the classes of the columns
    that are read. `grants` are the ids of the plan's grants that realise what is granted of `accesses`.
    """

    principal: str
    target: Target
    groups: tuple[str, ...]
    memberships: tuple[tuple[str, str], ...]
    persona: Persona
    purpose: Purpose
    account: Account
    product: Product
    agreement: Agreement
    entitlement: Entitlement
    activated: datetime
    approvals: tuple[Approval, ...]
    """Those that count, in the order of time."""
    requirements: tuple[Weighed, ...]
    accesses: tuple[Access, ...]
    """Table by table, granted or unrealised with the reason."""
    grants: tuple[str, ...]


def why(mesh: Mesh, decisions: Decisions, plan: Plan, principal: str, target: Target) -> tuple[Chain, ...]:
    """A chain for each entitlement by which `principal` reads something of the target, sorted by entitlement id.

    Empty when there is none: `why_not` then says what is missing.
    """
    raise NotImplementedError


def explain(chain: Chain) -> tuple[str, ...]:
    """The chain in words, a sentence a line, without final periods."""
    raise NotImplementedError
