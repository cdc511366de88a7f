"""What `cdktf synth` runs: to the same bytes in any folder, or to a clean refusal before cdktf starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cdktf_app.main import prepare
from engine.errors import PlanError
from engine.run import run_line, run_store

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-06-01T09:00:00Z"
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


def copy_project(folder: Path) -> Path:
    for part in ("mesh", "personas", "policies"):
        shutil.copytree(ROOT / part, folder / part)
    return folder


def run(project: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m cdktf_app` in a project's folder."""
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("MESHWARDEN_", "JSII_"))}
    return subprocess.run(
        [sys.executable, "-m", "cdktf_app"],
        cwd=project,
        env=surroundings | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def emitted(project: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in project.glob("cdktf.out/stacks/*/cdk.tf.json")}


def test_the_same_project_gives_the_same_bytes_in_any_folder(tmp_path: Path) -> None:
    folders = [copy_project(tmp_path / "a"), copy_project(tmp_path / "much" / "deeper" / "with a space")]
    for folder, seed in zip(folders, ("1", "2"), strict=True):
        done = run(folder, MESHWARDEN_NOW=NOW, PYTHONHASHSEED=seed)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    one, other = map(emitted, folders)
    assert len(one) == 14
    assert one == other


def broken_settings(project: Path) -> dict[str, str]:
    (project / "mesh" / "deployment.yaml").write_text("backend: {kind: s3}\n")
    return {}


def broken_mesh(project: Path) -> dict[str, str]:
    (project / "mesh" / "broker.yaml").write_text("role_arn: nobody\n")
    return {}


def no_instant(_: Path) -> dict[str, str]:
    return {"MESHWARDEN_NOW": "today"}


def no_plan(_: Path) -> dict[str, str]:
    return {"MESHWARDEN_PLAN": "reviewed.json"}


def empty_plan(_: Path) -> dict[str, str]:
    """A variable that is set and empty asks for a review too: nothing unreviewed is deployed then."""
    return {"MESHWARDEN_PLAN": ""}


def broken_plan(project: Path) -> dict[str, str]:
    (project / "reviewed.json").write_text("{}")
    return {"MESHWARDEN_PLAN": "reviewed.json"}


def other_role(_: Path) -> dict[str, str]:
    return {"MESHWARDEN_ROLE": "admin"}


def other_binding(_: Path) -> dict[str, str]:
    return {"MESHWARDEN_BINDING": "pulumi"}


def no_node(_: Path) -> dict[str, str]:
    return {"PATH": os.fspath(Path(sys.executable).parent)}


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (broken_settings, "error: mesh/deployment.yaml:1: "),
        (broken_mesh, "error: mesh/broker.yaml:1: "),
        (no_instant, "error: MESHWARDEN_NOW: `today` is no instant"),
        (no_plan, "error: MESHWARDEN_PLAN: `reviewed.json` cannot be read: No such file"),
        (empty_plan, "error: MESHWARDEN_PLAN: `` cannot be read: "),
        (broken_plan, "error: no plan of version 1: "),
        (other_role, "error: MESHWARDEN_ROLE is `admin`; expected one of deploy, plan\n"),
        (other_binding, "error: MESHWARDEN_BINDING is `pulumi`; expected one of cdktf, cdktn\n"),
        (no_node, "error: there is no `node` on PATH"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(project: Path, breaks: Callable[[Path], dict[str, str]], said: str) -> None:
    environment = {"MESHWARDEN_NOW": NOW} | breaks(project)
    done = run(project, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert not (project / "cdktf.out").exists()


def test_without_an_instant_it_is_the_present(project: Path) -> None:
    before, _ = prepare(project, {}, datetime(2025, 1, 1, tzinfo=UTC))
    during, _ = prepare(project, {}, AT)
    assert not [grant for stack in before for grant in stack.grants]
    assert [grant for stack in during for grant in stack.grants]
    assert prepare(project, {"MESHWARDEN_NOW": NOW}, datetime(2025, 1, 1, tzinfo=UTC))[0] == during
    assert [record.planned for record in run_store(project).records()] == [True] * 3


def test_who_plans_reads_only(project: Path) -> None:
    for role, reading in (("plan", True), ("deploy", False)):
        stacks, _ = prepare(project, {"MESHWARDEN_ROLE": role}, AT)
        assert {stack.reading for stack in stacks} == {reading}
    assert not any(stack.reading for stack in prepare(project, {}, AT)[0])


def test_a_reviewed_plan_is_what_is_deployed(project: Path) -> None:
    review = run_line(project, AT)
    (project / "reviewed.json").write_bytes(review.text)
    later = AT + timedelta(seconds=1)
    assert prepare(project, {"MESHWARDEN_PLAN": "reviewed.json"}, later) == prepare(project, {}, later)


def test_a_plan_that_the_line_does_not_give_is_refused(project: Path) -> None:
    text = run_line(project, AT).text
    (project / "reviewed.json").write_bytes(text.replace(b'"SELECT"', b'"SELECT","DESCRIBE"', 1))
    with pytest.raises(PlanError, match="is not what the project gives now"):
        prepare(project, {"MESHWARDEN_PLAN": "reviewed.json"}, AT)


def test_a_plan_for_another_project_is_refused(project: Path) -> None:
    (project / "reviewed.json").write_bytes(run_line(project, AT).text)
    (project / "mesh" / "agreements" / "collections-cases.approvals.yaml").unlink()
    with pytest.raises(PlanError, match="is not what the project gives now"):
        prepare(project, {"MESHWARDEN_PLAN": "reviewed.json"}, AT)


def test_a_plan_is_deployed_in_its_time_only(project: Path) -> None:
    review = run_line(project, AT)
    (project / "reviewed.json").write_bytes(review.text)
    assert review.plan.valid_until is not None
    for present in (AT - timedelta(seconds=1), review.plan.valid_until):
        for environment in ({}, {"MESHWARDEN_NOW": NOW}):
            with pytest.raises(PlanError, match="the reviewed plan holds from"):
                prepare(project, {"MESHWARDEN_PLAN": "reviewed.json"} | environment, present)
