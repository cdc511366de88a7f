"""Invocations: the handler of the function's zip runs in its own process and calls the same emulator back.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from moto.logs.models import logs_backends

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.identity import Session, caller_of
from tests.emulator.lambda_service.environment import Ended, Environment, key_of
from tests.emulator.lambda_service.role import must_be_assumable, session_for
from tests.emulator.lambda_service.state import LATEST, Function, found
from tests.emulator.world import World

_TAIL = 4096
MOST_IDLE = 4
"""Environments of a function that are kept for its next event."""


@dataclass
class _Idle:
    """The environments of an account and region that wait for an event."""

    account: str
    region: str
    environments: list[Environment] = field(default_factory=list)


@operation("lambda", "Invoke")
def invoke(world: World, call: Call) -> dict[str, Any]:
    """Answers when the handler has; its error is no error of the call."""
    if call.params.get("InvocationType", "RequestResponse") != "RequestResponse":
        raise Refused(f"{call} with InvocationType {call.params['InvocationType']}")
    function = found(world, call)
    event = _event(call)
    environment = _environment(world, call, function)
    request = str(uuid.UUID(int=world.random.getrandbits(128), version=4))
    told = {
        "event": event,
        "name": function.name,
        "arn": function.arn,
        "memory": function.settings["MemorySize"],
        "log_group": function.log_group,
        "request": request,
        "timeout": function.timeout,
    }
    try:
        with world.unlocked():
            answer, written = environment.run(told, function.timeout)
    except Ended as ended:
        _close(world, environment)
        answer, written = {"error": _error(function, request, ended)}, ended.written
    else:
        _keep(world, function, environment)
    _keep_log(world, call, function, environment.session, written)
    return _response(call, answer, written)


def _event(call: Call) -> Any:
    try:
        return json.loads(call.params.get("Payload") or b"null")
    except ValueError as error:
        text = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", text, Type="User") from None


def _environment(world: World, call: Call, function: Function) -> Environment:
    """One that waits with this code and living credentials of this role, or a new one."""
    role = must_be_assumable(world, function.role, "AccessDeniedException")
    idle = world.state(_Idle, function.account, function.region).environments
    for environment in list(idle):
        if environment.key[0] != function.arn:
            continue
        idle.remove(environment)
        if environment.key == key_of(function, role.id) and world.now() < environment.session.expires:
            return environment
        _close(world, environment)
    made = Environment(function, session_for(world, function), f"http://{call.request.host}")
    world.at_end.append(made.close)
    return made


def _keep(world: World, function: Function, environment: Environment) -> None:
    idle = world.state(_Idle, function.account, function.region).environments
    if sum(each.key[0] == function.arn for each in idle) < MOST_IDLE:
        idle.append(environment)
    else:
        _close(world, environment)


def _close(world: World, environment: Environment) -> None:
    environment.close()
    if environment.close in world.at_end:
        world.at_end.remove(environment.close)


def _error(function: Function, request: str, ended: Ended) -> dict[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html"""
    if ended.status is None:
        reason, kind = f"Task timed out after {function.timeout}.00 seconds", "Sandbox.Timedout"
    else:
        reason, kind = f"Runtime exited with error: exit status {ended.status}", "Runtime.ExitError"
    return {"errorType": kind, "errorMessage": f"RequestId: {request} Error: {reason}"}


def _response(call: Call, answer: dict[str, Any], written: str) -> dict[str, Any]:
    response: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": LATEST}
    if call.params.get("LogType") == "Tail":
        response["LogResult"] = base64.b64encode(written.encode()[-_TAIL:]).decode()
    if "error" in answer:
        return response | {"FunctionError": "Unhandled", "Payload": json.dumps(answer["error"]).encode()}
    return response | {"Payload": answer["payload"].encode()}


def _keep_log(world: World, call: Call, function: Function, session: Session, written: str) -> None:
    """In CloudWatch Logs as far as the execution role lets it; there a group is made if the role may make one.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    function.logs.append(written)
    backend = logs_backends[function.account][function.region]
    as_role = replace(call, service="logs", caller=caller_of(world, session.access_key, session.token), params={})
    stream = f"{world.now():%Y/%m/%d}/[$LATEST]{len(function.logs):032x}"
    arn = f"arn:aws:logs:{function.region}:{function.account}:log-group:{function.log_group}:log-stream:{stream}"
    needed = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if function.log_group not in backend.groups:
        needed.insert(0, "logs:CreateLogGroup")
    try:
        for action in needed:
            iam.authorize(world, as_role, action, arn)
    except AccessDenied:
        return
    if function.log_group not in backend.groups:
        backend.create_log_group(function.log_group, {})
    backend.create_log_stream(function.log_group, stream)
    at = int(world.now().timestamp() * 1000)
    lines = [{"timestamp": at, "message": line} for line in written.splitlines() if line]
    if lines:
        backend.put_log_events(function.log_group, stream, lines)
