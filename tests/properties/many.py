"""Random meshes by the thousand: the engine, the naive evaluator, and a plan read as AWS reads it, all agree.

By the hundred the plan is applied to the emulated AWS too, which costs many times as much.

The questions of many meshes go to OPA in one request, which costs a fifth of asking mesh by mesh.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.entitle import entitle, questions, signed_questions, valid_until
from engine.grants.compile import compile_plan
from engine.grants.equivalence import compare
from engine.model.decided import ApprovalDecision, Decision, Decisions
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
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import write_plan
from engine.opa.client import Opa
from tests.properties import naive
from tests.properties.agree import Granted, overlooked, wrong
from tests.properties.line import accesses_of, as_json
from tests.properties.meshes import AT, NOW, Chance, random_mesh
from tests.properties.three import disagree

AT_ONCE = {False: 50, True: 10}
"""Meshes whose questions go to OPA together, and about one instant; on the emulated AWS fewer."""


def check(opa: Opa, seeds: Sequence[int], seen: Counter[str], *, emulated: bool = False) -> list[str]:
    """What any of the seeds' meshes shows to be wrong, in words that begin with the seed."""
    found = []
    size = AT_ONCE[emulated]
    for first in range(0, len(seeds), size):
        batch = seeds[first : first + size]
        now = Chance(f"instant {batch[0]}").choice([NOW, NOW, NOW, *AT])
        meshes = [random_mesh(Chance(str(seed)), quotas=seed % 5 == 0) for seed in batch]
        for seed, mesh, decisions in zip(batch, meshes, _decide(opa, meshes, now), strict=True):
            found += [f"seed {seed}: {text}" for text in _check(mesh, decisions, seed, seen, emulated=emulated)]
            seen["meshes"] += 1
    return found


def _check(mesh: Mesh, decisions: Decisions, seed: int, seen: Counter[str], *, emulated: bool) -> list[str]:
    facts, at = as_json(mesh), format_instant(decisions.now)
    entitlements = entitle(mesh, decisions)
    if accesses_of(entitlements) != naive.accesses(facts, at):
        return ["the engine entitles to other than the naive evaluator"]
    plan = compile_plan(
        mesh, entitlements, decisions.rules.policy_hash, decisions.now, valid_until(mesh, decisions.now)
    )
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    short = any(account.quotas for account in mesh.accounts)
    if not (unrealised >= naive.unrealisable(facts, at) if short else unrealised == naive.unrealisable(facts, at)):
        return [f"other tables are unrealised than {naive.unrealisable(facts, at)}"]
    granted = Granted(facts, plan)
    if emulated:
        return disagree(facts, plan, granted, seed, seen)
    told = [difference.text for difference in compare(plan).differences]
    told += wrong(json.loads(write_plan(plan)), granted, seen)
    return told + [f"overlooked: {text}" for text in overlooked(plan, granted, seed, seen)]


def _decide(opa: Opa, meshes: Sequence[Mesh], now: datetime) -> list[Decisions]:
    """The decisions of each mesh; every id is prefixed with the mesh's number on the way to OPA."""
    shared: dict[str, dict[str, Any]] = {"personas": {}, "purposes": {}, "accounts": {}, "products": {}}
    asked, signed = {}, {}
    for number, mesh in enumerate(meshes):
        shared["personas"].update({f"{number} {item.id}": persona_input(item) for item in mesh.personas})
        shared["purposes"].update({f"{number} {item.id}": purpose_input(item) for item in mesh.purposes})
        shared["accounts"].update({f"{number} {item.id}": account_input(item) for item in mesh.accounts})
        shared["products"].update({f"{number} {item.id}": product_input(mesh, item) for item in mesh.products})
        asked.update({f"{number} {question.id}": (number, question) for question in questions(mesh)})
        for signing, approvals in signed_questions(mesh, now).items():
            signed[f"{number} {signing.id}"] = (
                number,
                signing,
                agreement_input(mesh.agreement[signing.agreement]),
                approvals,
            )
    together = QuestionsInput(
        now=now,
        **shared,
        questions=tuple(
            AskedInput(
                id=id,
                persona=f"{number} {question.role.persona}",
                purpose=f"{number} {question.role.purpose}",
                account=f"{number} {question.role.account}",
                product=f"{number} {question.product}",
            )
            for id, (number, question) in asked.items()
        ),
    )
    about_approvals = SignedQuestionsInput(
        now=now,
        questions=tuple(
            SignedQuestionInput(id=id, agreement=agreement, approvals=tuple(map(approval_input, approvals)))
            for id, (_, _, agreement, approvals) in signed.items()
        ),
    )
    decisions = [Decisions(opa.rules, now, {}, {}) for _ in meshes]
    for id, answer in _answers(opa, "meshwarden.access", together).items():
        number, question = asked[id]
        readable = {rule: frozenset(classes) for rule, classes in answer["readable"].items()}
        decisions[number].access[question] = Decision(question, frozenset(answer["met"]), readable, answer["longest"])
    for id, answer in _answers(opa, "meshwarden.approval", about_approvals).items():
        number, signing, _, _ = signed[id]
        decisions[number].approval[signing] = ApprovalDecision(signing, frozenset(answer["met"]))
    assert sum(len(item.access) for item in decisions) == len(asked)
    assert sum(len(item.approval) for item in decisions) == len(signed)
    return decisions


def _answers(opa: Opa, package: str, asked: QuestionsInput | SignedQuestionsInput) -> dict[str, Any]:
    answers: Any = opa.ask(package, asked)
    return {answer["id"]: answer["decision"] for answer in answers}
