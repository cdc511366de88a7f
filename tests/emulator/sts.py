"""Security Token Service."""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.front import operation
from tests.emulator.world import World


@operation("sts", "GetCallerIdentity")
def get_caller_identity(_: World, call: Call) -> dict[str, Any]:
    """Needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    return {"UserId": call.caller.user_id, "Account": call.account, "Arn": call.caller.arn}
