"""Functions: made, read, changed and deleted, as much of them as the provider's `aws_lambda_function` asks for.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lambda_service.role import must_be_assumable
from tests.emulator.lambda_service.state import LATEST, Function, Functions, found, name_of
from tests.emulator.world import World

_SETTINGS = {
    "Architectures",
    "Description",
    "EphemeralStorage",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
}
_FIXED = {"PackageType": "Zip", "Publish": False, "DryRun": False, "TracingConfig": {"Mode": "PassThrough"}}
"""The only values of these parameters that are emulated."""


@operation("lambda", "CreateFunction")
def create_function(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    params = _known(call, _SETTINGS | {"Code", "FunctionName", "Publish", "Tags"})
    functions = world.state(Functions, call.account, call.region)
    name = name_of(call)
    if name in functions.by_name:
        raise AwsError("ResourceConflictException", f"Function already exist: {name}", Type="User")
    if not {"Handler", "Runtime"} <= params.keys() or not str(params["Runtime"]).startswith("python3."):
        raise Refused(f"{call} without a handler in Python")
    function = Function(
        account=call.account,
        region=call.region,
        name=name,
        settings=_defaults(name) | {key: value for key, value in params.items() if key in _SETTINGS},
        code=_code(params["Code"]),
        modified=world.now(),
        tags={str(key): str(value) for key, value in (params.get("Tags") or {}).items()},
    )
    _pass_role(world, call, function.role)
    if function.tags:
        iam.authorize(world, call, "lambda:TagResource", function.arn)
    functions.by_name[name] = function
    return _configuration(function)


@operation("lambda", "GetFunction")
def get_function(world: World, call: Call) -> dict[str, Any]:
    """Tags are told to those alone who may list them:
    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"""
    function = found(world, call)
    answer: dict[str, Any] = {
        "Configuration": _configuration(function),
        "Code": {"RepositoryType": "S3", "Location": f"https://awslambda.example/{function.code_sha256}"},
    }
    try:
        iam.authorize(world, call, "lambda:ListTags", function.arn)
    except AccessDenied:
        return answer
    return answer | ({"Tags": dict(function.tags)} if function.tags else {})


@operation("lambda", "GetFunctionConfiguration")
def get_function_configuration(world: World, call: Call) -> dict[str, Any]:
    return _configuration(found(world, call))


@operation("lambda", "ListVersionsByFunction")
def list_versions_by_function(world: World, call: Call) -> dict[str, Any]:
    """No version is ever published here: there is the latest only."""
    function = found(world, call)
    return {"Versions": [_configuration(function) | {"FunctionArn": f"{function.arn}:{LATEST}"}]}


@operation("lambda", "GetFunctionCodeSigningConfig")
def get_function_code_signing_config(world: World, call: Call) -> dict[str, Any]:
    """Nothing, for a function without one, though the model asks for an ARN (checks.py knows)."""
    found(world, call)
    return {}


@operation("lambda", "UpdateFunctionCode")
def update_function_code(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    params = _known(call, {"Architectures", "DryRun", "FunctionName", "Publish", "ZipFile"})
    function = found(world, call)
    function.code = _code(params)
    if architectures := params.get("Architectures"):
        function.settings["Architectures"] = architectures
    function.change(world.now())
    return _configuration(function)


@operation("lambda", "UpdateFunctionConfiguration")
def update_function_configuration(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    changed = _SETTINGS - {"Architectures", "PackageType"}
    params = _known(call, changed | {"FunctionName"})
    function = found(world, call)
    if "Role" in params:
        _pass_role(world, call, str(params["Role"]))
    function.settings |= {key: value for key, value in params.items() if key in changed}
    function.change(world.now())
    return _configuration(function)


@operation("lambda", "DeleteFunction")
def delete_function(world: World, call: Call) -> dict[str, Any]:
    function = found(world, call)
    del world.state(Functions, call.account, call.region).by_name[function.name]
    return {"StatusCode": 204}


@operation("lambda", "ListTags")
def list_tags(world: World, call: Call) -> dict[str, Any]:
    return {"Tags": dict(found(world, call).tags)}


@operation("lambda", "TagResource")
def tag_resource(world: World, call: Call) -> None:
    found(world, call).tags |= {str(key): str(value) for key, value in call.params["Tags"].items()}


@operation("lambda", "UntagResource")
def untag_resource(world: World, call: Call) -> None:
    tags = found(world, call).tags
    for key in call.params["TagKeys"]:
        tags.pop(key, None)


def _known(call: Call, known: set[str]) -> dict[str, Any]:
    """The parameters given, if all of them are emulated, and with these values."""
    params = {name: value for name, value in call.params.items() if value is not None}
    if unknown := params.keys() - known:
        raise Refused(f"{call} with {sorted(unknown)}")
    for name, value in _FIXED.items():
        if params.get(name, value) != value:
            raise Refused(f"{call} with {name} {params[name]}")
    return params


def _defaults(name: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; the log group's name:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    return {
        "Architectures": ["x86_64"],
        "Description": "",
        "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "MemorySize": 128,
        "PackageType": "Zip",
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
    }


def _code(given: Mapping[str, Any]) -> bytes:
    """The zip, whose contents must be readable."""
    code = given.get("ZipFile")
    if code is None or {name for name, value in given.items() if value is not None} & {"S3Bucket", "ImageUri"}:
        raise Refused("a function's code from anywhere but its zip")
    try:
        zipfile.ZipFile(io.BytesIO(code)).testzip()
    except zipfile.BadZipFile:
        raise AwsError(
            "InvalidParameterValueException",
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
            Type="User",
        ) from None
    return bytes(code)


def _pass_role(world: World, call: Call, role: str) -> None:
    """The caller must be allowed to pass the role, and the role must trust Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    if role.split(":")[4] != call.account:
        raise AccessDenied("Cross-account pass role is not allowed.", iam.code_for(call))
    iam.authorize(world, call, "iam:PassRole", role)
    must_be_assumable(world, role, "InvalidParameterValueException")


def _configuration(function: Function) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html"""
    return function.settings | {
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "CodeSize": len(function.code),
        "CodeSha256": function.code_sha256,
        "LastModified": function.modified.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "LastUpdateStatus": "Successful",
        "RevisionId": f"00000000-0000-0000-0000-{function.revision:012}",
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "State": "Active",
        "Version": LATEST,
    }
