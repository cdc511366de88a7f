"""One deployment: the whole line, then Terraform. Whatever is wrong stops it before a stack is written.

MESHWARDEN_NOW    the instant of the run, as 2026-01-31T00:00:00Z; else the present
MESHWARDEN_PLAN   a file with a reviewed plan, which is what is deployed, or nothing is; its instant is its own
MESHWARDEN_ROLE   `plan`: Terraform assumes the role that only reads, as for `cdktf diff`; else `deploy`
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cdktf_app.layout import StackPlan, as_terraform_reads, lay_out
from cdktf_app.leaving import check_states, record_stacks
from cdktf_app.lock import synthesize_locked
from engine.errors import MeshwardenError, PlanError
from engine.model.instants import parse_instant
from engine.opa.bundle import read_lock
from engine.opa.lock import load_lock
from engine.registry.stacks import check_leaving
from engine.run import Progress, Run, record_run, reviewed_plan, run_line, stack_store
from engine.sources.deployment import Deployment, load_deployment


def main() -> int:
    """Synthesizes the project in the working directory. Gives the exit code: 0 done, 1 an error, told in words."""
    try:
        root = Path.cwd()
        lock = load_lock(read_lock(root / "policies"))
        stacks, deployment = prepare(root, os.environ, datetime.now(UTC).replace(microsecond=0))
        synthesize_locked(stacks, deployment, lock, root, os.environ)
        record_stacks(root, stacks)
    except (MeshwardenError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(
    root: Path, environment: Mapping[str, str], present: datetime, progress: Progress = lambda _: None
) -> tuple[tuple[StackPlan, ...], Deployment]:
    """The stacks of the project in `root` and how they are deployed; the run is recorded. Raises MeshwardenError."""
    deployment = load_deployment(root)
    run = _run(root, environment, present, progress)
    reading = _reads(environment)
    stacks = tuple(replace(stack, reading=reading) for stack in lay_out(run.mesh, as_terraform_reads(run.text)))
    check_leaving(stack_store(root), run.mesh)
    check_states(root, stacks)
    record_run(root, run, planned=True)
    return stacks, deployment


def _run(root: Path, environment: Mapping[str, str], present: datetime, progress: Progress) -> Run:
    reviewed = environment.get("MESHWARDEN_PLAN")
    if reviewed is None:
        return run_line(root, _now(environment, present), progress=progress)
    try:
        text = (root / reviewed).read_bytes()
    except OSError as error:
        raise PlanError(f"MESHWARDEN_PLAN: `{reviewed}` cannot be read: {error.strerror}") from None
    # MESHWARDEN_NOW would let through a plan whose time is over
    return reviewed_plan(root, text, present, progress)


def _reads(environment: Mapping[str, str]) -> bool:
    role = environment.get("MESHWARDEN_ROLE", "deploy")
    if role not in {"plan", "deploy"}:
        raise PlanError(f"MESHWARDEN_ROLE is `{role}`; expected one of deploy, plan")
    return role == "plan"


def _now(environment: Mapping[str, str], present: datetime) -> datetime:
    written = environment.get("MESHWARDEN_NOW")
    try:
        return parse_instant(written) if written else present
    except ValueError as error:
        raise PlanError(f"MESHWARDEN_NOW: {error}") from None
