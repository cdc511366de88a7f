"""The bulk questions: what each access role may read, and which approvals each agreement has, in a few requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import DecisionError
from engine.model.agreements import Approval
from engine.model.decided import ApprovalDecision, ApprovalQuestion, Decision, Decisions, Question
from engine.model.inputs import (
    AskedInput,
    QuestionsInput,
    SignedQuestionInput,
    SignedQuestionsInput,
    account_input,
    agreement_input,
    approval_input,
    persona_input,
    product_input,
    purpose_input,
)
from engine.model.mesh import Mesh
from engine.opa.client import Opa

_AT_ONCE = 4000
"""Questions in one request."""

T = TypeVar("T")


def decide(
    opa: Opa,
    mesh: Mesh,
    now: datetime,
    questions: Iterable[Question],
    signed: dict[ApprovalQuestion, tuple[Approval, ...]],
) -> Decisions:
    """Answers every question under the policies that `opa` holds.

    `signed` maps each approval question to the approvals that it counts. Raises DecisionError unless every question is
    answered exactly once and well formed.
    """
    access: dict[Question, Decision] = {}
    # Sorted by product, so that a request carries each product's facts once and no other request carries them again.
    for some in _chunks(sorted(set(questions), key=lambda question: (question.product, question.role))):
        access |= _decide_access(opa, mesh, now, some)
    approval: dict[ApprovalQuestion, ApprovalDecision] = {}
    for asked in _chunks(sorted(signed)):
        approval |= _decide_approval(opa, mesh, now, {question: signed[question] for question in asked})
    return Decisions(opa.rules, now, access, approval)


def _chunks(items: Sequence[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _AT_ONCE)):
        yield chunk


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Access(_Strict):
    met: list[str]
    readable: dict[str, list[str]]
    longest: dict[str, Annotated[int, Field(gt=0)]]


class _AccessAnswer(_Strict):
    id: str
    decision: _Access


class _Signed(_Strict):
    met: list[str]


class _SignedAnswer(_Strict):
    id: str
    decision: _Signed


_ACCESS = TypeAdapter(list[_AccessAnswer])
_SIGNED = TypeAdapter(list[_SignedAnswer])


def _decide_access(opa: Opa, mesh: Mesh, now: datetime, questions: list[Question]) -> dict[Question, Decision]:
    asked = QuestionsInput(
        now=now,
        personas={id: persona_input(mesh.persona[id]) for id in {question.role.persona for question in questions}},
        purposes={id: purpose_input(mesh.purpose[id]) for id in {question.role.purpose for question in questions}},
        accounts={id: account_input(mesh.account[id]) for id in {question.role.account for question in questions}},
        products={id: product_input(mesh, mesh.product[id]) for id in {question.product for question in questions}},
        questions=tuple(
            AskedInput(
                id=question.id,
                persona=question.role.persona,
                purpose=question.role.purpose,
                account=question.role.account,
                product=question.product,
            )
            for question in questions
        ),
    )
    by_id = {question.id: question for question in questions}
    answers = _validated(_ACCESS, opa.ask("meshwarden.access", asked), "access")
    _count([answer.id for answer in answers], by_id, "question")
    decisions = {}
    for answer in answers:
        question = by_id[answer.id]
        classes = {column_class.id for column_class in mesh.product[question.product].classes}
        for rule, readable in answer.decision.readable.items():
            if unknown := set(readable) - classes:
                raise DecisionError(
                    f"requirement `{rule}` answers column class `{min(unknown)}`,"
                    f" which product `{question.product}` lacks"
                )
        decisions[question] = Decision(
            question,
            frozenset(answer.decision.met),
            {rule: frozenset(readable) for rule, readable in answer.decision.readable.items()},
            answer.decision.longest,
        )
    return decisions


def _decide_approval(
    opa: Opa, mesh: Mesh, now: datetime, signed: dict[ApprovalQuestion, tuple[Approval, ...]]
) -> dict[ApprovalQuestion, ApprovalDecision]:
    asked = SignedQuestionsInput(
        now=now,
        questions=tuple(
            SignedQuestionInput(
                id=question.id,
                agreement=agreement_input(mesh.agreement[question.agreement]),
                approvals=tuple(approval_input(approval) for approval in approvals),
            )
            for question, approvals in signed.items()
        ),
    )
    by_id = {question.id: question for question in signed}
    answers = _validated(_SIGNED, opa.ask("meshwarden.approval", asked), "approval")
    _count([answer.id for answer in answers], by_id, "agreement")
    return {by_id[answer.id]: ApprovalDecision(by_id[answer.id], frozenset(answer.decision.met)) for answer in answers}


def _validated(shape: TypeAdapter[T], answer: object, package: str) -> T:
    try:
        return shape.validate_python(answer)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"] if not isinstance(step, int))
        raise DecisionError(
            f"OPA's answer from `data.meshwarden.{package}.decisions` is malformed at `{place}`: {first['msg'].lower()}"
        ) from None


def _count(answered: list[str], asked: dict[str, T], noun: str) -> None:
    if missing := asked.keys() - set(answered):
        raise DecisionError(f"OPA left {len(missing)} of {len(asked)} {noun}s unanswered, first `{min(missing)}`")
    if len(answered) != len(asked):
        raise DecisionError(f"OPA gave {len(answered)} answers to {len(asked)} {noun}s")
