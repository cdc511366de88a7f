"""`meshwarden quotas`."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.declared import copy_project
from tests.unit.cli.conftest import Run


def test_the_demo_fits(run: Run, tmp_path: Path) -> None:
    done = run("quotas", "-C", copy_project(tmp_path / "project"))
    assert done.code == 0
    assert done.out.splitlines()[-1] == "everything fits"
    assert any(line.split()[:3] == ["300000000001", "all", "iam-roles-per-account"] for line in done.out.splitlines())


def test_json_and_csv_say_the_same(run: Run, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    rows = run("quotas", "-C", project, "--output", "json").json["quotas"]
    cells = list(csv.DictReader(run("quotas", "-C", project, "--output", "csv").out.splitlines()))
    assert len(rows) == len(cells) > 10
    for row, cell in zip(rows, cells, strict=True):
        assert row["remaining"] == row["value"] - row["used"] >= 0
        assert (cell["limit"], cell["used"]) == (row["limit"], f"{row['used']:,}")
        assert row["source"].startswith("https://docs.aws.amazon.com/")


def test_what_does_not_fit_is_counted(run: Run, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    accounts = project / "mesh" / "accounts.yaml"
    text = accounts.read_text()
    named = "    name: analytics-prod\n"
    assert text.count(named) == 1
    accounts.write_text(text.replace(named, f"{named}    quotas: {{iam-policies-per-account: 5}}\n"))
    done = run("quotas", "-C", project)
    assert "tables unrealised for want of room; `meshwarden plan` lists them" in done.out.splitlines()[-1]
    report = run("quotas", "-C", project, "--output", "json").json
    assert {item["limit"] for item in report["unrealised"]} == {"iam-policies-per-account"}
    assert all(item["way_out"] for item in report["unrealised"])
