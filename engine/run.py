"""One run of the whole line: sources → decisions → entitlements → plan → equivalence. What every front end calls."""

from __future__ import annotations

import gc
import hashlib
import json
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
from engine.model.decided import ApprovalDecision, Decision, Decisions, Question, Rules
from engine.model.instants import format_instant
from engine.model.mesh import Mesh
from engine.model.plan import Plan, plan_hash, read_plan, write_plan
from engine.opa.bundle import Policies, read_policies
from engine.registry.agreements import FileAgreementStore
from engine.registry.runs import FileRunStore, RunRecord
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


def draft_run(root: Path, now: datetime, policies: Path | None = None, progress: Progress = lambda _: None) -> Run:
    """The whole line but for its last check. `policies` is another folder than the project's own.

    Raises MeshwardenError for anything that is wrong on the way.
    """
    sources = hash_sources(root)
    with _without_garbage_collection():
        run = _draft(root, now, policies, sources, progress)
    if hash_sources(root) != sources:
        raise PlanError("personas or mesh changed while they were read; run it again")
    return run


def _draft(root: Path, now: datetime, policies: Path | None, sources: str, progress: Progress) -> Run:
    progress("reading personas, mesh and agreements")
    loaded = load_mesh(root, FileAgreementStore(root).read())
    mesh = loaded.mesh
    # An HTTP client takes a third of a second to import, and a recalled run needs none.
    from engine.opa.client import open_opa
    from engine.opa.decide import decide
    from engine.opa.rules import load_rules

    progress("compiling the policies")
    deciding = read_policies(policies or root / "policies")
    rules = load_rules(deciding)
    asked, signed = questions(mesh), signed_questions(mesh, now)
    progress(f"asking OPA {len(asked)} questions and {len(signed)} about approvals")
    with open_opa(deciding, rules) as opa:
        decisions = decide(opa, mesh, now, asked, signed)
    progress("planning")
    plan = compile_plan(mesh, entitle(mesh, decisions), rules.policy_hash, now, valid_until(mesh, now))
    return Run(deciding, mesh, loaded.findings, decisions, plan, write_plan(plan), sources)


def run_line(root: Path, now: datetime, policies: Path | None = None, progress: Progress = lambda _: None) -> Run:
    """The whole line; nothing leaves it whose equivalence does not hold."""
    run = draft_run(root, now, policies, progress)
    progress("checking that the plan gives exactly what was decided")
    check_equivalence(run.plan)
    return run


def recall_or_run(root: Path, now: datetime, progress: Progress = lambda _: None) -> Run:
    """The recorded run of the same sources, policies and engine that answers at `now`; else a new one, recorded."""
    policies, sources = read_policies(root / "policies"), hash_sources(root)
    for record in run_store(root).records():
        same = (record.engine, record.sources_hash, record.policy_hash) == (_engine(), sources, policies.hash)
        if same and record.answers(now):
            return _recall(root, record, policies)
    run = run_line(root, now, progress=progress)
    record_run(root, run, planned=False)
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
    """Records a run with its canonical facts, policies, decisions and plan; `planned` if it was shown as a plan."""
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
    """The plan that was shown last, None before the first; a question that was answered since does not count."""
    store = run_store(root)
    return next((read_plan(store.get(record.plan_hash)) for record in store.records() if record.planned), None)


def run_store(root: Path) -> FileRunStore:
    return FileRunStore(root / ".meshwarden")


def hash_sources(root: Path) -> str:
    """SHA-256 over paths and bytes of everything an author wrote: what has to change before facts can."""
    return _hash_files(root, _FACTS, "*")


def _hash_files(root: Path, parts: Sequence[str], pattern: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for path in sorted((root / part).rglob(pattern)):
            if path.is_file():
                content = path.read_bytes()
                digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
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
def _without_garbage_collection() -> Iterator[None]:
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
    return _hash_files(Path(__file__).parent, ["."], "*.py")
