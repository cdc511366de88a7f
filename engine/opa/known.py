"""Answers that serve a second version of the facts: a policy sees its input and nothing else.

Rules ask no clock, no network and no chance (`engine/opa/rules.py` refuses them) and OPA holds no data beside them, so
that equal input under equal policies has an equal answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from engine.model.agreements import Approval
from engine.model.decided import ApprovalDecision, ApprovalQuestion, Decision, Decisions, Question, Rules
from engine.model.inputs import Input, account_input, persona_input, product_input, purpose_input
from engine.model.mesh import Mesh

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Answered:
    """What OPA answered about one version: its facts, the approvals that each approval question counts, the answers."""

    mesh: Mesh
    signed: dict[ApprovalQuestion, tuple[Approval, ...]]
    decisions: Decisions


def known_answers(
    known: Answered,
    mesh: Mesh,
    rules: Rules,
    now: datetime,
    questions: Iterable[Question],
    signed: dict[ApprovalQuestion, tuple[Approval, ...]],
) -> tuple[dict[Question, Decision], dict[ApprovalQuestion, ApprovalDecision]]:
    """The answers of `known` to those questions about `mesh` whose whole input is the same.

    None under other policies or at another instant. Approval questions are the same where the whole agreement is.
    """
    # INVARIANT: what OPA answers when it is asked anew: tests/unit/opa/test_known.py
    decisions = known.decisions
    if (decisions.rules.policy_hash, decisions.now) != (rules.policy_hash, now):
        return {}, {}
    old = known.mesh
    personas = _same(old.persona, mesh.persona, persona_input, persona_input)
    purposes = _same(old.purpose, mesh.purpose, purpose_input, purpose_input)
    accounts = _same(old.account, mesh.account, account_input, account_input)
    products = _same(
        old.product,
        mesh.product,
        lambda product: product_input(old, product),
        lambda product: product_input(mesh, product),
    )
    access = {
        question: decisions.access[question]
        for question in questions
        if question in decisions.access
        and question.role.persona in personas
        and question.role.purpose in purposes
        and question.role.account in accounts
        and question.product in products
    }
    agreements = {id for id, agreement in mesh.agreement.items() if old.agreement.get(id) == agreement}
    approval = {
        question: decisions.approval[question]
        for question, approvals in signed.items()
        if question.agreement in agreements and known.signed.get(question) == approvals
    }
    return access, approval


def _same(
    old: dict[str, F], new: dict[str, F], old_input: Callable[[F], Input], new_input: Callable[[F], Input]
) -> set[str]:
    """The ids of which policies see the same in both versions."""
    return {id for id, fact in new.items() if id in old and old_input(old[id]) == new_input(fact)}
