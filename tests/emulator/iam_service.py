"""Where moto's IAM answers otherwise than IAM's pages say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from moto.iam.models import ManagedPolicy, Role, iam_backends

from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.world import World

_LARGEST = 1000
_USUAL = 100


@operation("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(world: World, call: Call) -> dict[str, Any]:
    """Roles, then customer managed policies, page by page; moto leaves out the policies' names.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
    """
    del world
    kinds = set(call.params.get("Filter") or ())
    if kinds - {"Role", "LocalManagedPolicy"} or not kinds:
        raise Refused(f"details of {', '.join(sorted(kinds)) or 'everything'}")
    backend = iam_backends[call.account]["aws"]
    items: list[tuple[str, dict[str, Any]]] = []
    if "Role" in kinds:
        items += [("RoleDetailList", _role(role)) for role in backend.roles.values()]
    if "LocalManagedPolicy" in kinds:
        local = (policy for policy in backend.managed_policies.values() if ":aws:policy/" not in policy.arn)
        items += [("Policies", _policy(policy)) for policy in local]
    try:
        start = int(call.params.get("Marker") or 0)
    except ValueError:
        raise AwsError("InvalidInput", "Invalid Marker.") from None
    end = start + min(int(call.params.get("MaxItems") or _USUAL), _LARGEST)
    page: dict[str, Any] = {"RoleDetailList": [], "Policies": [], "IsTruncated": end < len(items)}
    for kind, detail in items[start:end]:
        page[kind].append(detail)
    return page | ({"Marker": str(end)} if end < len(items) else {})


def _role(role: Role) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html; it has no MaxSessionDuration"""
    boundary = role.permissions_boundary_arn
    described: dict[str, Any] = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn,
        "CreateDate": role.create_date,
        "AssumeRolePolicyDocument": _text(role.assume_role_policy_document),
        "InstanceProfileList": [],
        "RolePolicyList": [
            {"PolicyName": name, "PolicyDocument": _text(document)} for name, document in role.policies.items()
        ],
        "AttachedManagedPolicies": [
            {"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in role.managed_policies.values()
        ],
        "Tags": [{"Key": tag["Key"], "Value": tag["Value"]} for tag in role.tags],
    }
    if boundary:
        described["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": boundary,
        }
    return described


def _policy(policy: ManagedPolicy) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html"""
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": [
            {
                "Document": _text(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.version_id == policy.default_version_id,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
    }


def _text(document: str | Mapping[str, Any]) -> str:
    """URL-encoded JSON on the wire, which botocore decodes."""
    return quote(document if isinstance(document, str) else json.dumps(document), safe="")
