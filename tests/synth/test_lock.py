"""What is synthesized is judged before it is written: a wildcard that engine or construct let slip stops there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cdktf_app.layout import StackPlan
from cdktf_app.lock import synthesize_locked
from engine.errors import TerraformError
from engine.model.plan import Document, Grant, RolePlan
from engine.opa.bundle import read_lock
from engine.opa.lock import load_lock
from engine.sources.deployment import Backend, Deployment
from tests.synth.small import CONSUMER, stacks
from tests.synth.test_main import NOW, ROOT, copy_project, emitted, run

LOCK = load_lock(read_lock(ROOT / "policies"))
BUCKET = Backend(
    kind="s3",
    bucket="meshwarden-states",
    region="eu-west-1",
    key_prefix="mesh",
    kms_key_arn="arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11",
)


@pytest.mark.parametrize("backend", [Backend(), BUCKET], ids=["local", "s3"])
def test_what_is_let_through_is_written_where_cdktf_looks(tmp_path: Path, backend: Backend) -> None:
    folder = synthesize_locked(stacks(), Deployment(backend=backend), LOCK, tmp_path, {"CDKTF_OUTDIR": "out"})
    assert folder == tmp_path / "out"
    assert (folder / "manifest.json").is_file()
    assert len(list(folder.glob("stacks/*/cdk.tf.json"))) == len(stacks())


def with_role(change: Document) -> tuple[StackPlan, ...]:
    """The stacks, with this in the first statement of every role's trust."""

    def changed(role: RolePlan) -> RolePlan:
        statements = role.trust["Statement"]
        assert isinstance(statements, list)
        return replace(role, trust=role.trust | {"Statement": [statements[0] | change]})

    return tuple(replace(stack, roles=tuple(map(changed, stack.roles))) for stack in stacks())


def with_grants(change: Callable[[Grant], Grant]) -> tuple[StackPlan, ...]:
    return tuple(replace(stack, grants=tuple(map(change, stack.grants))) for stack in stacks())


def to_everybody(grant: Grant) -> Grant:
    return replace(grant, principal="IAM_ALLOWED_PRINCIPALS")


def of_everything(grant: Grant) -> Grant:
    """A permission that a plan's own types do not know."""
    permissions: tuple[Any, ...] = ("ALL",)
    return replace(grant, permissions=permissions)


@pytest.mark.parametrize(
    ("plans", "told"),
    [
        (
            with_role({"Principal": {"AWS": "*"}}),
            f"stack `{CONSUMER}-roles`: `aws_iam_role.role-.*` does not meet `trust`",
        ),
        (with_role({"Condition": {}}), "does not meet `trust`"),
        (with_grants(to_everybody), "does not meet `grantee` .*`IAM_ALLOWED_PRINCIPALS`"),
        (with_grants(of_everything), "does not meet `reading` .*: it grants ALL; grant DESCRIBE and SELECT only"),
    ],
    ids=["trust in everyone", "trust without end", "a grant to everybody", "a grant of everything"],
)
def test_what_is_denied_leaves_nothing(tmp_path: Path, plans: tuple[StackPlan, ...], told: str) -> None:
    with pytest.raises(TerraformError, match=told):
        synthesize_locked(plans, Deployment(), LOCK, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def test_what_was_written_before_stays_where_the_next_is_denied(tmp_path: Path) -> None:
    folder = synthesize_locked(stacks(), Deployment(), LOCK, tmp_path, {})
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(TerraformError):
        synthesize_locked(with_grants(of_everything), Deployment(), LOCK, tmp_path, {})
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_construct_that_lets_a_wildcard_slip_is_stopped(tmp_path: Path) -> None:
    """The whole of `python -m cdktf_app`, with a construct that emits session policies for all of Athena."""
    project = copy_project(tmp_path / "project")
    for package in ("engine", "cdktf_app"):
        shutil.copytree(ROOT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    construct = project / "cdktf_app/constructs/session_policy.py"
    text = construct.read_text()
    emitted_text = "as_text(plan.document)"
    assert text.count(emitted_text) == 1
    slipped = f'{emitted_text}.replace("athena:StopQueryExecution", "athena:*")'
    construct.write_text(text.replace(emitted_text, slipped))
    done = run(project, MESHWARDEN_NOW=NOW)
    assert (done.returncode, done.stdout) == (1, "")
    first = done.stderr.splitlines()[0]
    assert first.startswith("error: stack `300000000001-roles`: `aws_iam_policy.")
    assert "does not meet `permissions`" in first
    assert '"athena:*"' in first
    assert emitted(project) == {}
    assert not (project / "cdktf.out").exists()


def test_a_project_without_policies_on_terraform_is_refused(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    shutil.rmtree(project / "policies" / "terraform")
    done = run(project, MESHWARDEN_NOW=NOW)
    assert done.returncode == 1
    assert done.stderr.endswith("no policies found below `terraform`, and nothing is synthesized without them\n")
    assert not (project / "cdktf.out").exists()
