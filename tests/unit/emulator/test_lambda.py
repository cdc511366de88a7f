"""Functions: made and changed as the provider does it, and run in a process of their own.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import base64
import io
import json
import os
import threading
import zipfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.emulator.identity import add_user
from tests.emulator.lambda_service import invoke
from tests.emulator.lambda_service.state import Functions
from tests.unit.emulator.house import ONE, REGION, TWO, House, allow, deny, document, refused

ARN = f"arn:aws:lambda:{REGION}:{TWO}:function:worker"
ROLE = f"arn:aws:iam::{TWO}:role/worker"
GROUP = "/aws/lambda/worker"
SERVICE = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGS = allow(["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:{REGION}:{TWO}:log-group:{GROUP}:*")
WHO = """
import boto3
print("asking")
def handle(event, context):
    found = boto3.client("sts").get_caller_identity()
    return {"arn": found["Arn"], "event": event, "name": context.function_name}
"""


def zipped(source: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("code.py", source)
    return out.getvalue()


def make(house: House, source: str = WHO, *statements: dict[str, Any], **more: Any) -> Any:
    """The function, its role trusted by Lambda and with the statements, and a client of its account."""
    if ROLE not in str(house.client("iam", house.two).list_roles()["Roles"]):
        house.role("worker", SERVICE, *(statements or (LOGS,)))
    asked = {
        "FunctionName": "worker",
        "Role": ROLE,
        "Runtime": "python3.12",
        "Handler": "code.handle",
        "Code": {"ZipFile": zipped(source)},
        "Timeout": 30,
    }
    client = house.client("lambda", house.two)
    client.create_function(**(asked | more))
    return client


def call(client: Any, event: object = None, **more: Any) -> tuple[Any, str | None]:
    """The answer's payload, and its function error."""
    answer = client.invoke(FunctionName="worker", Payload=json.dumps(event), **more)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def test_a_function_is_told_as_it_was_made(house: House) -> None:
    client = make(house, Tags={"team": "lending"}, Description="works", Architectures=["arm64"])
    told = client.get_function(FunctionName="worker")
    assert told["Tags"] == {"team": "lending"}
    configuration = told["Configuration"]
    assert configuration["FunctionArn"] == ARN
    assert (configuration["State"], configuration["LastUpdateStatus"]) == ("Active", "Successful")
    assert (configuration["Architectures"], configuration["MemorySize"]) == (["arm64"], 128)
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": GROUP}
    assert client.get_function_configuration(FunctionName=ARN)["Description"] == "works"
    (version,) = client.list_versions_by_function(FunctionName="worker")["Versions"]
    assert (version["Version"], version["FunctionArn"]) == ("$LATEST", f"{ARN}:$LATEST")
    assert "CodeSigningConfigArn" not in client.get_function_code_signing_config(FunctionName="worker")


def test_a_function_changes_and_goes(house: House) -> None:
    client = make(house)
    before = client.get_function_configuration(FunctionName="worker")
    assert call(client)[0]["name"] == "worker"
    client.update_function_code(FunctionName="worker", ZipFile=zipped("def handle(event, context): return 2"))
    assert call(client) == (2, None)
    client.update_function_configuration(FunctionName="worker", Timeout=7, Description="less")
    after = client.get_function_configuration(FunctionName="worker")
    assert (after["Timeout"], after["Description"]) == (7, "less")
    assert before["CodeSha256"] != after["CodeSha256"]
    assert before["RevisionId"] != after["RevisionId"]
    client.tag_resource(Resource=ARN, Tags={"a": "1", "b": "2"})
    client.untag_resource(Resource=ARN, TagKeys=["a"])
    assert client.list_tags(Resource=ARN)["Tags"] == {"b": "2"}
    assert refused(lambda: make(house))[0] == "ResourceConflictException"
    client.delete_function(FunctionName="worker")
    gone = f"Function not found: {ARN}"
    assert refused(lambda: client.get_function(FunctionName="worker")) == ("ResourceNotFoundException", gone)
    assert refused(lambda: call(client)) == ("ResourceNotFoundException", gone)


def test_the_execution_role_is_passed_and_trusts_lambda(house: House) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    house.role("other", f"arn:aws:iam::{ONE}:root")
    unassumable = "The role defined for the function cannot be assumed by Lambda."
    for role in (f"arn:aws:iam::{TWO}:role/other", f"arn:aws:iam::{TWO}:role/none"):
        found = refused(partial(make, house, Role=role))
        assert found == ("InvalidParameterValueException", unassumable)
    foreign = refused(lambda: make(house, Role=f"arn:aws:iam::{ONE}:role/worker"))
    assert foreign == ("AccessDeniedException", "Cross-account pass role is not allowed.")
    user = add_user(TWO, "deployer", document(allow("lambda:*"), allow("iam:*"), deny("iam:PassRole", ROLE)))
    code, text = refused(lambda: make(House(house.world, house.server, house.one, user)))
    assert (code, f"iam:PassRole on resource: {ROLE}" in text) == ("AccessDeniedException", True)
    passes = allow("iam:PassRole", ROLE, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})
    able = add_user(TWO, "able", document(allow("lambda:*"), allow("iam:ListRoles"), passes))
    make(House(house.world, house.server, house.one, able))


def test_a_role_that_stops_trusting_runs_nothing(house: House) -> None:
    client = make(house)
    call(client)
    changed = document({**SERVICE, "Effect": "Deny"}, SERVICE)
    house.client("iam", house.two).update_assume_role_policy(RoleName="worker", PolicyDocument=changed)
    assert refused(lambda: call(client))[1] == "The role defined for the function cannot be assumed by Lambda."


@pytest.mark.parametrize(
    ("action", "resource", "qualifier", "allowed"),
    [
        ("lambda:InvokeFunction", ARN, {}, True),
        ("lambda:Invoke", ARN, {}, False),
        ("lambda:InvokeFunction", ARN, {"Qualifier": "$LATEST"}, False),
        ("lambda:InvokeFunction", f"{ARN}:*", {"Qualifier": "$LATEST"}, True),
        ("lambda:InvokeFunction", f"{ARN}:*", {}, False),
        ("lambda:InvokeFunction", f"{ARN}2", {}, False),
    ],
)
def test_who_may_invoke(house: House, action: str, resource: str, qualifier: dict[str, str], allowed: bool) -> None:
    """With a qualifier the resource is the version: lambda-api-permissions-ref.html"""
    make(house, "def handle(event, context): return event")
    client = house.client("lambda", add_user(TWO, "caller", document(allow(action, resource))))
    if allowed:
        assert call(client, [1], **qualifier) == ([1], None)
    else:
        assert refused(lambda: call(client, [1], **qualifier))[0] == "AccessDeniedException"


def test_tags_are_told_to_who_may_list_them(house: House) -> None:
    make(house, Tags={"team": "lending"})
    reader = add_user(TWO, "reader", document(allow("lambda:GetFunction", ARN)))
    assert "Tags" not in house.client("lambda", reader).get_function(FunctionName="worker")


def test_the_handler_runs_as_its_role_and_calls_back(house: House) -> None:
    client = make(house)
    answer, error = call(client, {"a": 1})
    assert error is None
    assert answer == {
        "arn": f"arn:aws:sts::{TWO}:assumed-role/worker/worker",
        "event": {"a": 1},
        "name": "worker",
    }
    assert [event.name for event in house.world.trail][-2:] == ["GetCallerIdentity", "Invoke"]


def test_the_handler_has_nothing_else(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this process's environment, nor what is installed here, nor the project."""
    monkeypatch.setenv("SECRET", "1")
    client = make(
        house,
        """
import importlib, os
def handle(event, context):
    found = []
    for name in event:
        try:
            importlib.import_module(name)
            found.append(name)
        except ModuleNotFoundError:
            pass
    return found, sorted(os.environ)
""",
    )
    (found, environment), error = call(client, ["engine", "networkx", "pydantic", "boto3", "urllib3"])
    assert error is None
    assert found == ["boto3", "urllib3"]
    assert "SECRET" not in environment
    assert "AWS_REGION" in environment


def test_an_error_of_the_handler_is_told_in_the_answer(house: House) -> None:
    client = make(house, "def handle(event, context):\n    raise KeyError('who')")
    answer, error = call(client)
    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("KeyError", "'who'")
    client.update_function_code(FunctionName="worker", ZipFile=zipped("import none"))
    assert call(client)[0]["errorType"] == "ModuleNotFoundError"
    client.update_function_code(FunctionName="worker", ZipFile=zipped("import sys\ndef handle(*_): sys.exit(3)"))
    assert "exit status 3" in call(client)[0]["errorMessage"]


def test_a_handler_ends_with_its_time(house: House) -> None:
    slow = (
        "import time\nprint('begun', flush=True)\ndef handle(event, context):\n    time.sleep(event)\n    return 'late'"
    )
    client = make(house, slow, Timeout=1)
    answer, error = call(client, 5, LogType="None")
    assert (error, answer["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert call(client, 0) == ("late", None)


def test_others_are_served_while_it_runs(house: House) -> None:
    waits = """
import boto3, time
def handle(event, context):
    iam = boto3.client("iam")
    for _ in range(200):
        if any(role["RoleName"] == "awaited" for role in iam.list_roles()["Roles"]):
            return context.get_remaining_time_in_millis() < 30_000
        time.sleep(0.02)
"""
    client = make(house, waits, allow("iam:ListRoles"))
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(call(client)))
    thread.start()
    house.role("awaited", f"arn:aws:iam::{ONE}:root")
    thread.join()
    assert answers == [(True, None)]


def test_an_environment_is_kept_for_the_next_event(house: House) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    counts = "import os\nseen = []\ndef handle(event, context):\n    seen.append(event)\n    return seen, os.getpid()"
    client = make(house, counts)
    first, second = call(client, 1)[0], call(client, 2)[0]
    assert (first[0], second[0]) == ([1], [1, 2])
    assert first[1] == second[1]
    house.world.pass_time(timedelta(hours=13))
    assert call(client, 3)[0][0] == [3]


def test_events_at_once_have_environments_of_their_own_and_none_is_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoke, "MOST_IDLE", 1)
    meets = """
import boto3, os, time
def handle(event, context):
    iam = boto3.client("iam")
    iam.create_user(UserName=event)
    while len(iam.list_users()["Users"]) < 3:
        time.sleep(0.02)
    return os.getpid()
"""
    client = make(house, meets, allow(["iam:CreateUser", "iam:ListUsers"]))
    pids: list[int] = []
    threads = [threading.Thread(target=lambda name=name: pids.append(call(client, name)[0])) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*pids}) == 2
    assert sum(map(runs, pids)) == 1
    house.world.end()
    assert sum(map(runs, pids)) == 0


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_it_writes_is_its_log(house: House) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    source = "import sys\ndef handle(event, context):\n    print('out')\n    print('err', file=sys.stderr)"
    client = make(house, source)
    logs = house.client("logs", house.two)
    logs.create_log_group(logGroupName=GROUP)
    answer = client.invoke(FunctionName="worker", Payload=b"{}", LogType="Tail")
    assert base64.b64decode(answer["LogResult"]).splitlines() == [b"out", b"err"]
    events = logs.filter_log_events(logGroupName=GROUP)["events"]
    assert sorted(event["message"] for event in events) == ["err", "out"]
    assert house.world.state(Functions, TWO, REGION).by_name["worker"].logs == ["out\nerr\n"]


@pytest.mark.parametrize(
    ("statements", "written"),
    [((LOGS,), False), ((LOGS, allow("logs:CreateLogGroup")), True), ((deny("logs:PutLogEvents"),), False)],
)
def test_a_group_that_is_not_there_is_made_by_the_roles_right(
    house: House, statements: tuple[dict[str, Any], ...], written: bool
) -> None:
    client = make(house, "def handle(event, context): print('out')", *statements)
    call(client)
    groups = house.client("logs", house.two).describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert [group["logGroupName"] for group in groups] == ([GROUP] if written else [])


def test_the_life_of_a_log_group(house: House) -> None:
    logs = house.client("logs")
    logs.create_log_group(logGroupName=GROUP, tags={"team": "lending"})
    arn = f"arn:aws:logs:{REGION}:{ONE}:log-group:{GROUP}"
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (GROUP, 30)
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "lending"}
    logs.tag_resource(resourceArn=arn, tags={"more": "1"})
    logs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"more": "1"}
    logs.delete_retention_policy(logGroupName=GROUP)
    able = add_user(ONE, "able", document(allow("logs:DeleteLogGroup", f"{arn}:*")))
    unable = add_user(ONE, "unable", document(allow("logs:DeleteLogGroup", arn)))
    assert refused(lambda: house.client("logs", unable).delete_log_group(logGroupName=GROUP))[0] == (
        "AccessDeniedException"
    )
    house.client("logs", able).delete_log_group(logGroupName=GROUP)
    assert refused(lambda: logs.delete_log_group(logGroupName=GROUP))[0] == "ResourceNotFoundException"


def test_its_changes_are_in_the_event_history_and_its_invocations_are_not(house: House) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html"""
    client = make(house)
    client.update_function_code(FunctionName="worker", ZipFile=zipped("def handle(event, context): return 2"))
    call(client)
    events = house.client("cloudtrail", house.two).lookup_events()["Events"]
    functions = [event for event in events if event["EventSource"] == "lambda.amazonaws.com"]
    assert [event["EventName"] for event in functions] == ["UpdateFunctionCode20150331v2", "CreateFunction20150331"]
    told = json.loads(functions[1]["CloudTrailEvent"])
    assert (told["eventName"], told["requestParameters"]["role"]) == ("CreateFunction20150331", ROLE)
    assert "zipFile" not in functions[1]["CloudTrailEvent"]


def test_a_zip_that_is_none(house: House) -> None:
    code, text = refused(lambda: make(house, Code={"ZipFile": b"none"}))
    assert (code, text.startswith("Could not unzip")) == ("InvalidParameterValueException", True)
    client = make(house)
    answer = client.invoke(FunctionName="worker")
    assert json.loads(answer["Payload"].read())["event"] is None
    code, _ = refused(lambda: client.invoke(FunctionName="worker", Payload=b"{"))
    assert code == "InvalidRequestContentException"


def test_what_is_not_emulated_is_refused(house: House) -> None:
    client = make(house)
    asked: list[tuple[Callable[[], object], str]] = [
        (lambda: make(house, FunctionName="b", Runtime="nodejs22.x"), "without a handler in Python"),
        (lambda: make(house, FunctionName="b", Environment={"Variables": {"a": "1"}}), "['Environment']"),
        (lambda: make(house, FunctionName="b", Publish=True), "Publish True"),
        (lambda: make(house, FunctionName="b", Code={"S3Bucket": "zips", "S3Key": "a"}), "anywhere but its zip"),
        (lambda: client.invoke(FunctionName="worker", InvocationType="Event"), "InvocationType Event"),
        (lambda: client.get_function(FunctionName=f"{TWO}:worker"), f"a function by {TWO}:worker"),
    ]
    for ask, why in asked:
        assert refused(ask)[0] == "Refused"
        assert why in house.refusals()[0]
