"""What a state holds is no orphan, so AWS is not asked of it; what is no state is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cdktf_app.once import made_once
from cdktf_app.orphans import main
from cdktf_app.states import States
from engine.errors import AccountError
from engine.grants.datashare.reconciler import FUNCTION
from engine.grants.location.live import OPT_IN
from engine.live.accounts import Accounts
from engine.model.standing import Thing
from engine.sources.deployment import Backend

GOLDEN = Path(__file__).with_name("golden")
STACK = "300000000003-roles"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One stack, which is synthesized, and whose state holds all of it. AWS is out of reach, so asking it fails."""
    folder = Path("cdktf.out", "stacks", STACK)
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "cdk.tf.json").write_bytes((GOLDEN / f"{STACK}.tf.json").read_bytes())
    manifest = {"stacks": {STACK: {"synthesizedStackPath": f"stacks/{STACK}/cdk.tf.json"}}}
    (tmp_path / "cdktf.out" / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "state").mkdir()
    held = [item.address.split(".", 1) for item in made_once(tmp_path, folder)]
    assert held
    write_state(tmp_path, [{"type": kind, "name": name, "instances": [{}]} for kind, name in held])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    return tmp_path


def write_state(project: Path, resources: list[dict[str, object]]) -> None:
    text = json.dumps({"version": 4, "resources": resources})
    (project / "state" / f"{STACK}.tfstate").write_text(text)


@pytest.mark.usefixtures("project")
def test_what_the_state_holds_is_no_orphan(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0
    assert capsys.readouterr().out.startswith("# no orphans")


def test_a_kind_that_cannot_be_seen_hides_no_other(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opt-ins are not seen before the lake settings stand, which may wait for the stack of a function."""
    stack = "300000000003-eu-west-1-consumer"
    folder = Path("cdktf.out", "stacks", stack)
    (project / folder).mkdir(parents=True)
    (project / folder / "cdk.tf.json").write_bytes((GOLDEN / f"{stack}.tf.json").read_bytes())
    manifest = {"stacks": {stack: {"synthesizedStackPath": f"stacks/{stack}/cdk.tf.json"}}}
    (project / "cdktf.out" / "manifest.json").write_text(json.dumps(manifest))

    def read(_: Accounts, account: str, region: str, things: set[Thing], central: str) -> set[Thing]:
        del central
        if any(thing.kind == OPT_IN for thing in things):
            raise AccountError(f"account {account}, {region}: ListLakeFormationOptIns: AccessDenied")
        return {thing for thing in things if thing.kind == FUNCTION}

    monkeypatch.setattr("cdktf_app.orphans.read_named", read)
    assert main() == 2
    told = capsys.readouterr()
    assert "import -input=false aws_lambda_function.function-meshwarden-reconciler-consumer" in told.out
    assert told.err.count("ListLakeFormationOptIns") == 1


def test_a_state_that_cannot_be_read_stops(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "state" / f"{STACK}.tfstate").write_text("{")
    assert main() == 1
    assert "no state of Terraform, so nobody knows what it holds" in capsys.readouterr().err


def test_an_empty_file_is_no_state_yet_as_for_terraform(project: Path) -> None:
    states = States(project, Backend())
    assert states.state(STACK).addresses
    (project / "state" / f"{STACK}.tfstate").write_text("")
    assert states.state(STACK).addresses == states.state("another").addresses == frozenset()
