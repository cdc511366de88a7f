"""Terraform and the AWS provider on what is emitted. Without Terraform nothing here can be known."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from cdktf_app.validate import stack_files, validate
from engine.sources.deployment import Backend, Deployment
from tests.declared import column
from tests.synth.conftest import Synthesize
from tests.synth.small import IDLE, LOAN, Emitted, product, stacks, with_products

pytestmark = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="NO STACK WAS VALIDATED: there is no terraform on PATH"
)

EMPTY_STACK = f"{IDLE}-eu-west-1-consumer"
BUCKET = Backend(
    kind="s3",
    bucket="meshwarden-states",
    region="eu-west-1",
    key_prefix="mesh/prod",
    kms_key_arn="arn:aws:kms:eu-west-1:100000000001:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11",
)


def test_every_stack_is_valid(small: Emitted) -> None:
    assert stack_files(small.folder).keys() == small.stacks.keys()
    assert validate(small.folder) == ()


def test_every_stack_is_valid_with_its_state_in_a_bucket_whatever_authors_write(synthesize: Synthesize) -> None:
    loans = product("lending/loans", "eu-west-1", loan=(*LOAN, column("${file(1)} %{if}"), column("größe")))
    emitted = synthesize(stacks(mesh=with_products(loans)), Deployment(backend=BUCKET))
    assert emitted.stacks[EMPTY_STACK]["terraform"]["backend"] == {
        "s3": {
            "bucket": "meshwarden-states",
            "key": f"mesh/prod/{EMPTY_STACK}.tfstate",
            "region": "eu-west-1",
            "encrypt": True,
            "kms_key_id": BUCKET.kms_key_arn,
            "use_lockfile": True,
        }
    }
    assert validate(emitted.folder) == ()


def test_stacks_that_are_not_valid_are_named(small: Emitted, tmp_path: Path) -> None:
    breaks = {
        "governance-eu-west-1-lending": ('"SELECT"', '"READ"'),  # for the provider to find
        "300000000003-roles": ('"assume_role_policy"', '"trust_policy"'),
        "300000000003-eu-west-1-consumer": ('"aws_glue_catalog_database.link', '"aws_glue_catalog_database.lost'),
    }
    folder = tmp_path / "out"
    shutil.copytree(small.folder, folder)
    for stack, (old, new) in breaks.items():
        path = folder / "stacks" / stack / "cdk.tf.json"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
    assert {problem.file for problem in validate(folder)} == {f"{stack}/cdk.tf.json" for stack in breaks}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket for states, on an S3 of this process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    region = str(BUCKET.region)
    s3 = boto3.client("s3", region_name=region)
    s3.create_bucket(Bucket="meshwarden-states", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield "meshwarden-states"
    server.stop()


def test_a_state_lands_in_its_bucket(synthesize: Synthesize, bucket: str) -> None:
    """`terraform validate` looks at no backend; `init` and `apply` do, which lock, write and unlock the state."""
    emitted = synthesize(stacks(), Deployment(backend=BUCKET))
    folder = emitted.folder / "stacks" / EMPTY_STACK
    for command in (["init", "-input=false"], ["apply", "-input=false", "-auto-approve"]):
        done = subprocess.run(
            ["terraform", *command, "-no-color"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    s3 = boto3.client("s3", region_name=str(BUCKET.region))
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    key = f"mesh/prod/{EMPTY_STACK}.tfstate"
    assert [item["Key"] for item in listed] == [key]
    state = s3.get_object(Bucket=bucket, Key=key)
    assert state["ServerSideEncryption"] == "aws:kms"
    assert state["SSEKMSKeyId"] == BUCKET.kms_key_arn
    assert json.loads(state["Body"].read())["version"] == 4
