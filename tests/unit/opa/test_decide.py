"""Every door gives the same answers; what is no complete answer under exactly our policies stops, with its cause."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from engine.entitle import entitle, questions, signed_questions
from engine.errors import DecisionError
from engine.model.decided import ApprovalQuestion, Decisions
from engine.opa.bundle import Policies
from engine.opa.client import Opa
from engine.opa.decide import decide
from tests.scenarios.facts import small_mesh
from tests.unit.opa.doors import Door, changed, requirement

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MESH = small_mesh()


def ask(opa: Opa) -> Decisions:
    return decide(opa, MESH, NOW, questions(MESH), signed_questions(MESH, NOW))


def test_every_question_is_answered(door: Door) -> None:
    with door.open(changed({})) as opa:
        decisions = ask(opa)
    (answer,) = decisions.access.values()
    assert answer.met == decisions.rules.of("question")
    assert answer.longest == {"personal": 3600}
    assert answer.readable["personal"] == {column_class.id for column_class in MESH.products[0].classes}
    assert {question.signatures: len(answer.met) for question, answer in decisions.approval.items()} == {
        0: 0,
        1: 1,
        2: 2,
        3: 3,
    }
    assert [entitlement.id for entitlement in entitle(MESH, decisions)] == ["loans-for-fraud@300000000001"]


def test_questions_that_are_asked_twice_are_answered_once(door: Door) -> None:
    with door.open(changed({})) as opa:
        asked = questions(MESH)
        assert len(decide(opa, MESH, NOW, [*asked, *asked], {}).access) == 1
        assert decide(opa, MESH, NOW, [], {}).access == {}


def test_questions_beyond_one_request_are_all_answered(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.opa.decide._AT_ONCE", 2)
    with door.open(changed({})) as opa:
        assert len(ask(opa).approval) == 4


REFUSED: dict[str, tuple[dict[str, str | tuple[str, str]], str]] = {
    "a built-in error": (
        {"access/question/mine.rego": requirement("access.question.mine", "met if to_number(input.persona.id) > 0")},
        r"refused `data\.meshwarden\.access\.decisions`: .*policies/access/question/mine\.rego:7: .*to_number.*"
        r"\(requirement `mine`\)",
    ),
    "conflicting rules": (
        {
            "access/session/mine.rego": requirement(
                "access.session.mine",
                'longest := 900 if input.persona.kind == "job"\n\nlongest := 1800 if input.now != ""',
            )
        },
        r"policies/access/session/mine\.rego:\d+: rule data\.\S+\.longest produced conflicting values[^`]*"
        r"\(requirement `mine`\)",
    ),
    "classes that are a text": (
        {"access/column/mine.rego": requirement("access.column.mine", 'readable := "internal.impersonal"')},
        r"malformed at `decision\.readable\.mine`",
    ),
    "a class that the product lacks": (
        {"access/column/mine.rego": requirement("access.column.mine", 'readable contains "secret"')},
        r"requirement `mine` answers column class `secret`, which product `mortgage/loans` lacks",
    ),
    "a session that is a text": (
        {"access/session/mine.rego": requirement("access.session.mine", 'longest := "3600"')},
        r"malformed at `decision\.longest\.mine`",
    ),
    "a session of no seconds": (
        {"access/session/mine.rego": requirement("access.session.mine", "longest := 0")},
        r"malformed at `decision\.longest\.mine`: input should be greater than 0",
    ),
    "a question left out": (
        {
            "access/decision.rego": (
                "some question in input.questions\n",
                'some question in input.questions\n\tquestion.id == "nobody"\n',
            )
        },
        r"OPA left 1 of 1 questions unanswered, first `fraud-analyst/fraud-detection/300000000001/mortgage/loans`",
    ),
    "an agreement left out": (
        {
            "approval/decision.rego": (
                "some question in input.questions\n",
                "some question in input.questions\n\tquestion.approvals != []\n",
            )
        },
        r"OPA left 1 of 4 agreements unanswered, first `loans-for-fraud/0`",
    ),
    "a question answered twice": (
        {
            "access/decision.rego": (
                "some question in input.questions\n",
                "some question in array.concat(input.questions, input.questions)\n",
            )
        },
        r"OPA gave 2 answers to 1 questions",
    ),
    "an answer of its own to a question nobody asked": (
        {"access/decision.rego": ('[{"id": question.id,', '[{"id": question.product,')},
        r"OPA left 1 of 1 questions unanswered",
    ),
    "no such rule": (
        {"access/decision.rego": ("decisions := [", "answers := [")},
        r"`data\.meshwarden\.access\.decisions` is undefined",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_no_clean_answer_stops(door: Door, case: str) -> None:
    changes, told = REFUSED[case]
    files = changed({}).files
    for name, change in changes.items():
        assert isinstance(change, str) or change[0] in files[name]
        files[name] = change if isinstance(change, str) else files[name].replace(*change)
    with door.open(Policies(files)) as opa, pytest.raises(DecisionError, match=told):
        ask(opa)


def test_a_requirement_that_answers_no_truth_is_not_met(door: Door) -> None:
    with door.open(changed({"access/question/mine.rego": requirement("access.question.mine", 'met := "yes"')})) as opa:
        decisions = ask(opa)
    (answer,) = decisions.access.values()
    assert "mine" in decisions.rules.of("question") - answer.met
    assert entitle(MESH, decisions) == ()


def test_a_requirement_without_an_answer_reads_no_column(door: Door) -> None:
    rule = 'readable := {"internal.impersonal"} if input.persona.kind == "application"'
    with door.open(changed({"access/column/mine.rego": requirement("access.column.mine", rule)})) as opa:
        decisions = ask(opa)
    (answer,) = decisions.access.values()
    assert "mine" not in answer.readable
    assert entitle(MESH, decisions) == ()


def test_a_stale_bundle_stops(door: Door) -> None:
    here, there = changed({}), changed({"access/question/embargo.rego": None})
    told = rf"answers under .*`{there.hash}`.*, here is `{here.hash}`; load the present `policies/` into it as a bundle"
    with door.open(here, held=there) as opa, pytest.raises(DecisionError, match=told):
        ask(opa)


def test_an_answer_that_takes_too_long_stops(door: Door) -> None:
    rule = "met if count([1 | some x in numbers.range(1, 5000); some y in numbers.range(1, 5000); x * y == 7]) == 2"
    slow = changed({"access/question/mine.rego": requirement("access.question.mine", rule)})
    with door.open(slow, timeout=1.0) as opa, pytest.raises(DecisionError, match=re.escape("did not answer `data.")):
        ask(opa)


def test_approvals_are_asked_one_signature_at_a_time() -> None:
    assert [question.signatures for question in sorted(signed_questions(MESH, NOW))] == [0, 1, 2, 3]
    assert len(signed_questions(MESH, NOW)[ApprovalQuestion("loans-for-fraud", 2)]) == 2
