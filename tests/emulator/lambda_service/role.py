"""The execution role: whether Lambda may assume it, and what a function then runs with.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

import json

from moto.iam.models import Role

from tests.emulator import iam
from tests.emulator.errors import AwsError
from tests.emulator.identity import Session
from tests.emulator.lambda_service.state import Function
from tests.emulator.sts import role_of, start_session
from tests.emulator.world import World

SERVICE = "lambda.amazonaws.com"
SECONDS = 43_200
"""How long the credentials of an execution environment last; Lambda replaces them before that."""


def must_be_assumable(world: World, arn: str, code: str) -> Role:
    """Raises AwsError with `code` when there is no such role, or it does not trust Lambda."""
    role = role_of(arn)
    if role is None or not _trusts(world, role):
        raise AwsError(code, "The role defined for the function cannot be assumed by Lambda.", 403, Type="User")
    return role


def _trusts(world: World, role: Role) -> bool:
    now = world.now()
    context = {"aws:currenttime": (now.isoformat(),), "aws:epochtime": (str(int(now.timestamp())),)}
    return iam.trusts_service(json.loads(role.assume_role_policy_document), SERVICE, context)


def session_for(world: World, function: Function) -> Session:
    """The function's own: the session has its name."""
    role = must_be_assumable(world, function.role, "AccessDeniedException")
    return start_session(world, role, function.name, SECONDS)
