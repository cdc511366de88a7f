"""An answer serves another version of the facts exactly where asking again would give the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.entitle import questions, signed_questions
from engine.model.decided import ApprovalQuestion
from engine.model.mesh import Mesh
from engine.opa.client import Opa
from engine.opa.decide import decide
from engine.opa.known import Answered, known_answers
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.opa.doors import Door, changed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MESH = small_mesh()
OWNER, CONSUMER = "200000000001", "300000000001"
(QUESTION,) = questions(MESH)
SIGNED = frozenset(signed_questions(MESH, NOW))
NOBODY_SIGNED = ApprovalQuestion("loans-for-fraud", 0)


@pytest.fixture(scope="module")
def opa() -> Iterator[Opa]:
    with Door(None).open(changed({})) as opened:
        yield opened


@pytest.fixture(scope="module")
def answered(opa: Opa) -> Answered:
    return ask(opa, MESH)


def ask(opa: Opa, mesh: Mesh) -> Answered:
    signed = signed_questions(mesh, NOW)
    return Answered(mesh, signed, decide(opa, mesh, NOW, questions(mesh), signed))


ACCESS: dict[str, Facts] = {
    "the persona": {"personas": {"fraud-analyst": {"clearance": "internal"}}},
    "the purpose": {"purposes": {"fraud-detection": {"allows_personal": False}}},
    "the consumer's account": {"accounts": {CONSUMER: {"suspended": True}}},
    "the product": {"products": {"mortgage/loans": {"status": "retired"}}},
    "the product's columns": {"products": {"mortgage/loans": {"tables": {"loan": {"amount": "restricted tagged"}}}}},
    "the product's domain": {"domains": {"mortgage": {"suspended": True}}},
    "the product's account": {"accounts": {OWNER: {"suspended": True}}},
}


@pytest.mark.parametrize("what", ACCESS)
def test_a_question_is_asked_again_where_any_part_of_it_changed(opa: Opa, answered: Answered, what: str) -> None:
    mesh = small_mesh(ACCESS[what])
    fresh = ask(opa, mesh).decisions
    assert fresh.access != answered.decisions.access
    access, approval = known_answers(answered, mesh, opa.rules, NOW, questions(mesh), signed_questions(mesh, NOW))
    assert access == {}
    assert approval == fresh.approval


AGREEMENT: dict[str, Facts] = {
    "the agreement": {"max_classification": "confidential"},
    "who signed": {
        "approvals": [
            {"approver": "oscar", "as": "second owner", "at": "2025-12-11T00:00:00Z"},
            {"approver": "greta", "as": "governance", "at": "2025-12-12T00:00:00Z"},
        ]
    },
}


@pytest.mark.parametrize("what", AGREEMENT)
def test_an_approval_question_is_asked_again_where_its_agreement_changed(
    opa: Opa, answered: Answered, what: str
) -> None:
    mesh = small_mesh({"agreements": {"loans-for-fraud": AGREEMENT[what]}})
    fresh = ask(opa, mesh).decisions
    assert any(fresh.approval[question] != answered.decisions.approval[question] for question in fresh.approval)
    access, approval = known_answers(answered, mesh, opa.rules, NOW, questions(mesh), signed_questions(mesh, NOW))
    assert access == fresh.access
    assert approval == {}


def test_an_approval_that_counts_no_more_is_asked_about(opa: Opa, answered: Answered) -> None:
    """The agreement is the same to the letter; its first signer has left the owners."""
    mesh = small_mesh({"groups": {"loan-owners": {"members": ["oscar"]}}})
    assert mesh.agreement == MESH.agreement
    fresh = ask(opa, mesh).decisions
    access, approval = known_answers(answered, mesh, opa.rules, NOW, questions(mesh), signed_questions(mesh, NOW))
    assert access == fresh.access
    assert approval.keys() == {NOBODY_SIGNED}


def test_what_is_the_same_is_not_asked(opa: Opa, answered: Answered) -> None:
    mesh = small_mesh()
    access, approval = known_answers(answered, mesh, opa.rules, NOW, questions(mesh), signed_questions(mesh, NOW))
    assert access.keys() == {QUESTION}
    assert approval.keys() == SIGNED
    assert (access, approval) == (answered.decisions.access, answered.decisions.approval)


def test_a_new_question_is_asked(opa: Opa, answered: Answered) -> None:
    mesh = small_mesh({"agreements": {"loans-for-fraud": {"purpose": "reporting"}}})
    access, _ = known_answers(answered, mesh, opa.rules, NOW, questions(mesh), signed_questions(mesh, NOW))
    assert access == {}


def test_under_other_policies_or_at_another_instant_nothing_is_known(opa: Opa, answered: Answered) -> None:
    asked, signed = questions(MESH), signed_questions(MESH, NOW)
    other = replace(opa.rules, policy_hash="0" * 64)
    assert known_answers(answered, MESH, other, NOW, asked, signed) == ({}, {})
    assert known_answers(answered, MESH, opa.rules, NOW + timedelta(seconds=1), asked, signed) == ({}, {})
