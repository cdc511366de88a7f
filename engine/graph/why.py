"""Why a principal can read something: the whole chain, from the directory to the grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import networkx as nx

from engine.entitle import activated_at, counting_approvals, question_of, weigh_approvals
from engine.graph.build import build_membership_graph
from engine.graph.index import Access, accesses, index_access, reaching
from engine.graph.names import Target
from engine.graph.weigh import Weighed, approval_seen, facts_of, question_seen
from engine.model.agreements import Agreement, Approval
from engine.model.decided import ApprovalQuestion, Decision, Decisions, Entitlement, Rule
from engine.model.facts import Account, Persona, Purpose
from engine.model.mesh import Mesh
from engine.model.plan import ColumnTarget, Plan
from engine.model.products import Product


@dataclass(frozen=True, slots=True)
class Chain:
    """One entitlement by which a principal reads (part of) a target, with everything that it rests on.

    `groups` is the shortest way from a group that names the principal to one of the persona's groups; `memberships`
    are all edges (member, group) on any such way, `member` being a group or the principal. `requirements` are all
    question, column, session and approval requirements, the column requirements narrowed to the classes of the columns
    that are read. `approvals` are those that count, in the order of time; `discounted` the others, with the reason.
    `accesses` say table by table whether it is granted; `grants` are the ids of the plan's grants that realise them.
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
    discounted: tuple[tuple[Approval, str], ...]
    requirements: tuple[Weighed, ...]
    accesses: tuple[Access, ...]
    grants: tuple[str, ...]


def why(mesh: Mesh, decisions: Decisions, plan: Plan, principal: str, target: Target) -> tuple[Chain, ...]:
    """A chain for each entitlement by which `principal` reads something of the target, sorted by entitlement id.

    Empty when there is none: `why_not` then says what is missing.
    """
    index = index_access(mesh, plan.entitlements, plan.unrealised)
    held = index.personas.get(principal, ())
    memberships = build_membership_graph(mesh)
    return tuple(
        _chain(mesh, decisions, plan, memberships, principal, target, entitlement, tuple(given))
        for entitlement in reaching(index, target)
        if entitlement.role.persona in held and (given := accesses(index, entitlement, target))
    )


def _chain(
    mesh: Mesh,
    decisions: Decisions,
    plan: Plan,
    memberships: nx.DiGraph[str],
    principal: str,
    target: Target,
    entitlement: Entitlement,
    given: tuple[Access, ...],
) -> Chain:
    agreement = mesh.agreement[entitlement.agreement]
    groups, edges = _groups(memberships, principal, entitlement.role.persona)
    return Chain(
        principal=principal,
        target=target,
        groups=groups,
        memberships=edges,
        persona=mesh.persona[entitlement.role.persona],
        purpose=mesh.purpose[entitlement.role.purpose],
        account=mesh.account[entitlement.role.account],
        product=mesh.product[entitlement.product],
        agreement=agreement,
        entitlement=entitlement,
        activated=activated_at(agreement, decisions.now),
        approvals=counting_approvals(mesh, agreement, decisions.now),
        discounted=tuple(
            (approval, reason)
            for approval, reason in weigh_approvals(mesh, agreement, decisions.now)
            if reason is not None
        ),
        requirements=_requirements(mesh, decisions, agreement, entitlement, given),
        accesses=given,
        grants=_grants(plan, entitlement, given),
    )


def _groups(
    memberships: nx.DiGraph[Any], principal: str, persona: str
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The shortest way through the groups, and every edge of every way."""
    start, end = f"principal:{principal}", f"persona:{persona}"
    name = memberships.nodes
    shortest = nx.bidirectional_shortest_path(memberships, start, end)[1:-1]
    between = ({start} | nx.descendants(memberships, start)) & nx.ancestors(memberships, end)
    edges = [
        (str(name[member]["name"]), str(name[group]["name"])) for member, group in memberships.subgraph(between).edges
    ]
    return tuple(str(name[group]["name"]) for group in shortest), tuple(sorted(edges))


def _requirements(
    mesh: Mesh, decisions: Decisions, agreement: Agreement, entitlement: Entitlement, given: tuple[Access, ...]
) -> tuple[Weighed, ...]:
    class_ids = mesh.product[entitlement.product].class_ids
    classes = frozenset(class_ids[access.table][column] for access in given for column in access.columns)
    question = question_of(agreement, entitlement.role.account)
    counting = counting_approvals(mesh, agreement, decisions.now)
    signed = decisions.approval[ApprovalQuestion(agreement.id, len(counting))]
    seen = question_seen(mesh, decisions.now, question)
    signed_seen = approval_seen(decisions.now, agreement, counting)
    weighed = []
    for kind in ("question", "column", "session", "approval"):
        for rule in decisions.rules.rules:
            if rule.kind == kind == "approval":
                answer = "met" if rule.id in signed.met else "not met"
                weighed.append(Weighed(rule, answer, facts_of(rule, signed_seen)))
            elif rule.kind == kind:
                answer = answer_of(rule, decisions.access[question], classes)
                weighed.append(Weighed(rule, answer, facts_of(rule, seen, classes)))
    return tuple(weighed)


def answer_of(rule: Rule, decision: Decision, classes: frozenset[str]) -> str:
    """What a decision says of a question, column or session requirement; of column classes, only of `classes`."""
    if rule.kind == "question":
        return "met" if rule.id in decision.met else "not met"
    if rule.kind == "session":
        return f"{decision.longest[rule.id]} s" if rule.id in decision.longest else "no answer"
    readable = sorted(decision.readable.get(rule.id, frozenset()) & classes)
    return f"reads {', '.join(f'`{item}`' for item in readable)}" if readable else "reads none of them"


def _grants(plan: Plan, entitlement: Entitlement, given: tuple[Access, ...]) -> tuple[str, ...]:
    """The grants that serve the entitlement and bear on what is granted of it; those on other tables do not."""
    granted = {access.table: access.columns for access in given if access.granted}
    return tuple(
        grant.id
        for grant in plan.grants
        if granted
        and entitlement.id in grant.entitlements
        and (
            not isinstance(grant.target, ColumnTarget)
            or not set(grant.target.columns).isdisjoint(granted.get(grant.target.table, ()))
        )
    )
