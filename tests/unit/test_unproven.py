"""Nothing unproven leaves a run: a plan that would give other than was decided is neither handed on nor recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EquivalenceError
from engine.grants.compile import compile_plan
from engine.model.instants import parse_instant
from engine.model.plan import Plan
from engine.run import recall_or_run, reviewed_plan, run_line, run_store
from tests.declared import copy_project

NOW = parse_instant("2026-06-01T09:00:00Z")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_a_plan_that_differs_from_the_entitlements_stops_every_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = run_line(project, NOW)

    def short_of_a_grant(*arguments: Any) -> Plan:
        plan = compile_plan(*arguments)
        return replace(plan, grants=tuple(grant for grant in plan.grants if "SELECT" not in grant.permissions))

    monkeypatch.setattr("engine.run.compile_plan", short_of_a_grant)
    for run in (run_line, recall_or_run, lambda root, now: reviewed_plan(root, sound.text, now)):
        with pytest.raises(EquivalenceError, match="the plan differs from the entitlements"):
            run(project, NOW)
    assert run_store(project).records() == []
