"""The real Terraform and AWS provider: a role assumed in each of two accounts, and what stands there afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.emulator.faults import Fault
from tests.emulator.identity import Credentials, add_user
from tests.unit.emulator.house import EVERYTHING, ONE, REGION, STRANGER, TWO, House, document, trusting

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="NOTHING WAS APPLIED: no terraform on PATH")

BROKER = f"arn:aws:iam::{STRANGER}:user/broker"
PROVIDERS = {"one": ONE, "two": TWO}


def provider(alias: str, account: str) -> dict[str, object]:
    role = {"role_arn": f"arn:aws:iam::{account}:role/deployer", "session_name": "terraform"}
    return {"alias": alias, "region": REGION, "allowed_account_ids": [account], "assume_role": [role]}


def resources(alias: str) -> dict[str, dict[str, object]]:
    """A role, a managed policy, its attachment and an inline policy, in the account of the provider."""
    trust = document(trusting(f"arn:aws:iam::{PROVIDERS[alias]}:root"))
    reads = document({"Effect": "Allow", "Action": "glue:GetTable", "Resource": "*"})
    made: dict[str, dict[str, object]] = {
        "aws_iam_role": {"name": "reader", "path": "/mesh/", "assume_role_policy": trust, "tags": {"team": "lending"}},
        "aws_iam_policy": {"name": "reading", "path": "/mesh/", "policy": reads},
        "aws_iam_role_policy_attachment": {
            "role": f"${{aws_iam_role.{alias}.name}}",
            "policy_arn": f"${{aws_iam_policy.{alias}.arn}}",
        },
        "aws_iam_role_policy": {"role": f"${{aws_iam_role.{alias}.name}}", "name": "inline", "policy": reads},
    }
    return {kind: {"provider": f"aws.{alias}", **body} for kind, body in made.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    kinds: dict[str, dict[str, object]] = {}
    for alias in PROVIDERS:
        for kind, body in resources(alias).items():
            kinds.setdefault(kind, {})[alias] = body
    configuration = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
        "provider": {"aws": [provider(alias, account) for alias, account in PROVIDERS.items()]},
        "resource": kinds,
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(configuration))
    return tmp_path


@pytest.fixture
def broker(house: House) -> Credentials:
    made = add_user(STRANGER, "broker")
    for who in (house.one, house.two):
        iam = house.client("iam", who)
        iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=document(trusting(BROKER)))
        iam.put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=document(EVERYTHING))
    house.world.trail.clear()
    return made


def terraform(house: House, folder: Path, broker: Credentials, *arguments: str) -> int:
    done = subprocess.run(
        ["terraform", *arguments, "-input=false", "-no-color"],
        cwd=folder,
        env=os.environ | house.server.environment(broker),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 2), done.stdout + done.stderr
    return done.returncode


def test_applied_twice_and_destroyed(house: House, broker: Credentials, folder: Path) -> None:
    house.world.faults.append(Fault("throttle", every=5, seed=2))  # the provider bears it
    terraform(house, folder, broker, "init")
    terraform(house, folder, broker, "apply", "-auto-approve")
    for who, account in ((house.one, ONE), (house.two, TWO)):
        house.world.faults.clear()
        role = house.client("iam", who).get_role(RoleName="reader")["Role"]
        assert (role["Arn"], role["Tags"]) == (
            f"arn:aws:iam::{account}:role/mesh/reader",
            [{"Key": "team", "Value": "lending"}],
        )
    assert terraform(house, folder, broker, "plan", "-detailed-exitcode") == 0
    made = [event for event in house.world.trail if event.name == "CreateRole" and event.error_code is None]
    assert sorted(str(event.caller and event.caller.arn) for event in made) == [
        f"arn:aws:sts::{account}:assumed-role/deployer/terraform" for account in (ONE, TWO)
    ]
    assert {event.caller.arn for event in house.world.trail if event.name == "AssumeRole" and event.caller} == {BROKER}
    terraform(house, folder, broker, "destroy", "-auto-approve")
    for who in (house.one, house.two):
        left = house.client("iam", who)
        assert [role["RoleName"] for role in left.list_roles()["Roles"]] == ["deployer"]
        assert left.list_policies(Scope="Local")["Policies"] == []


def test_what_the_role_may_not_stops_it(house: House, broker: Credentials, folder: Path) -> None:
    denied = document(EVERYTHING, {"Effect": "Deny", "Action": "iam:CreatePolicy", "Resource": "*"})
    house.client("iam", house.two).put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=denied)
    terraform(house, folder, broker, "init")
    with pytest.raises(AssertionError, match="explicit deny in an identity-based policy"):
        terraform(house, folder, broker, "apply", "-auto-approve")
