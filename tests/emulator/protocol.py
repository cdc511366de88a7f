"""Between HTTP and botocore's member names, both ways, for every protocol, from the services' models."""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel as BotocoreOperation
from botocore.model import ServiceModel as BotocoreService
from botocore.parsers import create_parser
from botocore.session import Session
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import XFormedAttributePicker, get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.identity import Caller

SERVICES = frozenset(
    {
        "athena",
        "cloudtrail",
        "glue",
        "iam",
        "lakeformation",
        "lambda",
        "logs",
        "organizations",
        "ram",
        "redshift",
        "redshift-data",
        "redshift-serverless",
        "s3",
        "sts",
    }
)
"""What may be called at all; the credential scope's name is the model's for each of them."""
GLOBAL = frozenset({"iam", "organizations"})
HOME = "us-east-1"
"""Where the global services are, whatever region a client names to another endpoint.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
"""
BOTOCORE = Session()


@dataclass(slots=True)
class Wire:
    """An answer as it goes out."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Scope:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""

    access_key: str
    region: str
    service: str


def scope_of(request: Request) -> Scope:
    """Raises Refused for a request that is not signed with Signature Version 4 in its headers."""
    header = request.headers.get("Authorization", "")
    try:
        access_key, _, region, service, _ = header.split("Credential=")[1].split(",")[0].strip().split("/")
    except (IndexError, ValueError):
        raise Refused(f"{request.method} {request.path}: no Signature Version 4 in the headers") from None
    return Scope(access_key, HOME if service in GLOBAL else region, service)


@functools.cache
def service_model(service: str) -> BotocoreService:
    model: BotocoreService = BOTOCORE.get_service_model(service)
    return model


def operation_model(call: Call) -> BotocoreOperation:
    model: BotocoreOperation = service_model(call.service).operation_model(call.operation)
    return model


def read(request: Request, scope: Scope, caller: Caller, body: bytes) -> Call:
    """Raises Refused for a service or operation that no model has."""
    if scope.service not in SERVICES:
        raise Refused(f"{scope.service}: no such service here")
    model = get_service_model(scope.service)
    try:
        operation, path_params = get_service_router(scope.service).match(request)
    except NotFound:
        raise Refused(f"{scope.service}: {request.method} {request.path} is no operation") from None
    protocol = determine_request_protocol(model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](operation, map_type=dict)
    params = parser.parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": path_params,
        }
    )
    return Call(scope.service, operation.name, scope.region, caller, dict(params), operation, protocol, request, body)


def write(call: Call, result: Any) -> Wire:
    """The result of an own operation, or an error, as the protocol puts it."""
    serializer = get_serializer_class(call.service, call.protocol)(
        operation_model=call.model, value_picker=XFormedAttributePicker()
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an error the model does not have is the business of checks.py
        out = serializer.serialize(result)
    status = out["status_code"]
    if isinstance(result, AwsError) and result.code not in modelled_errors(call):
        status = result.status
    body = out["body"]
    return Wire(
        int(status),
        {name: str(value) for name, value in out["headers"].items()},
        body.encode() if isinstance(body, str) else bytes(body or b""),
    )


def reread(call: Call, wire: Wire) -> dict[str, Any]:
    """What a client makes of the answer: its members, or `Error` with code and message."""
    model = service_model(call.service)
    parser = create_parser(model.resolved_protocol)
    parsed: dict[str, Any] = parser.parse(
        {"status_code": wire.status, "headers": wire.headers, "body": wire.body},
        operation_model(call).output_shape,  # type: ignore[arg-type]  # None is no shape, and parsed so
    )
    return parsed


def modelled_errors(call: Call) -> dict[str, int]:
    """Code → HTTP status, of the errors the operation's service names."""
    found: dict[str, int] = {}
    for shape in service_model(call.service).error_shapes:
        error = shape.metadata.get("error", {})
        status = int(error.get("httpStatusCode", 400))
        found[shape.name] = status
        if "code" in error:
            found[error["code"]] = status
    return found
