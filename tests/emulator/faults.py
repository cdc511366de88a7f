"""Faults on request: every n-th call of some operations fails, the same ones each time for a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

from tests.emulator import protocol
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused

Kind = Literal["throttle", "timeout", "lost answer", "concurrent modification"]


class Dropped(ConnectionError):
    """The connection ends without an answer."""


@dataclass
class Fault:
    """`timeout`: the call never arrives. `lost answer`: it is done, and nobody hears of it.

    `operations`: pairs of service and operation; None: all calls.
    """

    kind: Kind
    every: int
    operations: frozenset[tuple[str, str]] | None = None
    seed: int = 0
    struck: int = 0
    """How often it has struck."""
    _seen: int = field(default=0, repr=False)

    def strikes(self, call: Call) -> bool:
        """Counts the call. Of each `every` calls one is struck; the seed says which."""
        if self.operations is not None and (call.service, call.operation) not in self.operations:
            return False
        phase = random.Random(self.seed).randrange(self.every)
        strikes = self._seen % self.every == phase
        self._seen += 1
        self.struck += strikes
        return strikes


def before(faults: list[Fault], call: Call) -> bool:
    """Raises AwsError or Dropped when the call is to fail unhandled; otherwise, whether its answer is to be lost."""
    lose = False
    for fault in faults:
        if not fault.strikes(call):
            continue
        if fault.kind == "throttle":
            raise throttled(call)
        if fault.kind == "concurrent modification":
            raise _concurrent(call)
        if fault.kind == "timeout":
            raise Dropped
        lose = True
    return lose


def throttled(call: Call) -> AwsError:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and, for S3, SlowDown of its errors."""
    if call.service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    return AwsError("ThrottlingException" if "json" in call.protocol else "Throttling", "Rate exceeded")


def _concurrent(call: Call) -> AwsError:
    for shape in protocol.operation_model(call).error_shapes:
        if shape.name == "ConcurrentModificationException":
            code = str(shape.metadata.get("error", {}).get("code", shape.name))
            return AwsError(code, "Two processes are trying to modify a resource simultaneously.")
    raise Refused("the model has no ConcurrentModificationException for it")
