"""`meshwarden plan` and `meshwarden equivalence`."""

from __future__ import annotations

import json

import pytest

from engine.model.instants import parse_instant
from engine.run import run_line, run_store
from tests.unit.cli.conftest import NOW, Run, everything_in
from tests.unit.sources.conftest import Project

LOANS = "mesh/agreements/risk-modelling-loans.yaml"
ACTIVE = "  - {state: active, at: 2025-09-24T13:40:00Z}"
REVOKED = f"{ACTIVE}\n  - {{state: revoked, at: 2026-05-31T00:00:00Z}}"


def test_a_plan_is_written_and_summed_up(run: Run, demo: Project) -> None:
    file = demo.root / "plan.json"
    done = run("plan", "-C", demo.root, "--out", file)
    assert done.code == 0
    line = run_line(demo.root, parse_instant(NOW))
    assert file.read_bytes() == line.text
    assert f"{len(line.plan.entitlements)} entitlements, {len(line.plan.access_roles)} access roles" in done.out
    assert "valid until 2026-06-15T00:00:00Z" in done.out
    assert "no plan to compare with: everything is new" in done.out
    assert "limit partition-key: " in done.out
    assert "way out: extend the agreement to the partition key" in done.out
    assert f"wrote {file}" in done.err


def test_the_same_grants_are_no_difference_also_later(run: Run, demo: Project) -> None:
    assert run("plan", "-C", demo.root, "--detailed-exitcode").code == 2
    done = run("plan", "-C", demo.root, "--detailed-exitcode", "--now", "2026-06-02T00:00:00Z")
    assert done.code == 0
    assert done.out.splitlines()[-1] == f"against the plan of {NOW}: no change"


def test_a_revoked_agreement_is_a_difference_in_words(run: Run, demo: Project) -> None:
    run("plan", "-C", demo.root)
    demo.edit(LOANS, ACTIVE, REVOKED)
    done = run("plan", "-C", demo.root, "--detailed-exitcode")
    assert done.code == 2
    group = done.out.split("access role credit-risk-analyst/credit-risk-modelling/300000000001\n")[1]
    assert "- entitlement risk-modelling-loans@300000000001: reads `servicing/loan-performance`: " in group
    assert "14 columns of `loan`" in group
    assert "- grant lf_tag/servicing/loan-performance/table: DESCRIBE, SELECT on each table where " in group
    assert "~ access role: trust: " in group
    assert "- session policy servicing/loan-performance: " in group
    assert "      `risk-modelling-loans@300000000001` is no more" in group


def test_it_is_compared_with_the_file_that_it_overwrites(run: Run, demo: Project) -> None:
    file = demo.root / "plan.json"
    run("plan", "-C", demo.root, "--out", file)
    demo.edit(LOANS, ACTIVE, REVOKED)
    run("plan", "-C", demo.root)
    assert run("plan", "-C", demo.root, "--detailed-exitcode").code == 0
    assert run("plan", "-C", demo.root, "--detailed-exitcode", "--out", file).code == 2


def test_a_recorded_plan_of_another_version_is_no_plan_before_and_that_is_said(run: Run, small: Project) -> None:
    run("plan", "-C", small.root)
    store = run_store(small.root)
    (record,) = store.records()
    older = store.put(b'{"version": 0}')
    store.append(record.model_copy(update={"plan_hash": older}))
    done = run("plan", "-C", small.root, "--detailed-exitcode")
    assert done.code == 2
    assert done.out.endswith("no plan to compare with: everything is new\n")
    said = f"everything counts as new, since the plan recorded last in `{small.root}/.meshwarden` is no plan of version"
    assert done.err.splitlines()[0].startswith(said)
    again = run("plan", "-C", small.root, "--detailed-exitcode")
    assert (again.code, "everything counts as new" in again.err) == (0, False)


def test_a_log_of_runs_of_another_version_stops_with_the_way_out(run: Run, small: Project) -> None:
    run("plan", "-C", small.root)
    log = small.root / ".meshwarden" / "runs.jsonl"
    log.write_bytes(b'{"plan_hash": "an older record"}\n' + log.read_bytes())
    done = run("plan", "-C", small.root)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"error: {log}:1: no record of a run of this version; move the file aside to go on; that costs history, never"
        " access\n"
    )
    log.rename(log.with_name("aside"))
    assert run("plan", "-C", small.root).code == 0


def test_a_run_that_fails_leaves_everything_as_it_was(run: Run, demo: Project) -> None:
    file = demo.root / "plan.json"
    run("plan", "-C", demo.root, "--out", file)
    demo.edit("personas/credit-risk-analyst.yaml", "clearance: confidential", "clearance: secret")
    before = everything_in(demo.root)
    assert run("plan", "-C", demo.root, "--out", file).code == 1
    assert everything_in(demo.root) == before


def test_the_report_as_json(run: Run, demo: Project) -> None:
    first = run("plan", "-C", demo.root, "--output", "json").json
    assert first["compared_with"] is None
    assert first["changes"] == []
    demo.edit(LOANS, ACTIVE, REVOKED)
    second = run("plan", "-C", demo.root, "--output", "json").json
    assert second["compared_with"] == NOW
    assert second["counts"]["entitlements"] == first["counts"]["entitlements"] - 1
    assert {"sign": "-", "id": "risk-modelling-loans@300000000001"}.items() <= second["changes"][0].items()


def test_equivalence_of_the_project_and_of_a_plan(run: Run, demo: Project) -> None:
    file = demo.root / "plan.json"
    run("plan", "-C", demo.root, "--out", file)
    whole = run("equivalence", "-C", demo.root)
    assert whole.code == 0
    assert "each role reads exactly its columns" in whole.out
    assert run("equivalence", "--plan", file).out == whole.out


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_grant_in_excess_is_named(run: Run, demo: Project, output: str) -> None:
    file = demo.root / "plan.json"
    run("plan", "-C", demo.root, "--out", file)
    plan = json.loads(file.read_text())
    grant = next(
        grant
        for grant in plan["grants"]
        if grant["role"] == "credit-risk-analyst/credit-risk-modelling/300000000001"
        and "SELECT" in grant["permissions"]
        and grant["product"] == "servicing/loan-performance"
    )
    classes = next(values for key, values in grant["target"]["expression"].items() if key.startswith("mw-class"))
    classes.append("confidential.personal")
    file.write_text(json.dumps(plan))
    done = run("equivalence", "--plan", file, "--output", output)
    assert done.code == 2
    if output == "json":
        difference = next(each for each in done.json["differences"] if each["column"] == "borrower_iban")
        assert (difference["kind"], difference["role"], difference["grant"]) == ("excess", grant["role"], grant["id"])
    else:
        line = next(line for line in done.out.splitlines() if "borrower_iban" in line)
        assert line.startswith("  + ")
        assert grant["role"] in line
        assert grant["id"] in line
