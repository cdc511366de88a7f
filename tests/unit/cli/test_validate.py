"""`meshwarden validate`."""

from __future__ import annotations

from engine.opa.bundle import write_generated
from tests.unit.cli.conftest import Run
from tests.unit.sources.conftest import Project


def test_a_project_in_order_is_counted(run: Run, demo: Project) -> None:
    done = run("validate", "-C", demo.root)
    assert done.code == 0
    assert "16 products, 74 tables, 818 columns" in done.out
    assert "10 personas, 200 principals, 25 agreements" in done.out
    assert done.out.splitlines()[-1] == f"no problem, {len(done.err.splitlines())} findings"


def test_findings_go_to_standard_error_and_stop_nothing(run: Run, small: Project) -> None:
    small.edit("mesh/bindings/payments.yaml", "amount: {classification: internal, personal: false}", "amount: {}")
    done = run("validate", "-C", small.root)
    assert done.code == 0
    unclassified, void = done.err.splitlines()
    assert unclassified.startswith("finding: mesh/products/payments.odcs.yaml:")
    assert void == (
        "finding: agreement `analyst-loans`: the approval by `olaf` as owner of 2026-01-02T00:00:00Z does not count"
        " (is void: it signs other terms)"
    )


def test_an_approval_of_an_earlier_version_is_no_finding(run: Run, small: Project) -> None:
    small.edit("mesh/agreements/analyst-loans.yaml", "version: 1", "version: 2")
    assert run("validate", "-C", small.root).err == ""


def test_all_problems_of_sources_and_policies_are_told_at_once(run: Run, small: Project) -> None:
    small.edit("personas/analyst.yaml", "clearance: confidential", "clearance: secret")
    small.edit("policies/access/question/residency.rego", "input.persona.regions", "input.persona.region")
    done = run("validate", "-C", small.root)
    assert (done.code, done.out) == (1, "")
    lines = done.err.splitlines()
    assert lines[0].startswith("error: personas/analyst.yaml:6: ")
    assert "policies/access/question/residency.rego:" in done.err
    assert lines[-1] == "2 problems"


def test_a_requirement_without_metadata_is_a_problem(run: Run, small: Project) -> None:
    small.write(
        "policies/access/question/new.rego", "package meshwarden.access.question.new\n\nmet if input.now != null\n"
    )
    done = run("validate", "-C", small.root)
    assert done.code == 1
    assert "policies/access/question/new.rego:1: requirement `new` lacks a title" in done.err


def test_stale_generated_files_are_problems_until_they_are_generated(run: Run, small: Project) -> None:
    small.write("policies/schema/question.json", "{}\n")
    small.write("policies/.manifest", "{}\n")
    done = run("validate", "-C", small.root)
    assert done.code == 1
    assert done.err.count("run `make fmt`") == 2
    assert "policies/schema/question.json: " in done.err
    write_generated(small.root / "policies")
    assert run("validate", "-C", small.root).code == 0
