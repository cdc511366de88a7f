"""The real Terraform and AWS provider: a function whose invocations share a table between two accounts, and take it
back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.emulator.identity import Credentials
from tests.emulator.lambda_service.state import Functions
from tests.unit.emulator.house import ONE, REGION, TWO, House, allow, document
from tests.unit.emulator.terraform import Terraform
from tests.unit.emulator.test_lambda import zipped
from tests.unit.emulator.warehouse import CLUSTER, CONSUMER_ARN, PRODUCER, SHARE, stand

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="NOTHING WAS APPLIED: no terraform on PATH")

HANDLER = """
import boto3
MAKE = ["CREATE DATASHARE loans SET PUBLICACCESSIBLE FALSE", "GRANT USAGE ON DATASHARE loans TO ACCOUNT '%s'"]
TAKE = ["DROP DATASHARE loans"]
def handle(event, context):
    data = boto3.client("redshift-data")
    for sql in {"create": MAKE, "update": [], "delete": TAKE}[event["tf"]["action"]]:
        told = data.execute_statement(ClusterIdentifier=event["cluster"], Database="dev", Sql=sql)
        while told["Status"] not in ("FINISHED", "FAILED"):
            told = data.describe_statement(Id=told["Id"])
        if told["Status"] == "FAILED":
            raise RuntimeError(f"{sql}: {told['Error']}")
    print(event["tf"]["action"])
    return {"done": event["tf"]["action"]}
"""
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
GROUP = "/aws/lambda/reconciler"


def provider(credentials: Credentials, account: str, **more: str) -> dict[str, object]:
    return {
        "allowed_account_ids": [account],
        "access_key": credentials.access_key,
        "secret_key": credentials.secret,
        **more,
    }


def configuration(house: House, note: str) -> dict[str, object]:
    runs = allow(["redshift-data:*", "redshift:GetClusterCredentialsWithIAM"])
    logs = allow(["logs:CreateLogStream", "logs:PutLogEvents"], "${aws_cloudwatch_log_group.log.arn}:*")
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
        "provider": {
            "aws": [
                provider(house.one, ONE),
                provider(house.two, TWO, alias="consumer"),
            ]
        },
        "resource": {
            "aws_iam_role": {
                "role": {
                    "name": "reconciler",
                    "assume_role_policy": document(LAMBDA),
                    "inline_policy": [{"name": "all", "policy": document(runs, logs)}],
                }
            },
            "aws_cloudwatch_log_group": {"log": {"name": GROUP, "retention_in_days": 30}},
            "aws_lambda_function": {
                "reconciler": {
                    "function_name": "reconciler",
                    "filename": "code.zip",
                    "source_code_hash": '${filebase64sha256("code.zip")}',
                    "handler": "code.handle",
                    "runtime": "python3.12",
                    "architectures": ["arm64"],
                    "role": "${aws_iam_role.role.arn}",
                    "timeout": 60,
                    "tags": {"team": "lending"},
                    "depends_on": ["aws_cloudwatch_log_group.log"],
                }
            },
            "aws_lambda_invocation": {
                "share": {
                    "function_name": "${aws_lambda_function.reconciler.function_name}",
                    "input": json.dumps({"cluster": CLUSTER, "note": note}),
                    "lifecycle_scope": "CRUD",
                    "terraform_key": "tf",
                }
            },
            "aws_redshift_data_share_authorization": {
                "share": {
                    "data_share_arn": SHARE,
                    "consumer_identifier": TWO,
                    "depends_on": ["aws_lambda_invocation.share"],
                }
            },
            "aws_redshift_data_share_consumer_association": {
                "share": {
                    "provider": "aws.consumer",
                    "data_share_arn": SHARE,
                    "consumer_arn": CONSUMER_ARN,
                    "depends_on": ["aws_redshift_data_share_authorization.share"],
                }
            },
        },
    }


def begun(house: House, folder: Path) -> Terraform:
    (folder / "code.zip").write_bytes(zipped(HANDLER % TWO))
    write(house, folder, "first")
    return Terraform(folder, house.server.environment(house.one, REGION))


def write(house: House, folder: Path, note: str) -> None:
    (folder / "main.tf.json").write_text(json.dumps(configuration(house, note)))


def test_apply_plans_nothing_anew_and_destroy_leaves_nothing(house: House, tmp_path: Path) -> None:
    stand(house)
    terraform = begun(house, tmp_path)
    terraform.done("init")
    terraform.done("apply", "-auto-approve")
    again = terraform.run("plan", "-detailed-exitcode")
    assert again.returncode == 0, again.stdout + again.stderr

    shares = house.world.warehouses.of_namespace(PRODUCER).state.shares
    held = shares["loans"].associations[TWO]
    assert (held.status, set(held.namespaces)) == ("ACTIVE", {CONSUMER_ARN})

    write(house, tmp_path, "second")
    terraform.done("apply", "-auto-approve")
    assert house.world.state(Functions, ONE, REGION).by_name["reconciler"].logs == ["create\n", "update\n"]
    messages = house.client("logs").filter_log_events(logGroupName=GROUP)["events"]
    assert [event["message"] for event in messages] == ["create", "update"]

    terraform.done("destroy", "-auto-approve")
    assert house.world.warehouses.of_namespace(PRODUCER).state.shares == {}
    assert house.world.state(Functions, ONE, REGION).by_name == {}
    assert house.client("logs").describe_log_groups()["logGroups"] == []


def test_what_sql_says_is_terraforms_error(house: House, tmp_path: Path) -> None:
    """The function's role has no right in the database, so that the share is not made, and nothing after it."""
    stand(house, rights=())
    terraform = begun(house, tmp_path)
    terraform.done("init")
    failed = terraform.run("apply", "-auto-approve")
    assert failed.returncode == 1
    assert "CREATE DATASHARE loans" in failed.stderr
    assert not any(event.name == "AuthorizeDataShare" for event in house.world.trail)
