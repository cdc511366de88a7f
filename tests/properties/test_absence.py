"""Make any one field of any question absent, or null: never a new entitlement."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given

from engine.entitle import questions, signed_questions
from engine.model.inputs import (
    QuestionInput,
    SignedInput,
    account_input,
    agreement_input,
    approval_input,
    persona_input,
    product_input,
    purpose_input,
)
from engine.model.mesh import Mesh
from engine.opa.client import Opa
from engine.registry.agreements import FileAgreementStore
from engine.sources.load import load_mesh
from tests.properties.line import Line, assert_seen, examples
from tests.properties.meshes import NOW, meshes

ROOT = Path(__file__).resolve().parents[2]
DEMO_NOW = datetime(2026, 7, 20, tzinfo=UTC)
STRICT = {"strict-builtin-errors": "true"}
ENTITIES = {"persona": "personas", "purpose": "purposes", "account": "accounts", "product": "products"}

Json = dict[str, Any]
Path_ = tuple[str | int, ...]


def test_no_absent_field_of_a_random_question_gives_more(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(20)
    @given(meshes())
    def gives_no_more(mesh: Mesh) -> None:
        _check_access(line.opa, mesh, NOW, seen)
        _check_approvals(line.opa, mesh, NOW, seen)

    gives_no_more()
    assert_seen(seen, "permitted", "lost", "denied", "approved", "approval lost")


def test_no_absent_field_of_a_demo_question_gives_more(line: Line) -> None:
    mesh = load_mesh(ROOT, FileAgreementStore(ROOT).read()).mesh
    seen: Counter[str] = Counter()
    _check_access(line.opa, mesh, DEMO_NOW, seen)
    _check_approvals(line.opa, mesh, DEMO_NOW, seen)
    assert min(seen["permitted"], seen["lost"], seen["denied"], seen["approved"], seen["approval lost"]) > 0


def _check_access(opa: Opa, mesh: Mesh, now: datetime, seen: Counter[str]) -> None:
    asked = [
        QuestionInput(
            now=now,
            persona=persona_input(mesh.persona[question.role.persona]),
            purpose=purpose_input(mesh.purpose[question.role.purpose]),
            account=account_input(mesh.account[question.role.account]),
            product=product_input(mesh, mesh.product[question.product]),
        ).model_dump(mode="json")
        for question in questions(mesh)
    ]
    for facts, answer in zip(asked, _decide(opa, asked) if asked else [], strict=True):
        seen["permitted"] += _permitted(opa, answer)
        paths = list(_paths(facts))
        absent = dict(zip(paths, _decide(opa, [_without(facts, path) for path in paths]), strict=True))
        for path, less in absent.items():
            _assert_no_more(less, answer, path, facts)
            seen["lost"] += _permitted(opa, answer) and not _permitted(opa, less)
        # the same holds for the question in which the field had another value, as `suspended: true`
        others = [(path, _without(facts, path, other)) for path in paths for other in _others(facts, path)]
        for (path, changed), other in zip(others, _decide(opa, [item for _, item in others]), strict=True):
            _assert_no_more(absent[path], other, path, changed)
            seen["denied"] += _permitted(opa, answer) and not _permitted(opa, other)
        # no embargo is a date that somebody declared to be none
        paths.remove(("product", "embargoed_until"))
        for path, less in zip(paths, _decide(opa, [_without(facts, path, None) for path in paths]), strict=True):
            if _permitted(opa, less):
                assert _permitted(opa, answer), (path, facts)
                assert _readable(opa, less) <= _readable(opa, answer), (path, facts)
                assert less["longest"].items() <= answer["longest"].items(), (path, facts)


def _check_approvals(opa: Opa, mesh: Mesh, now: datetime, seen: Counter[str]) -> None:
    asked = [
        SignedInput(
            now=now,
            agreement=agreement_input(mesh.agreement[question.agreement]),
            approvals=tuple(approval_input(approval) for approval in approvals),
        ).model_dump(mode="json")
        for question, approvals in signed_questions(mesh, now).items()
    ]
    for facts, met in zip(asked, _sign(opa, asked), strict=True):
        seen["approved"] += met == opa.rules.of("approval")
        paths = list(_paths(facts))
        for changed in ([_without(facts, path) for path in paths], [_without(facts, path, None) for path in paths]):
            for path, less in zip(paths, _sign(opa, changed), strict=True):
                assert less <= met, (path, facts)
                seen["approval lost"] += less < met == opa.rules.of("approval")


def _assert_no_more(less: Json, answer: Json, path: Path_, facts: Json) -> None:
    assert set(less["met"]) <= set(answer["met"]), (path, facts)
    assert less["longest"].items() <= answer["longest"].items(), (path, facts)
    for rule, classes in less["readable"].items():
        assert set(classes) <= set(answer["readable"][rule]), (path, facts)


def _others(facts: Json, path: Path_) -> list[object]:
    """Other values that a field could have had, of the same type."""
    value: Any = facts
    for step in path:
        value = value[step]
    match value:
        case bool():
            return [not value]
        case str():
            return ["nobody"]
        case list():
            return [[], ["nobody"], [facts["product"]["region"]]] if not value or isinstance(value[0], str) else [[]]
    return []


def _paths(node: object, at: Path_ = ()) -> Iterator[Path_]:
    """The path of every field, at every depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*at, key)
            yield from _paths(value, (*at, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _paths(value, (*at, number))


def _without(facts: Json, path: Path_, *instead: object) -> Json:
    """The same facts without one field, or with another value in its place."""
    changed = copy.deepcopy(facts)
    owner: Any = changed
    for step in path[:-1]:
        owner = owner[step]
    del owner[path[-1]]
    for value in instead:
        owner[path[-1]] = value
    return changed


def _decide(opa: Opa, asked: list[Json]) -> list[Json]:
    """The answer to each; nothing is met where there is none. Those that lack their instant are asked one by one."""
    shared: dict[str, dict[str, object]] = {plural: {} for plural in ENTITIES.values()}
    together: list[Json] = []
    answers: dict[str, Json] = {}
    now = max(facts["now"] for facts in asked if facts.get("now"))
    for number, facts in enumerate(asked):
        if facts.get("now") != now:
            answer = opa.client.query_rule(facts, "meshwarden.access", "decision", STRICT)
            answers[str(number)] = answer["result"]
            continue
        question = {"id": str(number)}
        for name, plural in ENTITIES.items():
            question[name] = json.dumps(facts[name]) if name in facts else "absent"
            if name in facts:
                shared[plural][question[name]] = facts[name]
        together.append(question)
    bulk = {"now": now, "questions": together, **shared}
    for answer in opa.client.query_rule(bulk, "meshwarden.access", "decisions", STRICT)["result"]:
        answers[answer["id"]] = answer["decision"]
    nothing: Json = {"met": [], "readable": {}, "longest": {}}
    return [answers.get(str(number), nothing) for number in range(len(asked))]


def _sign(opa: Opa, asked: list[Json]) -> list[frozenset[str]]:
    """The approval requirements that each meets."""
    by_now: dict[str, list[Json]] = {}
    for number, facts in enumerate(asked):
        by_now.setdefault(json.dumps(facts.get("now", "absent")), []).append({"id": number, **facts})
    met: dict[int, frozenset[str]] = {}
    for now, questions_ in by_now.items():
        bulk = (
            {"questions": questions_}
            if json.loads(now) == "absent"
            else {"now": json.loads(now), "questions": questions_}
        )
        for answer in opa.client.query_rule(bulk, "meshwarden.approval", "decisions", STRICT)["result"]:
            met[answer["id"]] = frozenset(answer["decision"]["met"])
    return [met.get(number, frozenset()) for number in range(len(asked))]


def _permitted(opa: Opa, answer: Json) -> bool:
    return set(answer["met"]) == opa.rules.of("question") and answer["longest"].keys() == opa.rules.of("session")


def _readable(opa: Opa, answer: Json) -> frozenset[str]:
    """The classes that every column requirement lets be read; null is the id of none, and the engine stops at it."""
    classes = (frozenset(answer["readable"].get(rule, [])) for rule in opa.rules.of("column"))
    return frozenset.intersection(*classes) - {None}
