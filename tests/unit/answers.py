"""Answers of a test's own in place of OPA's, and the plan that follows from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.entitle import entitle, questions, signed_questions, valid_until
from engine.grants.compile import compile_plan
from engine.model.decided import ApprovalDecision, Decision, Decisions, Rule, RuleKind, Rules
from engine.model.instants import parse_instant
from engine.model.mesh import Mesh
from engine.model.plan import Plan

NOW = parse_instant("2026-06-01T00:00:00Z")
NAMES: dict[RuleKind, tuple[str, ...]] = {
    "question": ("fit", "lawful"),
    "column": ("cleared", "wanted"),
    "session": ("calm", "short"),
    "approval": ("signed",),
}
RULES = Rules("0" * 64, tuple(Rule(id, kind, id, id, "DG-0", id, 1, ()) for kind, ids in NAMES.items() for id in ids))


def decided(mesh: Mesh, now: datetime = NOW, needed: int = 1, **answer: Any) -> Decisions:
    """Answers that give everything, but for `met`, `readable` or `longest`; `needed` signatures are enough."""
    access = {}
    for question in questions(mesh):
        classes = frozenset(column_class.id for column_class in mesh.product[question.product].classes)
        given: dict[str, Any] = {
            "met": frozenset(NAMES["question"]),
            "readable": dict.fromkeys(NAMES["column"], classes),
            "longest": {"calm": 28800, "short": 3600},
        } | answer
        access[question] = Decision(question, **given)
    approval = {
        question: ApprovalDecision(question, frozenset({"signed"} if question.signatures >= needed else ()))
        for question in signed_questions(mesh, now)
    }
    return Decisions(RULES, now, access, approval)


def planned(mesh: Mesh, now: datetime = NOW) -> Plan:
    """The plan when every rule is met, everything may be read and one signature is enough."""
    return compile_plan(mesh, entitle(mesh, decided(mesh, now)), RULES.policy_hash, now, valid_until(mesh, now))
