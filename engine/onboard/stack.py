"""An onboarding as a Terraform stack in JSON, for the account's own administrator to apply with his own credentials."""

from __future__ import annotations

import json
from typing import Any

from engine.grants.datashare.reconciler import BOUNDARY as RECONCILER_BOUNDARY
from engine.grants.names import BOUNDARY
from engine.model.plan import Document
from engine.onboard.permission import document_of
from engine.onboard.roles import AssumedRole, Onboarding

PROVIDER_VERSION = "5.100.0"
"""The AWS provider that the emitted stacks are pinned to."""


def onboarding_stack(item: Onboarding) -> bytes:
    """The stack as `*.tf.json`. Its state is a file beside it, which its administrator may keep elsewhere."""
    resources: dict[str, dict[str, Any]] = {
        "aws_iam_role": {role.name: _role(role) for role in item.roles},
        "aws_iam_role_policy": {role.name: _policy_of(role) for role in item.roles},
    }
    bounds = {BOUNDARY: item.boundary, RECONCILER_BOUNDARY: item.reconciler_boundary}
    if made := {name: permissions for name, permissions in bounds.items() if permissions}:
        resources["aws_iam_policy"] = {
            name: {"name": name, "policy": _text(document_of(permissions))} for name, permissions in made.items()
        }
    stack = {
        "terraform": {
            "required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}},
            "backend": {"local": {"path": "terraform.tfstate"}},
        },
        "provider": {"aws": [{"region": item.region, "allowed_account_ids": [item.account]}]},
        "resource": resources,
    }
    return (json.dumps(stack, indent=2, sort_keys=True) + "\n").encode()


def _role(role: AssumedRole) -> dict[str, Any]:
    return {"name": role.name, "assume_role_policy": _text(role.trust)}


def _policy_of(role: AssumedRole) -> dict[str, Any]:
    return {
        "name": role.name,
        "role": role.name,
        "policy": _text(document_of(role.permissions)),
        "depends_on": [f"aws_iam_role.{role.name}"],
    }


def _text(document: Document) -> str:
    """As Terraform takes it: `${…}` is a variable of IAM's, and none of its own."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).replace("${", "$${")
