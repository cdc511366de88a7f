"""Holds what comes in and what goes out against the services' models.

A request that the model does not allow gets the error that AWS has for it; an answer that the model does not allow,
own or moto's, is an error of the emulator, kept in `world.violations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import StructureShape

from tests.emulator import protocol, shapes
from tests.emulator.call import Call
from tests.emulator.errors import AwsError
from tests.emulator.protocol import Wire
from tests.emulator.world import World

COMMON = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "Throttling",
        "ThrottlingException",
        "UnrecognizedClientException",
        "ValidationError",
        "ValidationException",
    }
)
"""https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
S3_ERRORS = frozenset(
    {
        "404",  # a HEAD has no body to say more in
        "403",
        "AccessDenied",
        "BucketNotEmpty",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchWebsiteConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "PreconditionFailed",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
        "SlowDown",
    }
)
"""S3's model names few: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
EMPTY = frozenset({("lambda", "GetFunctionCodeSigningConfig")})
"""Answers that may be empty, whatever their model requires: a function without a code signing configuration has none,
and the provider, which asks for every function, reads it so."""


def request(call: Call) -> None:
    """Raises AwsError, `ValidationError` in XML and `ValidationException` in JSON, for what the model does not allow.

    S3 is left out: it answers such requests each in its own way.
    """
    shape = protocol.operation_model(call).input_shape
    if call.service == "s3" or shape is None:
        return
    found = list(shapes.problems(call.params, shape))
    if found:
        plural = "s" if len(found) > 1 else ""
        code = "ValidationException" if "json" in call.protocol else "ValidationError"
        raise AwsError(code, f"{len(found)} validation error{plural} detected: {'; '.join(found)}")


def check(world: World, call: Call, wire: Wire, result: Any) -> None:
    """`result`: what an own operation returned or raised; None: moto answered, or there is nothing to return."""
    found = _of_error(call, wire) if wire.status >= 400 else _of_answer(call, wire, result)
    world.violations += [f"{call}: {problem}" for problem in found]


def _of_error(call: Call, wire: Wire) -> Iterator[str]:
    code = str(protocol.reread(call, wire)["Error"].get("Code"))
    expected: set[str] = set(COMMON)
    for shape in protocol.operation_model(call).error_shapes:
        expected |= {shape.name, str(shape.metadata.get("error", {}).get("code", shape.name))}
    if call.service == "s3":
        expected |= S3_ERRORS
    if code not in expected:
        yield f"error {code} is not one of {', '.join(sorted(expected - COMMON))}, nor common to all services"


def _of_answer(call: Call, wire: Wire, result: Any) -> Iterator[str]:
    shape = protocol.operation_model(call).output_shape
    if not isinstance(shape, StructureShape):
        return
    payload = shape.serialization.get("payload")
    read = {name: value for name, value in protocol.reread(call, wire).items() if name != "ResponseMetadata"}
    if payload is not None and shape.members[payload].type_name == "blob":
        read.pop(payload, None)
        result = {name: value for name, value in result.items() if name != payload} if result else result
    if read or (call.service, call.operation) not in EMPTY:
        yield from shapes.structure(read, shape)
    if isinstance(result, Mapping):
        yield from _lost(result, read)


def _lost(result: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[str]:
    """What an own operation returned and a client does not see."""
    for name, value in result.items():
        if value is None:
            yield f"{name} is None"
        elif name not in read and value not in ([], {}, ""):
            yield f"{name} is lost on the wire"
