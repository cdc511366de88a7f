"""Security Token Service.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from moto.iam.models import Role, iam_backends

from tests.emulator import iam, policies
from tests.emulator.call import Call
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.identity import Session
from tests.emulator.world import World

SHORTEST = 900
CHAINED = 3600
POLICY_CHARACTERS = 2048
POLICY_ARNS = 10
TAGS = 50
_UNKNOWN = {"ProvidedContexts", "SerialNumber", "SourceIdentity", "TokenCode"}


@operation("sts", "GetCallerIdentity")
def get_caller_identity(_: World, call: Call) -> dict[str, Any]:
    """Needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    return {"UserId": call.caller.user_id, "Account": call.account, "Arn": call.caller.arn}


@operation("sts", "AssumeRole")
def assume_role(world: World, call: Call) -> dict[str, Any]:
    """`PackedPolicySize` is left out: only STS can pack."""
    params = call.params
    if given := _UNKNOWN & params.keys():
        raise Refused(", ".join(sorted(given)))
    arn = str(params["RoleArn"])
    role = role_of(arn)
    if role is None:
        raise AccessDenied(f"User: {call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}")
    tags = _tags(call)
    trust = json.loads(role.assume_role_policy_document)
    for action in ("sts:AssumeRole", *(["sts:TagSession"] if params.get("Tags") else [])):
        iam.authorize_by_trust(world, call, action, arn, trust)
    session = start_session(
        world,
        role,
        str(params["RoleSessionName"]),
        _duration(call, role),
        policies=tuple(_session_policies(world, call, arn.split(":")[4])),
        tags=tags,
        transitive=_transitive(call, tags),
    )
    return {
        "Credentials": {
            "AccessKeyId": session.access_key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.expires,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"{role.id}:{session.name}", "Arn": session.arn},
    }


def start_session(world: World, role: Role, name: str, seconds: int, **more: Any) -> Session:
    """A session with new credentials; `more` is what else a Session has. Whether it may be is asked elsewhere."""
    session = Session(
        access_key="ASIA" + _characters(world, 16, string.ascii_uppercase + "234567"),
        secret=_characters(world, 40, string.ascii_letters + string.digits + "+/"),
        token=_characters(world, 348, string.ascii_letters + string.digits + "+/"),
        role_arn=role.arn,
        role_id=role.id,
        name=name,
        expires=world.now().replace(microsecond=0) + timedelta(seconds=seconds),
        **more,
    )
    world.sessions[session.access_key] = session
    return session


def role_of(arn: str) -> Role | None:
    """Raises AwsError for what is no ARN of a role."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[:4] != ["arn", "aws", "iam", ""]:
        raise AwsError("ValidationError", f"{arn} is invalid")
    return next((role for role in iam_backends[parts[4]]["aws"].roles.values() if role.arn == arn), None)


def _duration(call: Call, role: Role) -> int:
    """One hour at most when a role's session assumes the role (chaining), whatever the role's maximum.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining
    """
    asked = int(call.params.get("DurationSeconds") or 3600)
    if call.caller.session is not None and asked > CHAINED:
        raise AwsError(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        )
    if asked < SHORTEST:
        raise AwsError(
            "ValidationError",
            f"1 validation error detected: Value '{asked}' at 'durationSeconds' failed to satisfy constraint: "
            f"Member must have value greater than or equal to {SHORTEST}",
        )
    if asked > int(role.max_session_duration or 3600):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return asked


def _session_policies(world: World, call: Call, account: str) -> Iterator[Mapping[str, Any]]:
    """The plain text of inline and managed session policies together must not exceed 2,048 characters.

    Whether the text of a managed one is its document or its ARN, which is what the same page packs, nobody has
    measured: `world.session_policy_documents_count` plays the first.
    """
    inline = call.params.get("Policy")
    arns = [str(named["arn"]) for named in call.params.get("PolicyArns") or []]
    if len(arns) > POLICY_ARNS:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
            f"Member must have length less than or equal to {POLICY_ARNS}",
        )
    documents = [_parsed(inline)] if inline is not None else []
    documents += [policies.managed(account, arn) for arn in arns]
    counted = [policies.managed_text(account, arn) if world.session_policy_documents_count else arn for arn in arns]
    length = len(inline or "") + sum(map(len, counted))
    if length > POLICY_CHARACTERS:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
            f"Member must have length less than or equal to {POLICY_CHARACTERS}",
        )
    yield from documents


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        document: Mapping[str, Any] = json.loads(text)
        iam.statements(document)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AwsError("MalformedPolicyDocument", "Syntax errors in policy.") from None
    return document


def _tags(call: Call) -> dict[str, str]:
    """The tags passed, and those the caller's session hands on; the latter cannot be overridden."""
    given = {tag["Key"]: tag["Value"] for tag in call.params.get("Tags") or []}
    if len(given) > TAGS:
        raise AwsError(
            "ValidationError",
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: "
            f"Member must have length less than or equal to {TAGS}",
        )
    before = call.caller.session
    handed = {key: before.tags[key] for key in before.transitive} if before is not None else {}
    if overridden := {key.lower() for key in handed} & {key.lower() for key in given}:
        raise Refused(f"tags {sorted(overridden)}, which the calling session hands on")
    return {**handed, **given}


def _transitive(call: Call, tags: Mapping[str, str]) -> frozenset[str]:
    before = call.caller.session
    named = set(call.params.get("TransitiveTagKeys") or ()) | (before.transitive if before is not None else set())
    return frozenset(named & tags.keys())


def _characters(world: World, count: int, alphabet: str) -> str:
    return "".join(world.random.choices(alphabet, k=count))
