"""Which policies hold for a caller and a resource, and what a request says of itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import Group, ManagedPolicy, Role, User, iam_backends
from moto.s3.models import FakeBucket, s3_backends

from tests.emulator.call import Call
from tests.emulator.conditions import Context, Values
from tests.emulator.errors import AwsError, Refused
from tests.emulator.identity import Caller
from tests.emulator.world import World

_OF_REDSHIFT = ("AllowWrites", "ConsumerArn", "ConsumerIdentifier", "DbName", "DbUser", "DurationSeconds")
"""The parameters that are condition keys of the same name:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_redshift.html"""


@dataclass(frozen=True, slots=True)
class Held:
    """What limits and allows a caller. None: there is no boundary, or no session policy."""

    identity: tuple[Mapping[str, Any], ...]
    boundary: tuple[Mapping[str, Any], ...] | None = None
    session: tuple[Mapping[str, Any], ...] | None = None


def held(caller: Caller) -> Held:
    """Raises AwsError when the role behind the session is gone."""
    backend = iam_backends[caller.account]["aws"]
    if caller.session is None:
        user = next(user for user in backend.users.values() if user.arn == caller.arn)
        groups = [group for group in backend.groups.values() if user in group.users]
        return Held(tuple(_attached([user, *groups])))
    role = backend.roles.get(caller.session.role_id)
    if role is None:
        raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    boundary = role.permissions_boundary_arn
    return Held(
        tuple(_attached([role])),
        (managed(caller.account, boundary),) if boundary else None,
        caller.session.policies or None,
    )


def _attached(holders: Iterable[User | Role | Group]) -> Iterable[Mapping[str, Any]]:
    for holder in holders:
        for inline in holder.policies.values():
            yield json.loads(inline)
        for policy in holder.managed_policies.values():
            yield document(policy)


def document(policy: ManagedPolicy) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_text(policy))
    return found


def _text(policy: ManagedPolicy) -> str:
    """The default version's."""
    texts = {version.version_id: version.document for version in policy.versions}
    return texts[policy.default_version_id] or ""


def managed(account: str, arn: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(managed_text(account, arn))
    return found


def managed_text(account: str, arn: str) -> str:
    """Raises Refused when the account has no such policy: no page names AWS's error."""
    policies = iam_backends[account]["aws"].managed_policies
    if arn not in policies:
        raise Refused(f"managed policy {arn}, which is not in account {account}")
    return _text(policies[arn])


def bucket_named(name: str) -> FakeBucket | None:
    for partitions in list(s3_backends.values()):
        if name in partitions["aws"].buckets:
            return partitions["aws"].buckets[name]
    return None


def of_resource(resource: str) -> Mapping[str, Any] | None:
    """The policy attached to the resource; of what is here buckets take one, and without it allow nobody anything."""
    bucket = _bucket_of(resource)
    if bucket is None:
        return None
    if bucket.policy is None:
        return {"Statement": []}
    found: Mapping[str, Any] = json.loads(bucket.policy)
    return found


def owner(call: Call, resource: str) -> str:
    """The resource's account; the caller's, when the ARN has none and nobody holds the bucket yet."""
    bucket = _bucket_of(resource)
    if bucket is not None:
        return str(bucket.account_id)
    account = resource.split(":")[4] if resource != "*" else ""
    return account or call.account


def _bucket_of(resource: str) -> FakeBucket | None:
    if not resource.startswith("arn:aws:s3:::"):
        return None
    return bucket_named(resource.removeprefix("arn:aws:s3:::").split("/")[0])


def context(world: World, call: Call, resource: str) -> Context:
    caller = call.caller
    account = owner(call, resource)
    found: dict[str, Values | None] = {
        "aws:currenttime": (world.now().isoformat(),),
        "aws:epochtime": (str(int(world.now().timestamp())),),
        "aws:principalarn": (caller.principal_arn,),
        "aws:principalaccount": (caller.account,),
        "aws:principaltype": (caller.kind,),
        "aws:principalorgid": _organization(world, caller.account),
        "aws:resourceaccount": (account,),
        "aws:resourceorgid": _organization(world, account),
        "aws:userid": (caller.user_id,),
        "aws:username": (caller.username,) if caller.kind == "User" else None,
        "aws:requestedregion": (call.region,),
        "aws:securetransport": ("true",),
        "aws:calledvia": call.called_via or None,
        "aws:multifactorauthpresent": None,
        "aws:sourceidentity": None,
    }
    found |= {f"aws:principaltag/{key.lower()}": (value,) for key, value in caller.principal_tags.items()}
    return found | _of_request(call) | call.keys


def _organization(world: World, account: str) -> Values | None:
    return (world.organization_id,) if account in world.organization else None


def _of_request(call: Call) -> dict[str, Values | None]:
    params = call.params
    tags = _request_tags(params)
    found: dict[str, Values | None] = {"aws:tagkeys": tuple(tags) or None}
    found |= {f"aws:requesttag/{key.lower()}": (str(value),) for key, value in tags.items()}
    if call.service == "iam":
        found["iam:policyarn"] = _given(params, "PolicyArn")
        found["iam:permissionsboundary"] = _given(params, "PermissionsBoundary") or _boundary_of(call)
    if call.service == "sts":
        found["sts:externalid"] = _given(params, "ExternalId")
        found["sts:rolesessionname"] = _given(params, "RoleSessionName")
        found["sts:transitivetagkeys"] = tuple(params.get("TransitiveTagKeys") or ()) or None
    if call.service == "lakeformation":
        found["iam:passedtoservice"] = ("lakeformation.amazonaws.com",)
    if call.service == "lambda":
        found["iam:passedtoservice"] = ("lambda.amazonaws.com",)
    if call.service == "redshift":
        found |= {f"redshift:{name.lower()}": _given(params, name) for name in _OF_REDSHIFT}
    if call.service == "redshift-data":
        found["redshift-data:session-owner-iam-userid"] = None
        found["redshift-data:statement-owner-iam-userid"] = None
    if call.service == "ram":
        found["ram:resourcesharename"] = _given(params, "name")
        found["ram:requestedresourcetype"] = tuple(params.get("requestedResourceTypes") or ()) or None
    if call.service == "s3":
        found["s3:prefix"] = _given(params, "Prefix")
        found["s3:delimiter"] = _given(params, "Delimiter")
    return found


def _boundary_of(call: Call) -> Values | None:
    """That of the role which a call changes, as the second example on boundaries for delegated administrators has it:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    name = call.params.get("RoleName")
    held = iam_backends[call.account]["aws"].roles.values()
    arns = [role.permissions_boundary_arn for role in held if role.name == name and role.permissions_boundary_arn]
    return (str(arns[0]),) if arns else None


def _request_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """Most services take a list of keys and values, Lambda and CloudWatch Logs a map."""
    given = params.get("Tags") or params.get("tags") or []
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    return {tag["Key"]: tag["Value"] for tag in given if "Key" in tag}


def _given(params: Mapping[str, Any], name: str) -> Values | None:
    value = params.get(name)
    return None if value is None else (str(value),)
