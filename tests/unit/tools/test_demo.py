"""`make demo`: the story is told by commands that run, on the mesh as it is."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


def load_demo() -> ModuleType:
    """tools/ is a folder of scripts, no package."""
    file = Path(__file__).resolve().parents[3] / "tools" / "demo.py"
    spec = importlib.util.spec_from_file_location("demo", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


demo = load_demo()


@pytest.mark.slow
def test_every_command_of_the_story_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "synthesize", lambda: None)  # tests/synth has that
    demo.tell(tmp_path)
    told = capsys.readouterr().out
    assert "loan              14 of 22" in told
    assert f"{demo.ANALYST} cannot read {demo.TABLE}/borrower_tax_id" in told
    assert "  mw__credit_risk_analyst__credit_risk_modelling__credit_risk___exposures__analytics_dublin" in told
    assert "risk-dwh in 200000000001 eu-central-1 → analytics-dublin in 300000000001 eu-west-1" in told
    assert "5 views with 53 columns: collateral, counterparty, exposure, facility, provision" in told
    assert "+ gained: 31 principals, 7 columns, 7 of them with personal data" in told
    assert "`loan` gains `borrower_birth_date`" in told
    assert "- entitlement risk-modelling-loans@300000000001" in told
    assert (demo.ROOT / "why.svg").read_text().startswith("<svg")


def test_what_is_told_of_redshift_is_the_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "plan.json"
    views = [{"table": "loan", "columns": ["id", "rate"]}, {"table": "payment", "columns": ["paid"]}]
    warehouse = {"account": "1", "region": "r"}
    target = {"name": "s", "producer": "here", "consumer": "there", "database": "d", "views": views}
    grant = {
        "kind": "datashare",
        "entitlements": [f"{demo.SHARED}@2"],
        "product": "a/b",
        "principal": "arn:aws:iam::2:role/mw.x",
        "target": {**target, "redshift_role": "mw_x", "redshift_user": "mw_user"},
    }
    warehouses = [{"id": "here", **warehouse}, {"id": "there", **warehouse, "account": "2"}]
    file.write_text(json.dumps({"grants": [grant], "warehouses": warehouses}))
    demo.tell_share(file)
    told = capsys.readouterr().out
    assert "here in 1 r → there in 2 r" in told
    assert "2 views with 3 columns: loan, payment" in told
    assert "A session of mw.x reads them by database role" in told
    assert "    mw_x, as user mw_user " in told
    assert "in there as database.datashare.view, for example datashare.loan of database" in told
    file.write_text(json.dumps({"grants": [{**grant, "entitlements": ["other@2"]}], "warehouses": warehouses}))
    with pytest.raises(demo.DemoError, match="the plan has no datashare of"):
        demo.tell_share(file)


def test_a_command_that_fails_ends_the_story(tmp_path: Path) -> None:
    with pytest.raises(demo.DemoError, match=r"`meshwarden validate` exits 1:\nerror: "):
        demo.run("meshwarden", "validate", folder=tmp_path)
    with pytest.raises(demo.DemoError, match="there is no `meshwardn`"):
        demo.run("meshwardn", "validate")


def test_what_is_edited_must_stand_once(tmp_path: Path) -> None:
    file = tmp_path / "rule.rego"
    file.write_text("a a")
    with pytest.raises(demo.DemoError, match=r"rule\.rego says `a` 2 times"):
        demo.edit(file, "a", "b")
    assert file.read_text() == "a a"


def test_lines_that_are_not_told_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    demo.run("meshwarden", "schema", telling=demo.after("agreement "), most=1)
    shown = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert shown[0] == "$ meshwarden schema"
    assert shown[1].startswith("agreement ")
    assert shown[-1].strip().startswith("… and ")
