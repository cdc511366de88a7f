"""The whole line on the demo mesh: recorded, recalled, reviewed, and the same bytes however its sources are written."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from engine.errors import PlanError, RegistryError
from engine.model.instants import parse_instant
from engine.model.plan import plan_hash, read_plan, write_plan
from engine.run import recall_or_run, record_run, reviewed_plan, run_line, run_store
from engine.text.yaml_text import read_yaml
from tests.declared import ROOT, copy_project

NOW = parse_instant("2026-06-01T09:00:00Z")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_the_plan_reads_back_as_it_was_written() -> None:
    run = run_line(ROOT, NOW)
    assert run.plan.grants
    assert run.plan.unrealised
    assert read_plan(run.text) == run.plan
    assert write_plan(read_plan(run.text)) == run.text


def test_shuffled_and_reformatted_sources_give_the_same_bytes(project: Path) -> None:
    before = run_line(project, NOW).text
    chance = random.Random(7)
    for path in sorted(project.rglob("*.yaml")):
        if path.name != "deployment.yaml":
            shuffled = _shuffled(read_yaml(path.read_bytes()).data, chance)
            path.write_text(yaml.safe_dump(shuffled, sort_keys=False, default_flow_style=chance.choice([True, False])))
    assert run_line(project, NOW).text == before


def test_a_run_is_recalled_until_its_facts_or_its_time_change(project: Path) -> None:
    first = recall_or_run(project, NOW)
    again = recall_or_run(project, NOW + timedelta(minutes=1))
    assert again.text == first.text
    assert again.mesh == first.mesh
    assert again.decisions == first.decisions
    assert len(run_store(project).records()) == 1

    assert first.plan.valid_until is not None
    later = recall_or_run(project, first.plan.valid_until)
    assert later.plan.now == first.plan.valid_until
    assert len(run_store(project).records()) == 2

    embargo = project / "policies/access/question/embargo.rego"
    embargo.write_text(embargo.read_text() + "\n# a comment\n")
    assert recall_or_run(project, NOW).plan.policy_hash != first.plan.policy_hash

    broker = project / "mesh/broker.yaml"
    broker.write_text(broker.read_text().replace("meshwarden-broker", "another-broker"))
    changed = recall_or_run(project, NOW)
    assert changed.plan.facts_hash != first.plan.facts_hash
    assert len(run_store(project).records()) == 4


def test_a_record_that_was_changed_is_refused(project: Path) -> None:
    record = record_run(project, run_line(project, NOW), planned=True)
    path = project / ".meshwarden/objects" / record.plan_hash
    path.write_bytes(path.read_bytes().replace(b"SELECT", b"DELETE"))
    with pytest.raises(
        RegistryError, match=r"was changed after it was recorded; .* move the folder `.*/.meshwarden` aside"
    ):
        recall_or_run(project, NOW)
    (project / ".meshwarden").rename(project / "aside")
    assert plan_hash(recall_or_run(project, NOW).text) == record.plan_hash


def test_a_reviewed_plan_is_deployed_only_in_its_time_and_only_as_it_was_reviewed(project: Path) -> None:
    run = run_line(project, NOW)
    assert run.plan.valid_until is not None
    assert reviewed_plan(project, run.text, run.plan.valid_until - timedelta(seconds=1)).text == run.text
    for instant in (NOW - timedelta(seconds=1), run.plan.valid_until):
        with pytest.raises(PlanError, match="the reviewed plan holds from"):
            reviewed_plan(project, run.text, instant)
    tampered = run.text.replace(b'"SELECT"', b'"DESCRIBE"', 1)
    with pytest.raises(PlanError, match="is not what the project gives now"):
        reviewed_plan(project, tampered, NOW)
    with pytest.raises(PlanError, match="no plan of version 1"):
        reviewed_plan(project, b"{}", NOW)
    table_policy = run.text.replace(b'"target": {', b'"target": {"wildcard": true, ', 1)
    with pytest.raises(PlanError, match="it says more than a plan does"):
        reviewed_plan(project, table_policy, NOW)


def _shuffled(node: object, chance: random.Random) -> object:
    if isinstance(node, dict):
        keys = list(node)
        chance.shuffle(keys)
        return {key: _shuffled(node[key], chance) for key in keys}
    if isinstance(node, list):
        items = [_shuffled(item, chance) for item in node]
        if not all(isinstance(item, str) for item in items) or not _is_ordered(items):
            chance.shuffle(items)
        return items
    return node


def _is_ordered(items: list[object]) -> bool:
    """An account's regions are a list whose first means something; it stays as it is."""
    return any(str(item).startswith(("eu-", "us-")) for item in items)
