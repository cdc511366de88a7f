"""The one place where a decision and an agreement meet. Everything here is pure: facts, answers and an instant in.

    permitted ∧ in force ∧ at least one column  ⇔  an entitlement

Access comes from what is met, never from the absence of a denial: an answer that is missing meets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.model.agreements import Agreement, Approval, State
from engine.model.decided import AccessRole, ApprovalQuestion, Decision, Decisions, Entitlement, Question, Rules
from engine.model.fields import Signature, rank
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.products import ColumnClass


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing that keeps an agreement from being an entitlement in one account. `id` names the rule, if it is one."""

    kind: Literal["state", "term", "approval", "requirement", "session", "columns"]
    id: str
    text: str


def questions(mesh: Mesh) -> list[Question]:
    """What has to be decided: one question for each agreement and account, each once, sorted."""
    return sorted({question_of(agreement, account) for agreement in mesh.agreements for account in agreement.accounts})


def question_of(agreement: Agreement, account: str) -> Question:
    return Question(AccessRole(agreement.persona, agreement.purpose, account), agreement.product)


def signed_questions(mesh: Mesh, now: datetime) -> dict[ApprovalQuestion, tuple[Approval, ...]]:
    """For each agreement: are its first 0, 1, … counting approvals enough? The smallest number that is dates it."""
    asked = {}
    for agreement in mesh.agreements:
        counting = counting_approvals(mesh, agreement, now)
        for signatures in range(len(counting) + 1):
            asked[ApprovalQuestion(agreement.id, signatures)] = counting[:signatures]
    return asked


def permitted(decision: Decision, rules: Rules) -> bool:
    """Whether `met` is exactly the requirements that are listed, and every session requirement answered."""
    return decision.met == rules.of("question") and decision.longest.keys() == rules.of("session")


def readable_classes(decision: Decision, rules: Rules) -> frozenset[str]:
    """The classes that every column requirement lets be read; one that gave no answer lets none."""
    return frozenset.intersection(*(decision.readable.get(rule, frozenset()) for rule in rules.of("column")))


def longest_session(mesh: Mesh, decision: Decision) -> int:
    """Seconds: the shortest that a session requirement answered, at most the persona's own."""
    return min(mesh.persona[decision.question.role.persona].max_session, *decision.longest.values())


def within_bound(agreement: Agreement, column_class: ColumnClass) -> bool:
    """Whether a column of this class lies inside what the agreement declared."""
    return (
        column_class.classification is not None
        and rank(column_class.classification) <= rank(agreement.max_classification)
        and (agreement.personal or column_class.personal is False)
    )


def may_sign(mesh: Mesh, agreement: Agreement, approver: str, signs_as: Signature) -> str | None:
    """Why somebody may not sign an agreement so; None when he may."""
    principal = mesh.principal.get(approver)
    if principal is None or principal.kind != "person":
        return "is no declared person"
    if approver == agreement.requester:
        return "is the requester"
    owner = mesh.product[agreement.product].owner
    group = mesh.governance_group.id if signs_as == "governance" else owner
    if group is None:
        return "signs for a product that has no owner"
    if approver not in mesh.members[group]:
        return f"is no member of `{group}`"
    return None


def weigh_approvals(mesh: Mesh, agreement: Agreement, now: datetime) -> list[tuple[Approval, str | None]]:
    """Every approval, in the order of time, with the reason why it does not count, or None when it does."""
    weighed: list[tuple[Approval, str | None]] = []
    counted: set[str] = set()
    for approval in agreement.approvals:
        if approval.at > now:
            reason: str | None = f"is dated {format_instant(approval.at)}"
        elif approval.version != agreement.version:
            reason = f"signs version {approval.version}, now it is {agreement.version}"
        elif approval.terms != agreement.terms:
            reason = "is void: it signs other terms"
        elif approval.approver in counted:
            reason = "comes from somebody whose earlier approval counts"
        else:
            reason = may_sign(mesh, agreement, approval.approver, approval.signs_as)
        if reason is None:
            counted.add(approval.approver)
        weighed.append((approval, reason))
    return weighed


def counting_approvals(mesh: Mesh, agreement: Agreement, now: datetime) -> tuple[Approval, ...]:
    """The approvals that count at `now`, in the order of time."""
    return tuple(approval for approval, reason in weigh_approvals(mesh, agreement, now) if reason is None)


def outstanding_approvals(mesh: Mesh, decisions: Decisions, agreement: Agreement) -> frozenset[str]:
    """The approval requirements that the counting approvals do not meet."""
    signatures = len(counting_approvals(mesh, agreement, decisions.now))
    return decisions.rules.of("approval") - decisions.approval[ApprovalQuestion(agreement.id, signatures)].met


def approved_at(mesh: Mesh, decisions: Decisions, agreement: Agreement) -> datetime | None:
    """When the last approval needed was given; None when none was needed. Only for an agreement that lacks none."""
    counting = counting_approvals(mesh, agreement, decisions.now)
    needed = len(counting)
    while needed and decisions.approval[ApprovalQuestion(agreement.id, needed - 1)].met == decisions.rules.of(
        "approval"
    ):
        needed -= 1
    return counting[needed - 1].at if needed else None


def entitled_columns(
    mesh: Mesh, decisions: Decisions, agreement: Agreement, account: str
) -> dict[str, tuple[str, ...]]:
    """Table → columns that the decision lets be read and the agreement covers; tables without any are left out."""
    product = mesh.product[agreement.product]
    readable = readable_classes(decisions.access[question_of(agreement, account)], decisions.rules)
    covered = {
        column_class.id
        for column_class in product.classes
        if column_class.id in readable and within_bound(agreement, column_class)
    }
    columns = {
        table: tuple(sorted(column for column, class_id in class_ids.items() if class_id in covered))
        for table, class_ids in product.class_ids.items()
        if agreement.tables is None or table in agreement.tables
    }
    return {table: names for table, names in sorted(columns.items()) if names}


def unmet(decision: Decision, rules: Rules) -> Iterator[Shortfall]:
    """Everything that keeps a question from being permitted."""
    for rule in sorted(rules.of("question") - decision.met):
        yield Shortfall("requirement", rule, f"requirement `{rule}` is not met")
    for rule in sorted(decision.met - rules.of("question")):
        yield Shortfall("requirement", rule, f"requirement `{rule}` is met but not listed")
    for rule in sorted(rules.of("session") ^ decision.longest.keys()):
        yield Shortfall("session", rule, f"session requirement `{rule}` gave no answer")


def shortfalls(mesh: Mesh, decisions: Decisions, agreement: Agreement, account: str) -> Iterator[Shortfall]:
    """Everything that keeps this agreement from being an entitlement in this account at `decisions.now`."""
    now, rules = decisions.now, decisions.rules
    state = agreement.state_at(now)
    if state is not State.ACTIVE:
        yield Shortfall("state", "", f"agreement `{agreement.id}` is {state.value if state else 'not yet requested'}")
    if now < agreement.start:
        yield Shortfall("term", "", f"agreement `{agreement.id}` starts on {format_instant(agreement.start)}")
    if now >= agreement.end:
        yield Shortfall("term", "", f"agreement `{agreement.id}` ended on {format_instant(agreement.end)}")
    for rule in sorted(outstanding_approvals(mesh, decisions, agreement)):
        yield Shortfall("approval", rule, f"agreement `{agreement.id}` lacks what `{rule}` asks for")
    yield from unmet(decisions.access[question_of(agreement, account)], rules)
    if not entitled_columns(mesh, decisions, agreement, account):
        yield Shortfall("columns", "", "no column is both readable and within the agreement's bound")


def entitle(mesh: Mesh, decisions: Decisions) -> tuple[Entitlement, ...]:
    """Every entitlement at `decisions.now`, sorted by id."""
    entitlements = []
    for agreement in mesh.agreements:
        for account in agreement.accounts:
            if any(True for _ in shortfalls(mesh, decisions, agreement, account)):
                continue
            decision = decisions.access[question_of(agreement, account)]
            begun = [agreement.start, activated_at(agreement, decisions.now), approved_at(mesh, decisions, agreement)]
            entitlements.append(
                Entitlement(
                    id=f"{agreement.id}@{account}",
                    agreement=agreement.id,
                    version=agreement.version,
                    role=decision.question.role,
                    product=agreement.product,
                    whole=agreement.tables is None,
                    columns=entitled_columns(mesh, decisions, agreement, account),
                    start=max(instant for instant in begun if instant is not None),
                    end=agreement.end,
                    session=longest_session(mesh, decision),
                )
            )
    return tuple(sorted(entitlements, key=lambda entitlement: entitlement.id))


def activated_at(agreement: Agreement, now: datetime) -> datetime:
    """When an agreement became active. Only for one that did by `now`."""
    return next(change.at for change in agreement.history if change.state is State.ACTIVE and change.at <= now)


def valid_until(mesh: Mesh, now: datetime) -> datetime | None:
    """The next date in the facts after `now`, at which anything here could change; None when there is none."""
    dates = [product.embargoed_until for product in mesh.products if product.embargoed_until]
    for agreement in mesh.agreements:
        dates += [agreement.start, agreement.end]
        dates += [change.at for change in agreement.history]
        dates += [approval.at for approval in agreement.approvals]
    return min((date for date in dates if date > now), default=None)


def covering_agreements(mesh: Mesh, question: Question) -> list[Agreement]:
    """The agreements for a question, whatever their state."""
    return [
        agreement
        for agreement in mesh.agreements
        if question.role.account in agreement.accounts and question_of(agreement, question.role.account) == question
    ]


def taken(mesh: Mesh, question: Question, now: datetime) -> bool:
    """Whether an agreement for a question is pending or still runs, so that no other may be asked for."""
    states = [(agreement.state_at(now), agreement.end) for agreement in covering_agreements(mesh, question)]
    return any(state is State.PENDING or (state is State.ACTIVE and now < end) for state, end in states)


def requestable(mesh: Mesh, decision: Decision, rules: Rules, now: datetime) -> bool:
    """Whether a consumer may ask for this: it is permitted, and no agreement for it is pending or still runs."""
    return permitted(decision, rules) and not taken(mesh, decision.question, now)
