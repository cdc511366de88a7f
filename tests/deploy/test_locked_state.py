"""A state in a bucket whose deploy was killed: the lock is named, with the line that takes it away, before all else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy.interrupt import killing
from tests.deploy.projects import ROOT
from tests.emulator.identity import add_user
from tests.emulator.server import serve
from tests.emulator.world import World

ACCOUNT, STACK = "100000000001", "governance-eu-west-1"
SETTINGS = """\
backend:
  kind: s3
  bucket: meshwarden-states
  region: eu-west-1
  key_prefix: mesh
  kms_key_arn: arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one synthesized stack, whose only resource is built into Terraform."""
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh" / "deployment.yaml").write_text(SETTINGS)
    folder = tmp_path / "cdktf.out" / "stacks" / STACK
    folder.mkdir(parents=True)
    manifest = {"stacks": {STACK: {"synthesizedStackPath": f"stacks/{STACK}/cdk.tf.json"}}}
    (tmp_path / "cdktf.out" / "manifest.json").write_text(json.dumps(manifest))
    bucket = {"bucket": "meshwarden-states", "region": "eu-west-1", "key": f"mesh/{STACK}.tfstate"}
    stack = {
        "terraform": {
            "backend": {"s3": bucket | {"use_lockfile": True, "use_path_style": True}},
            "required_providers": {"aws": {"source": "aws", "version": "5.100.0"}},
        },
        "provider": {
            "aws": [
                {
                    "region": "eu-west-1",
                    "allowed_account_ids": [ACCOUNT],
                    "assume_role": [{"role_arn": f"arn:aws:iam::{ACCOUNT}:role/meshwarden-deploy"}],
                }
            ]
        },
        "resource": {"terraform_data": {"tags-done-loans": {}}},
    }
    (folder / "cdk.tf.json").write_text(json.dumps(stack))
    return tmp_path


def test_the_lock_of_a_killed_deploy_is_named_and_taken_away(project: Path) -> None:
    world = World()
    with serve(world) as server:
        administrator = add_user(ACCOUNT, "administrator")
        place = {"LocationConstraint": "eu-west-1"}
        server.client("s3", administrator).create_bucket(Bucket="meshwarden-states", CreateBucketConfiguration=place)
        environment = os.environ | server.environment(administrator)
        command = ["terraform", f"-chdir=cdktf.out/stacks/{STACK}"]
        run(project, environment, *command, "init", "-input=false")
        apply = [*command, "apply", "-auto-approve", "-input=false"]
        with (
            subprocess.Popen(apply, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as process,
            killing(world, process, "PutObject"),
        ):
            process.communicate()
        told = orphans(project, environment)
        assert told.returncode == 2, told.stderr
        assert told.stdout.startswith(f"# {STACK}: its state is locked by ")
        run(project, environment, "sh", "-e", "-c", told.stdout)
        run(project, environment, *apply)
        told = orphans(project, environment)
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith("# no orphans")


def test_a_bucket_that_is_not_there_is_an_error(project: Path) -> None:
    with serve(World()) as server:
        told = orphans(project, os.environ | server.environment(add_user(ACCOUNT, "administrator")))
    assert (told.returncode, told.stdout) == (1, "")
    assert "NoSuchBucket" in told.stderr


def run(project: Path, environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def orphans(project: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cdktf_app.orphans"],
        cwd=project,
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
