"""What stands between an access role and a column: each unmet condition, with the facts it weighed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from engine.entitle import Shortfall, counting_approvals, may_sign, shortfalls, unmet, weigh_approvals
from engine.graph.weigh import Seen, WeighedFact, approval_seen, facts_of
from engine.model.agreements import Agreement, Approval
from engine.model.decided import Decision, Decisions, Rule, RuleKind
from engine.model.fields import Signature, rank
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.products import Column, ColumnClass

_RULE_KINDS: dict[str, RuleKind] = {"requirement": "question", "session": "session", "approval": "approval"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One unmet condition. `rule` is the requirement, if it is one, with the facts it weighed; `text` says it in words.

    For an approval, `signers` are (signature, approver) of everybody who could sign so now, `discounted` the approvals
    that were given so and do not count, with the reason, and `way_out` what makes one count again.
    """

    kind: Literal[
        "agreement", "state", "term", "approval", "requirement", "session", "unclassified", "column", "bound", "columns"
    ]
    text: str
    rule: Rule | None = None
    facts: tuple[WeighedFact, ...] = ()
    signers: tuple[tuple[str, str], ...] = ()
    discounted: tuple[tuple[Approval, str], ...] = ()
    way_out: str | None = None

    @property
    def label(self) -> str:
        """Who or what withholds, in a few words."""
        if self.rule is not None:
            return f"requirement `{self.rule.id}`"
        return {"bound": "the agreement's bound", "unclassified": "being unclassified"}.get(self.kind, self.text)

    @property
    def sentence(self) -> str:
        """The text with the policy file and the facts, or with who could sign."""
        sentence = self.text
        if self.rule is not None:
            sentence += f" ({self.rule.title}; {self.rule.control}; {self.rule.file}:{self.rule.line})"
        if self.facts:
            sentence += ": " + "; ".join(fact.text for fact in self.facts)
        for approval, reason in self.discounted:
            sentence += f"; {discounted_words(approval, reason)}"
        if self.kind == "approval":
            by_signature: dict[str, list[str]] = {}
            for signature, approver in self.signers:
                by_signature.setdefault(signature, []).append(f"`{approver}`")
            able = "; ".join(f"as {signature} {', '.join(people)}" for signature, people in by_signature.items())
            sentence += f"; could sign: {able or 'nobody'}"
        if self.way_out is not None:
            sentence += f"; way out: {self.way_out}"
        return sentence


def discounted_words(approval: Approval, reason: str) -> str:
    """Whose approval does not count, and why."""
    return (
        f"the approval of `{approval.approver}` as {approval.signs_as} at {format_instant(approval.at)} does not"
        f" count ({reason})"
    )


def question_obstacles(
    mesh: Mesh, decisions: Decisions, decision: Decision, agreement: Agreement | None, seen: Seen
) -> Iterator[Obstacle]:
    """What stands before every column alike: of the agreement, or that there is none, and of the decision."""
    if agreement is None:
        role = decision.question.role
        yield Obstacle(
            "agreement",
            f"no agreement that is pending or still runs lets persona `{role.persona}` use"
            f" `{decision.question.product}` for `{role.purpose}` in account {role.account}",
        )
        short = unmet(decision, decisions.rules)
    else:
        short = shortfalls(mesh, decisions, agreement, decision.question.role.account)
    for shortfall in short:
        # which columns are withheld, and by whom, is said column by column
        if shortfall.kind != "columns":
            yield _obstacle(mesh, decisions, agreement, shortfall, seen)


def column_obstacles(
    decisions: Decisions, decision: Decision, agreement: Agreement | None, table: str, column: Column, seen: Seen
) -> Iterator[Obstacle]:
    """What withholds one column, whatever stands before the question as a whole.

    An unclassified column has one obstacle of its own: what rules and bounds make of it is known once it is classified.
    """
    place = f"`{table}/{column.name}`"
    if agreement is not None and agreement.tables is not None and table not in agreement.tables:
        covered = ", ".join(f"`{name}`" for name in agreement.tables)
        yield Obstacle("bound", f"agreement `{agreement.id}` covers {covered}, not table `{table}`")
    column_class = column.column_class
    if column_class.classification is None:
        lacks = [
            what
            for what, value in (("classification", column.classification), ("word on personal data", column.personal))
            if value is None
        ]
        yield Obstacle("unclassified", f"column {place} has no {' and no '.join(lacks)}")
        return
    for rule_id in sorted(decisions.rules.of("column")):
        if column_class.id not in decision.readable.get(rule_id, frozenset()):
            rule = _rule(decisions, "column", rule_id)
            facts = facts_of(rule, seen, frozenset({column_class.id})) if rule else ()
            yield Obstacle(
                "column", f"requirement `{rule_id}` withholds column {place}, which is `{column_class.id}`", rule, facts
            )
    if agreement is not None:
        yield from _beyond(agreement, place, column_class)


def _beyond(agreement: Agreement, place: str, column_class: ColumnClass) -> Iterator[Obstacle]:
    assert column_class.classification is not None
    if rank(column_class.classification) > rank(agreement.max_classification):
        yield Obstacle(
            "bound",
            f"agreement `{agreement.id}` reaches up to `{agreement.max_classification}`, and column {place} is"
            f" `{column_class.classification}`",
        )
    if column_class.personal and not agreement.personal:
        yield Obstacle(
            "bound", f"agreement `{agreement.id}` leaves out personal data, and column {place} holds personal data"
        )


def _obstacle(
    mesh: Mesh, decisions: Decisions, agreement: Agreement | None, shortfall: Shortfall, seen: Seen
) -> Obstacle:
    assert shortfall.kind != "columns"
    rule = _rule(decisions, _RULE_KINDS[shortfall.kind], shortfall.id) if shortfall.kind in _RULE_KINDS else None
    if agreement is None or shortfall.kind != "approval":
        return Obstacle(shortfall.kind, shortfall.text, rule, facts_of(rule, seen) if rule else ())
    seen = approval_seen(decisions.now, agreement, counting_approvals(mesh, agreement, decisions.now))
    signatures = _signatures(shortfall.id)
    discounted = tuple(
        (approval, reason)
        for approval, reason in weigh_approvals(mesh, agreement, decisions.now)
        if reason is not None and approval.signs_as in signatures
    )
    return Obstacle(
        shortfall.kind,
        shortfall.text,
        rule,
        facts_of(rule, seen) if rule else (),
        _signers(mesh, decisions, agreement, signatures),
        discounted,
        _way_out(agreement, discounted),
    )


def _signatures(rule_id: str) -> tuple[Signature, ...]:
    """What an approval requirement asks for: the signature that it is named after, else each."""
    signatures: tuple[Signature, ...] = get_args(Signature)
    return tuple(signature for signature in signatures if signature.replace(" ", "_") == rule_id) or signatures


def _way_out(agreement: Agreement, discounted: tuple[tuple[Approval, str], ...]) -> str | None:
    """How what was signed once is signed again."""
    if not discounted:
        return None
    again = f"`meshwarden approve {agreement.id}` signs what it says now"
    void = any(
        approval.version == agreement.version and approval.terms != agreement.terms for approval, _ in discounted
    )
    return f"put back the terms that were signed, or {again}" if void else again


def _signers(
    mesh: Mesh, decisions: Decisions, agreement: Agreement, signatures: tuple[Signature, ...]
) -> tuple[tuple[str, str], ...]:
    """Who could sign so now."""
    signed = {approval.approver for approval in counting_approvals(mesh, agreement, decisions.now)}
    return tuple(
        (signature, principal.id)
        for signature in signatures
        for principal in mesh.principals
        if principal.id not in signed and may_sign(mesh, agreement, principal.id, signature) is None
    )


def _rule(decisions: Decisions, kind: RuleKind, rule_id: str) -> Rule | None:
    return next((rule for rule in decisions.rules.rules if (rule.kind, rule.id) == (kind, rule_id)), None)
