"""Why a principal can read something: the whole chain, from the directory to the grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.entitle import activated_at, question_of, weigh_approvals
from engine.graph.index import Access, AccessIndex, accesses, reaching
from engine.graph.names import Target
from engine.graph.weigh import Weighed, approval_seen, facts_of, question_seen
from engine.model.agreements import Agreement, Approval
from engine.model.decided import ApprovalQuestion, Decision, Decisions, Entitlement, Rule, RuleKind
from engine.model.facts import Account, Persona, Purpose
from engine.model.mesh import Mesh
from engine.model.plan import ColumnTarget
from engine.model.products import Product

_KINDS: tuple[RuleKind, ...] = ("question", "column", "session", "approval")
"""The order in which requirements are told."""


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


def why(mesh: Mesh, decisions: Decisions, index: AccessIndex, principal: str, target: Target) -> tuple[Chain, ...]:
    """A chain for each entitlement by which `principal` reads something of the target, sorted by entitlement id.

    Empty when there is none: `why_not` then says what is missing.
    """
    held = index.personas.get(principal, ())
    return tuple(
        _chain(mesh, decisions, index, principal, target, entitlement, tuple(given))
        for entitlement in reaching(index, target)
        if entitlement.role.persona in held and (given := accesses(index, entitlement, target))
    )


def _chain(
    mesh: Mesh,
    decisions: Decisions,
    index: AccessIndex,
    principal: str,
    target: Target,
    entitlement: Entitlement,
    given: tuple[Access, ...],
) -> Chain:
    agreement, persona = mesh.agreement[entitlement.agreement], mesh.persona[entitlement.role.persona]
    groups, edges = _groups(index, principal, persona)
    weighed = weigh_approvals(mesh, agreement, decisions.now)
    counting = tuple(approval for approval, reason in weighed if reason is None)
    return Chain(
        principal=principal,
        target=target,
        groups=groups,
        memberships=edges,
        persona=persona,
        purpose=mesh.purpose[entitlement.role.purpose],
        account=mesh.account[entitlement.role.account],
        product=mesh.product[entitlement.product],
        agreement=agreement,
        entitlement=entitlement,
        activated=activated_at(agreement, decisions.now),
        approvals=counting,
        discounted=tuple((approval, reason) for approval, reason in weighed if reason is not None),
        requirements=_requirements(mesh, decisions, agreement, counting, entitlement, given),
        accesses=given,
        grants=_grants(index, entitlement, given),
    )


def _groups(
    index: AccessIndex, principal: str, persona: Persona
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The shortest way through the groups, the first by name where several are, and every edge of every way."""
    import networkx as nx  # it takes nearly half a second, and why-not needs none

    above: nx.DiGraph[str] = nx.DiGraph()
    reached = [principal]
    for member in reached:
        for group in index.groups.get(member, ()):
            if group not in above:
                reached.append(group)
            above.add_edge(member, group)
    holding = [group for group in persona.groups if group in above]
    ways = nx.single_source_shortest_path(above, principal)
    shortest = min((ways[group] for group in holding), key=lambda way: (len(way), way))
    between = set(holding).union(*(nx.ancestors(above, group) for group in holding))
    return tuple(shortest[1:]), tuple(sorted(edge for edge in above.edges if edge[1] in between))


def _requirements(
    mesh: Mesh,
    decisions: Decisions,
    agreement: Agreement,
    counting: tuple[Approval, ...],
    entitlement: Entitlement,
    given: tuple[Access, ...],
) -> tuple[Weighed, ...]:
    class_ids = mesh.product[entitlement.product].class_ids
    classes = frozenset(class_ids[access.table][column] for access in given for column in access.columns)
    question = question_of(agreement, entitlement.role.account)
    decision = decisions.access[question]
    signed = decisions.approval[ApprovalQuestion(agreement.id, len(counting))]
    seen = question_seen(mesh, decisions.now, question)
    signed_seen = approval_seen(decisions.now, agreement, counting)
    weighed = []
    for rule in sorted(decisions.rules.rules, key=lambda rule: _KINDS.index(rule.kind)):
        if rule.kind == "approval":
            answer = "met" if rule.id in signed.met else "not met"
            weighed.append(Weighed(rule, answer, facts_of(rule, signed_seen)))
        else:
            answer = answer_of(rule, decision, classes)
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


def _grants(index: AccessIndex, entitlement: Entitlement, given: tuple[Access, ...]) -> tuple[str, ...]:
    """The grants that serve the entitlement and bear on what is granted of it; those on other tables do not."""
    granted = {access.table: access.columns for access in given if access.granted}
    return tuple(
        grant.id
        for grant in index.grants.get(entitlement.id, ())
        if granted
        and (
            not isinstance(grant.target, ColumnTarget)
            or not set(grant.target.columns).isdisjoint(granted.get(grant.target.table, ()))
        )
    )
