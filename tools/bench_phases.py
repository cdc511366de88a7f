"""The phases of `make bench`: the engine's own line, step by step."""

from __future__ import annotations

import gc
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SEED = 1


@dataclass
class Figures:
    """Of one phase: seconds, the peak of its process in MB, and what else there is to tell."""

    seconds: float = 0.0
    peak: float = 0.0
    notes: dict[str, float] = field(default_factory=dict)


class Bench:
    """What a phase has in hand: the generated project, what earlier phases kept, and the clock."""

    def __init__(self, work: Path, scale: int) -> None:
        self.project = work / "project"
        self.changed = work / "changed"
        self.half = work / "half"
        self.scale = scale
        self.now = NOW
        self.figures = Figures()
        self._kept = work / "kept"

    @contextmanager
    def clock(self) -> Iterator[None]:
        """Times a phase as in the line, where nobody looks for cycles: here, in all that earlier phases left."""
        gc.disable()
        started = time.perf_counter()
        yield
        self.figures.seconds = time.perf_counter() - started
        gc.enable()

    def keep(self, **values: object) -> None:
        self._kept.mkdir(exist_ok=True)
        for name, value in values.items():
            (self._kept / name).write_bytes(pickle.dumps(value))

    def kept(self, *names: str) -> Any:
        """What earlier phases kept, in the order of the names."""
        values = [pickle.loads((self._kept / name).read_bytes()) for name in names]
        return values if len(values) > 1 else values[0]

    def note(self, **notes: float) -> None:
        self.figures.notes.update(notes)

    def command(self, *command: str, exits: int = 0, project: Path | None = None, **environment: str) -> None:
        """Runs and times a program in a project's folder."""
        with self.clock():
            done = subprocess.run(
                command,
                cwd=project or self.project,
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                check=False,
            )
        if done.returncode != exits:
            raise SystemExit(f"bench: `{' '.join(command)}` gave exit code {done.returncode}, not {exits}")
        self.figures.peak = megabytes(resource.RUSAGE_CHILDREN)


def megabytes(who: int) -> float:
    """The peak: macOS counts it in bytes, Linux in kilobytes."""
    return resource.getrusage(who).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)


def generate(bench: Bench) -> None:
    from engine.generate import generate_project

    with bench.clock():
        files = generate_project(bench.project, bench.scale, SEED, bench.now, ROOT / "policies")
    bench.note(files=files)


def sources(bench: Bench) -> None:
    from engine.registry.agreements import FileAgreementStore
    from engine.sources.load import load_mesh

    with bench.clock():
        mesh = load_mesh(bench.project, FileAgreementStore(bench.project).read()).mesh
    tables = [table for product in mesh.products for table in product.tables]
    bench.note(tables=len(tables), columns=sum(len(table.columns) for table in tables), agreements=len(mesh.agreements))
    bench.keep(mesh=mesh)


def policies(bench: Bench) -> None:
    from engine.opa.bundle import read_policies
    from engine.opa.rules import load_rules

    with bench.clock():
        deciding = read_policies(bench.project / "policies")
        rules = load_rules(deciding)
    bench.keep(policies=deciding, rules=rules)


def decide(bench: Bench) -> None:
    from engine.entitle import questions, signed_questions
    from engine.opa.client import open_opa
    from engine.opa.decide import decide as decide_all

    mesh, deciding, rules = bench.kept("mesh", "policies", "rules")
    with bench.clock():
        asked, signed = questions(mesh), signed_questions(mesh, bench.now)
        with open_opa(deciding, rules) as opa:
            decisions = decide_all(opa, mesh, bench.now, asked, signed)
    bench.note(questions=len(asked), approvals=len(signed), opa=megabytes(resource.RUSAGE_CHILDREN))
    bench.keep(decisions=decisions)


def entitle(bench: Bench) -> None:
    from engine.entitle import entitle as entitle_all

    mesh, decisions = bench.kept("mesh", "decisions")
    with bench.clock():
        entitlements = entitle_all(mesh, decisions)
    bench.note(entitlements=len(entitlements))
    bench.keep(entitlements=entitlements)


def compile_(bench: Bench) -> None:
    _compile(bench, "")


def _compile(bench: Bench, which: str) -> None:
    from engine.entitle import valid_until
    from engine.grants.compile import compile_plan

    mesh, entitlements, rules = bench.kept(f"{which}mesh", f"{which}entitlements", f"{which}rules")
    with bench.clock():
        plan = compile_plan(mesh, entitlements, rules.policy_hash, bench.now, valid_until(mesh, bench.now))
    shares = sum(grant.kind == "datashare" for grant in plan.grants)
    bench.note(grants=len(plan.grants), shares=shares, unrealised=len(plan.unrealised))
    bench.keep(**{f"{which}plan": plan})


def write(bench: Bench) -> None:
    from engine.model.plan import write_plan

    plan = bench.kept("plan")
    with bench.clock():
        text = write_plan(plan)
    bench.note(bytes=len(text))


def equivalence(bench: Bench) -> None:
    _equivalence(bench, "")


def _equivalence(bench: Bench, which: str) -> None:
    from engine.grants.equivalence import compare

    plan = bench.kept(f"{which}plan")
    with bench.clock():
        comparison = compare(plan)
    if comparison.differences:
        raise SystemExit(f"bench: the plan is not equivalent: {comparison.differences[0].text}")
    bench.note(columns=comparison.columns)


def line(bench: Bench) -> None:
    with bench.clock():
        from engine.run import run_line

        run_line(bench.project, bench.now)


def impact(bench: Bench) -> None:
    """A persona's clearance is one line; the command reads both projects and decides both."""
    shutil.copytree(bench.project, bench.changed)
    for path in sorted((bench.changed / "personas").glob("analyst-*.yaml")):
        text = path.read_text(encoding="utf-8")
        if "clearance: confidential" in text:
            path.write_text(text.replace("clearance: confidential", "clearance: internal"), encoding="utf-8")
            break
    meshwarden = Path(sys.executable).parent / "meshwarden"
    asked = ("impact", "--base", str(bench.project), "--fail-on", "lost", "--now", bench.now.isoformat())
    bench.command(str(meshwarden), *asked, "-C", str(bench.changed), exits=2)


def half(bench: Bench) -> None:
    """A mesh of the same size with half of its products in warehouses, up to what is entitled."""
    from engine.entitle import entitle, questions, signed_questions
    from engine.generate import generate_project
    from engine.opa.bundle import read_policies
    from engine.opa.client import open_opa
    from engine.opa.decide import decide
    from engine.opa.rules import load_rules
    from engine.registry.agreements import FileAgreementStore
    from engine.sources.load import load_mesh

    generate_project(bench.half, bench.scale, SEED, bench.now, ROOT / "policies", redshift=0.5)
    with bench.clock():
        mesh = load_mesh(bench.half, FileAgreementStore(bench.half).read()).mesh
        deciding = read_policies(bench.half / "policies")
        rules = load_rules(deciding)
        with open_opa(deciding, rules) as opa:
            decisions = decide(opa, mesh, bench.now, questions(mesh), signed_questions(mesh, bench.now))
        entitlements = entitle(mesh, decisions)
    bench.note(entitlements=len(entitlements))
    bench.keep(half_mesh=mesh, half_entitlements=entitlements, half_rules=rules)


def half_compile(bench: Bench) -> None:
    _compile(bench, "half_")


def half_equivalence(bench: Bench) -> None:
    _equivalence(bench, "half_")


def half_synth(bench: Bench) -> None:
    _synth(bench, bench.half)


def half_statements(bench: Bench) -> None:
    from bench_statements import statements

    statements(bench)


def synth(bench: Bench) -> None:
    _synth(bench, bench.project)


def _synth(bench: Bench, project: Path) -> None:
    command = (sys.executable, "-m", "cdktf_app")
    bench.command(*command, project=project, PYTHONPATH=str(ROOT), MESHWARDEN_NOW=bench.now.isoformat())
    stacks = sorted((project / "cdktf.out" / "stacks").glob("*/cdk.tf.json"))
    kinds = [json.loads(stack.read_bytes()).get("resource", {}) for stack in stacks]
    bench.note(stacks=len(stacks), resources=sum(len(of_kind) for kind in kinds for of_kind in kind.values()))


def index(bench: Bench) -> None:
    from engine.graph.index import index_access

    mesh, plan = bench.kept("mesh", "plan")
    with bench.clock():
        index_access(mesh, plan)


def graph(bench: Bench) -> None:
    from engine.graph.build import build_access_graph

    mesh, plan = bench.kept("mesh", "plan")
    with bench.clock():
        built = build_access_graph(mesh, plan.entitlements, plan.unrealised)
    bench.note(nodes=built.number_of_nodes(), edges=built.number_of_edges())
