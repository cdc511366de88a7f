"""One run of the whole line: sources → decisions → entitlements → plan → equivalence. What every front end calls."""

from __future__ import annotations

import gc
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from engine.entitle import entitle, questions, signed_questions, valid_until
from engine.errors import PlanError, RegistryError
from engine.grants.compile import compile_plan
from engine.grants.equivalence import check_equivalence
from engine.model.decided import ApprovalDecision, Decision, Decisions, Entitlement, Question, Rules
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import Plan, plan_hash, read_plan, write_plan
from engine.opa.bundle import Policies, read_policies
from engine.opa.known import Answered, known_answers
from engine.registry.agreements import FileAgreementStore
from engine.registry.runs import FileRunStore, RunRecord
from engine.registry.stacks import FileStackStore
from engine.sources.findings import Finding
from engine.sources.load import load_mesh

Progress = Callable[[str], None]
"""Told what the line does next, in words for people."""

_FACTS = ("personas", "mesh")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run derived. `findings` are empty when it was recalled; `text` is the plan's canonical JSON."""

    policies: Policies
    mesh: Mesh
    findings: tuple[Finding, ...]
    decisions: Decisions
    plan: Plan
    text: bytes
    sources_hash: str


@dataclass(frozen=True, slots=True)
class Sources:
    """One version of a project, read and checked; it is decided at any instant."""

    policies: Policies
    rules: Rules
    mesh: Mesh
    findings: tuple[Finding, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One version at one instant: what was answered, and who is entitled to what."""

    sources: Sources
    answered: Answered
    entitlements: tuple[Entitlement, ...]


def read_sources(root: Path, progress: Progress = lambda _: None, known: Sources | None = None) -> Sources:
    """Reads and checks a project. Where its policies are those of `known`, their rules are not listed again.

    Raises MeshwardenError for anything that is wrong.
    """
    sources = hash_sources(root)
    progress("reading personas, mesh and agreements")
    loaded = load_mesh(root, FileAgreementStore(root).read())
    if hash_sources(root) != sources:
        raise PlanError("personas or mesh changed while they were read; run it again")
    progress("compiling the policies")
    deciding = read_policies(root / "policies")
    if known is not None and known.policies == deciding:
        rules = known.rules
    else:
        from engine.opa.rules import load_rules

        rules = load_rules(deciding)
    return Sources(deciding, rules, loaded.mesh, loaded.findings, sources)


def decide_sources(
    sources: Sources, now: datetime, progress: Progress = lambda _: None, known: Answered | None = None
) -> Decided:
    """Decides a version at an instant; what was answered for another one is not asked again where it is the same."""
    mesh, rules = sources.mesh, sources.rules
    asked, signed = questions(mesh), signed_questions(mesh, now)
    access, approval = known_answers(known, mesh, rules, now, asked, signed) if known else ({}, {})
    left = [question for question in asked if question not in access]
    left_signed = {question: approvals for question, approvals in signed.items() if question not in approval}
    if left or left_signed:
        # An HTTP client takes a third of a second to import, and a recalled run needs none.
        from engine.opa.client import open_opa
        from engine.opa.decide import decide

        progress(f"asking OPA {len(left)} questions and {len(left_signed)} about approvals")
        with open_opa(sources.policies, rules) as opa:
            fresh = decide(opa, mesh, now, left, left_signed)
        access, approval = access | fresh.access, approval | fresh.approval
    decisions = Decisions(rules, now, access, approval)
    return Decided(sources, Answered(mesh, signed, decisions), entitle(mesh, decisions))


def plan_decided(decided: Decided, progress: Progress = lambda _: None) -> Run:
    """The plan of what was decided, and proof that it gives exactly that; else EquivalenceError."""
    run = _plan(decided, progress)
    progress("checking that the plan gives exactly what was decided")
    check_equivalence(run.plan)
    return run


def _plan(decided: Decided, progress: Progress) -> Run:
    progress("planning")
    sources, decisions = decided.sources, decided.answered.decisions
    mesh, now = sources.mesh, decisions.now
    plan = compile_plan(mesh, decided.entitlements, sources.rules.policy_hash, now, valid_until(mesh, now))
    return Run(sources.policies, mesh, sources.findings, decisions, plan, write_plan(plan), sources.hash)


def draft_run(root: Path, now: datetime, progress: Progress = lambda _: None) -> Run:
    """The whole line but for its last check. Raises MeshwardenError for anything that is wrong on the way."""
    with without_garbage_collection():
        return _plan(decide_sources(read_sources(root, progress), now, progress), progress)


def run_line(root: Path, now: datetime, progress: Progress = lambda _: None) -> Run:
    """The whole line; nothing leaves it whose equivalence does not hold."""
    with without_garbage_collection():
        return plan_decided(decide_sources(read_sources(root, progress), now, progress), progress)


def recall_or_run(
    root: Path, now: datetime, progress: Progress = lambda _: None, unrecorded: Callable[[str], None] | None = None
) -> Run:
    """The recorded run of the same sources, policies and engine that answers at `now`; else a new one, recorded.

    Where the new one cannot be recorded, `unrecorded` is told why; without it that is a RegistryError.
    """
    policies, sources = read_policies(root / "policies"), hash_sources(root)
    for record in run_store(root).records():
        same = (record.engine, record.sources_hash, record.policy_hash) == (_engine(), sources, policies.hash)
        if same and record.answers(now):
            return _recall(root, record, policies)
    run = run_line(root, now, progress=progress)
    try:
        record_run(root, run, planned=False)
    except RegistryError as error:
        if unrecorded is None:
            raise
        unrecorded(str(error))
    return run


def reviewed_plan(root: Path, text: bytes, now: datetime, progress: Progress = lambda _: None) -> Run:
    """The run behind a reviewed plan.

    Raises PlanError unless the line gives the same bytes again and `now` is in the plan's time.
    """
    reviewed = read_plan(text)
    if now < reviewed.now or (reviewed.valid_until is not None and now >= reviewed.valid_until):
        ends = format_instant(reviewed.valid_until) if reviewed.valid_until else "ever"
        raise PlanError(
            f"the reviewed plan holds from {format_instant(reviewed.now)} until {ends},"
            f" and now is {format_instant(now)}; plan again"
        )
    run = run_line(root, reviewed.now, progress=progress)
    if run.text != text:
        raise PlanError(
            f"the reviewed plan `{plan_hash(text)}` is not what the project gives now,"
            f" which is `{plan_hash(run.text)}`; review the new plan"
        )
    return run


def decide_more(run: Run, asked: list[Question]) -> Decisions:
    """Further questions under the run's policies, facts and instant, for what no agreement covers."""
    from engine.opa.client import open_opa
    from engine.opa.decide import decide

    with open_opa(run.policies, run.decisions.rules) as opa:
        return decide(opa, run.mesh, run.decisions.now, asked, {})


def record_run(root: Path, run: Run, *, planned: bool) -> RunRecord:
    """Records a run with its canonical facts, policies, decisions and plan; `planned` if it was shown as a plan.

    Raises RegistryError when it cannot be written.
    """
    store = run_store(root)
    record = RunRecord(
        engine=_engine(),
        sources_hash=run.sources_hash,
        policy_hash=store.put(run.policies.canonical),
        facts_hash=store.put(run.mesh.canonical),
        now=run.plan.now,
        valid_until=run.plan.valid_until,
        decisions_hash=store.put(_write_decisions(run.decisions)),
        plan_hash=store.put(run.text),
        planned=planned,
    )
    store.append(record)
    return record


def last_plan(root: Path) -> Plan | None:
    """The plan that was shown last, None before the first; a question that was answered since does not count.

    Raises PlanError when it is none of this version, RegistryError when it is damaged.
    """
    store = run_store(root)
    return next((read_plan(store.get(record.plan_hash)) for record in store.records() if record.planned), None)


def run_store(root: Path) -> FileRunStore:
    return FileRunStore(root / ".meshwarden")


def stack_store(root: Path) -> FileStackStore:
    return FileStackStore(root / ".meshwarden")


def hash_sources(root: Path) -> str:
    """SHA-256 over paths and bytes of everything an author wrote: what has to change before facts can."""
    return _hash_files(root, _FACTS, "")


def _hash_files(root: Path, parts: Sequence[str], ending: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        folder = str(root / part)
        # Text, not Path: a run does this twice over thousands of files.
        found = [f"{at}/{name}" for at, _, names in os.walk(folder) for name in names if name.endswith(ending)]
        for path in sorted(filter(os.path.isfile, found)):
            content = Path(path).read_bytes()
            digest.update(f"{part}{path.removeprefix(folder)}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Recorded:
    rules: Rules
    now: datetime
    access: list[Decision]
    approval: list[ApprovalDecision]


_RECORDED = TypeAdapter(_Recorded)


def _write_decisions(decisions: Decisions) -> bytes:
    recorded = _Recorded(
        decisions.rules, decisions.now, list(decisions.access.values()), list(decisions.approval.values())
    )
    plain = _RECORDED.dump_python(recorded)
    return (json.dumps(plain, sort_keys=True, separators=(",", ":"), default=_plain) + "\n").encode()


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    assert isinstance(value, datetime)
    return format_instant(value)


def _recall(root: Path, record: RunRecord, policies: Policies) -> Run:
    store = run_store(root)
    mesh = Mesh.model_validate_json(store.get(record.facts_hash))
    recorded = _RECORDED.validate_json(store.get(record.decisions_hash))
    text = store.get(record.plan_hash)
    decisions = Decisions(
        recorded.rules,
        recorded.now,
        {decision.question: decision for decision in recorded.access},
        {decision.question: decision for decision in recorded.approval},
    )
    plan = read_plan(text)
    told = (plan.policy_hash, plan.facts_hash, plan.now, plan.valid_until)
    if told != (policies.hash, mesh.content_hash, record.now, valid_until(mesh, record.now)):
        raise RegistryError(f"recorded plan `{record.plan_hash}` is not of the facts and policies of its record")
    return Run(policies, mesh, (), decisions, plan, text, record.sources_hash)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A run builds many objects and drops none in a cycle; looking for cycles takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@cache
def _engine() -> str:
    """SHA-256 over this package's own code, hex: another engine may derive another plan from the same facts."""
    return _hash_files(Path(__file__).parent, [""], ".py")
