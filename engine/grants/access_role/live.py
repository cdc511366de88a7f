"""IAM roles and managed policies of Meshwarden as they stand in a consumer account.

GetAccountAuthorizationDetails tells both with all their documents in a few calls
(https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from engine.grants.names import BOUNDARY, policy_arn
from engine.model.plan import Plan
from engine.model.standing import Standing, Thing

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

ROLE = "access role"
POLICY = "managed policy"
_ROLES, _POLICIES = "mw.", ("mw-access.", "mw-session.")


def expected_roles(plan: Plan) -> Standing:
    """Access roles, their policies, and the session policies."""
    standing: Standing = {}
    for role in plan.access_roles:
        standing[Thing(ROLE, role.account, "", role.name)] = {
            "trust": _canonical(role.trust),
            "max_session": role.max_session,
            "policies": sorted(policy_arn(role.account, name) for name in role.policies),
            "inline_policies": [],
            "permissions_boundary": policy_arn(role.account, BOUNDARY),
        }
        for name, document in role.policies.items():
            standing[Thing(POLICY, role.account, "", name)] = {"document": _canonical(document)}
    for policy in plan.session_policies:
        standing[Thing(POLICY, policy.account, "", policy.name)] = {"document": _canonical(policy.document)}
    return standing


def read_roles(client: IAMClient, account: str) -> Standing:
    """Every role and policy of the account that has a name of Meshwarden's. Raises botocore's ClientError."""
    standing: Standing = {}
    pages = client.get_paginator("get_account_authorization_details")
    for page in pages.paginate(Filter=["Role", "LocalManagedPolicy"]):
        for role in page.get("RoleDetailList", []):
            if role["RoleName"].startswith(_ROLES):
                standing[Thing(ROLE, account, "", role["RoleName"])] = _role(role, client)
        for policy in page.get("Policies", []):
            if policy["PolicyName"].startswith(_POLICIES):
                standing[Thing(POLICY, account, "", policy["PolicyName"])] = {"document": _document(policy)}
    return standing


def _role(role: Mapping[str, Any], client: IAMClient) -> dict[str, object]:
    # the only fact of a role that the details leave out
    length = client.get_role(RoleName=role["RoleName"])["Role"].get("MaxSessionDuration")
    return {
        "trust": _read(role["AssumeRolePolicyDocument"]),
        "max_session": length,
        "policies": sorted(policy["PolicyArn"] for policy in role.get("AttachedManagedPolicies", [])),
        "inline_policies": sorted(policy["PolicyName"] for policy in role.get("RolePolicyList", [])),
        "permissions_boundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
    }


def _document(policy: Mapping[str, Any]) -> str:
    return next(_read(version["Document"]) for version in policy["PolicyVersionList"] if version["IsDefaultVersion"])


def _read(document: object) -> str:
    """A document as botocore hands it over: decoded already, or as URL-encoded JSON."""
    return _canonical(json.loads(unquote(document)) if isinstance(document, str) else document)


def _canonical(document: object) -> str:
    return json.dumps(_sorted(document), sort_keys=True, separators=(",", ":"))


def _sorted(value: object) -> object:
    """AWS keeps no order in the lists of actions, resources and principals."""
    if isinstance(value, Mapping):
        return {
            key: sorted(item) if isinstance(item, list) and all(isinstance(one, str) for one in item) else _sorted(item)
            for key, item in value.items()
        }
    return [_sorted(item) for item in value] if isinstance(value, list) else value
