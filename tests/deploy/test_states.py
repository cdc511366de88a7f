"""Terraform's states in a bucket: encrypted, locked, without secrets, with no more rights than onboarding tells.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from moto.iam.models import iam_backends
from moto.s3.models import FakeBucket, FakeKey, s3_backends

from engine.onboard.permission import Permission, document_of
from engine.onboard.states import pipeline_roles
from tests.deploy.company import Company, company_of
from tests.deploy.conftest import NOW, SIGNED
from tests.deploy.deployment import DeployFailedError
from tests.deploy.projects import SLICE, change, copy_project, revoke, sign_everything
from tests.emulator.policies import bucket_named
from tests.emulator.world import Event

GOVERNANCE = "100000000001"
BUCKET = "meshwarden-states"
KEY = f"arn:aws:kms:eu-west-1:{GOVERNANCE}:key/1f0c2a52-6d3e-4c55-9d0b-7d1c1f6a0e11"
APPLIES = f"arn:aws:iam::{GOVERNANCE}:role/pipeline-apply"
ROLES = "300000000001-roles"
PATIENT = {f"TF_CLI_ARGS_{verb}": "-lock-timeout=10m" for verb in ("plan", "apply", "destroy")}
"""As docs/deploy.md has it."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    project = copy_project(SLICE, tmp_path_factory.mktemp("states") / "project")
    backend = {"kind": "s3", "bucket": BUCKET, "region": "eu-west-1", "key_prefix": "mesh", "kms_key_arn": KEY}
    change(project, "mesh/deployment.yaml", backend=backend)
    sign_everything(project, SIGNED)
    with company_of(project, NOW, by_hand=True) as made:
        s3_backends[GOVERNANCE]["aws"].create_bucket(BUCKET, "eu-west-1")
        assert made.settings.pipeline is not None
        for told in pipeline_roles(made.settings.pipeline, made.settings.backend):
            for arn in told.roles:
                _give(arn, told.permissions)
        yield _with(made, {})


def test_states_are_in_the_bucket_and_unlocked(company: Company) -> None:
    before = len(company.cloud.world.trail)
    company.deploy(NOW)
    assert company.misread(company.plan(NOW)) == []
    assert sorted(_objects()) == sorted(
        f"mesh/{path.name}.tfstate" for path in (company.project / "cdktf.out" / "stacks").iterdir()
    )
    assert not (company.project / "state").exists()
    events = [event for event in company.cloud.world.trail[before:] if event.service == "s3"]
    assert {event.caller.principal_arn for event in events if event.caller} == {APPLIES}
    locks = [event for event in events if str(event.parameters.get("Key", "")).endswith(".tflock")]
    assert {event.parameters.get("IfNoneMatch") for event in locks if event.name == "PutObject"} == {"*"}


def test_a_state_is_encrypted_and_holds_no_secret_and_no_data(company: Company) -> None:
    world = company.cloud.world
    secrets = {text for session in world.sessions.values() for text in (session.secret, session.token)}
    secrets |= {credentials.secret for credentials in company.cloud.administrators.values()}
    tables = [table for product in company.cloud.mesh.products for table in product.tables]
    data = {f"{column.name}-{row}" for table in tables for column in table.columns for row in (1, 2)}
    for name, held in _objects().items():
        assert (held.encryption, held.kms_key_id) == ("aws:kms", KEY), name
        text = held.value.decode()
        assert json.loads(text)["resources"] or name.endswith("-producer.tfstate")
        assert not [found for found in (*secrets, *data) if found in text], name


def test_who_plans_reads_states_and_writes_none(company: Company) -> None:
    environment = company.deployment.environment(NOW) | {"MESHWARDEN_ROLE": "plan"}
    environment |= company.cloud.server.environment(company.pipeline("plan"))
    _run(company, environment, sys.executable, "-m", "cdktf_app")
    planned = _run(company, environment, "terraform", f"-chdir={_folder()}", "plan", "-input=false", "-no-color")
    assert "No changes" in planned
    s3 = company.cloud.server.client("s3", company.pipeline("plan"))
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.put_object(Bucket=BUCKET, Key=f"mesh/{ROLES}.tfstate", Body=b"{}")


def test_of_two_deploys_at_once_one_is_refused_and_one_that_is_patient_waits(company: Company) -> None:
    revoke(company.project, "scores", NOW)
    environment = company.deployment.environment(NOW)
    _run(company, environment, sys.executable, "-m", "cdktf_app")
    apply = ["terraform", f"-chdir={_folder()}", "apply", "-no-color"]
    with subprocess.Popen(
        apply, cwd=company.project, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as first:
        try:
            _wait(lambda: f"mesh/{ROLES}.tfstate.tflock" in _objects())
            with pytest.raises(DeployFailedError, match="Error acquiring the state lock"):
                company.deploy(NOW, ROLES)
            before = len(company.cloud.world.trail)
            with _with(company, PATIENT).deployment.start("deploy", NOW, (ROLES,)) as second:
                _wait(lambda: any(_refused(event) for event in company.cloud.world.trail[before:]))
                first.communicate("no\n")  # it holds the state until it is answered
                said, _ = second.communicate()
            assert second.returncode == 0, said[-3000:]
        finally:
            first.kill()
    assert not [name for name in _objects() if name.endswith(".tflock")]
    scorer = next(role for role in company.plan(NOW).access_roles if role.persona == "scorer")
    assert company.cloud.reads_of(scorer, None) == {}


def _give(role: str, permissions: tuple[Permission, ...]) -> None:
    """As the company's own administrators do, besides what the role may already."""
    text = json.dumps(document_of(permissions))
    iam_backends[GOVERNANCE]["aws"].put_role_policy(role.rpartition("/")[2], "states", text)


def _with(company: Company, variables: Mapping[str, str]) -> Company:
    """Terraform's S3 client finds a bucket at a loopback address by path only."""
    variables = {"TF_CLI_ARGS_init": "-backend-config=use_path_style=true", **variables}
    before = company.deployment.surroundings
    return replace(company, deployment=replace(company.deployment, surroundings=lambda: {**before(), **variables}))


def _objects() -> dict[str, FakeKey]:
    bucket = bucket_named(BUCKET)
    assert isinstance(bucket, FakeBucket)
    return dict(bucket.keys.items())


def _refused(event: Event) -> bool:
    return event.service == "s3" and event.error_code == "PreconditionFailed"


def _folder() -> str:
    return f"cdktf.out/stacks/{ROLES}"


def _run(company: Company, environment: Mapping[str, str], *command: str) -> str:
    done = subprocess.run(
        command, cwd=company.project, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _wait(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.2)
    raise AssertionError("it did not happen within two minutes")
