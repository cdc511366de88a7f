"""Whom a role's trust policy may name: IAM looks each AWS principal up when the policy is written.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from moto.iam.models import iam_backends

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.conditions import as_list
from tests.emulator.errors import AwsError
from tests.emulator.front import guard
from tests.emulator.world import World

_IAM = re.compile(r"arn:aws:iam::(\d{12}):(role|user)/.+")


@guard("iam", "CreateRole", "UpdateAssumeRolePolicy")
def principals_are_there(world: World, call: Call) -> None:
    """A user or a role that is named and is not there is an error; accounts and services are not looked up here."""
    del world
    text = str(call.params.get("AssumeRolePolicyDocument") or call.params.get("PolicyDocument"))
    for principal in _named(text):
        match = _IAM.fullmatch(principal)
        if match is not None and not _is_there(principal, match[1], match[2]):
            raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{principal}"')


def _named(text: str) -> Iterator[str]:
    try:
        statements = iam.statements(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.") from None
    for statement in statements:
        principal = statement.get("Principal")
        if isinstance(principal, dict):
            yield from as_list(principal.get("AWS", []))


def _is_there(arn: str, account: str, kind: str) -> bool:
    backend = iam_backends[account]["aws"]
    held = backend.roles if kind == "role" else backend.users
    return any(arn == each.arn for each in held.values())
