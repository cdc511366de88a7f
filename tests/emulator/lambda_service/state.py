"""The functions of one account in one region."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.world import World

LATEST = "$LATEST"


@dataclass
class Function:
    account: str
    region: str
    name: str
    settings: dict[str, Any]
    """What CreateFunction and UpdateFunctionConfiguration take, by their names, with Lambda's defaults."""
    code: bytes
    modified: datetime
    tags: dict[str, str]
    revision: int = 0
    logs: list[str] = field(default_factory=list)
    """What each invocation has written, oldest first."""

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def role(self) -> str:
        return str(self.settings["Role"])

    @property
    def timeout(self) -> int:
        """In seconds."""
        return int(self.settings["Timeout"])

    @property
    def log_group(self) -> str:
        return str(self.settings["LoggingConfig"]["LogGroup"])

    @property
    def code_sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.code).digest()).decode()

    def change(self, now: datetime) -> None:
        self.revision += 1
        self.modified = now


class Functions:
    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.by_name: dict[str, Function] = {}


def name_of(call: Call) -> str:
    """The function's own name: calls may give its ARN, whole or in part, and a version with it.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#lambda-Invoke-request-FunctionName
    """
    given = str(call.params.get("FunctionName") or call.params.get("Resource"))
    parts = given.removeprefix("arn:aws:lambda:").split(":")
    if parts == [given]:
        return given
    if given.startswith("arn:aws:lambda:") and parts[:3] == [call.region, call.account, "function"] and len(parts) == 4:
        return parts[3]
    raise Refused(f"a function by {given}")


def arn_of(call: Call) -> str:
    """Authorization compares with the function, or with its version where the call names one.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    qualifier = call.params.get("Qualifier")
    arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{name_of(call)}"
    return arn if qualifier is None else f"{arn}:{qualifier}"


def found(world: World, call: Call) -> Function:
    """Raises AwsError when the account has no such function, or no such version of it."""
    functions = world.state(Functions, call.account, call.region)
    function = functions.by_name.get(name_of(call))
    if function is None or call.params.get("Qualifier", LATEST) != LATEST:
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn_of(call)}", Type="User")
    return function
