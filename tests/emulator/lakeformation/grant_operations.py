"""GrantPermissions, RevokePermissions and their batches.

https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_GrantPermissions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation import grants, permissions
from tests.emulator.lakeformation.authority import (
    check_link,
    lake_of,
    may_grant,
    must_exist,
    not_authorized,
    who_calls,
)
from tests.emulator.lakeformation.principals import account_of, is_iam_principal
from tests.emulator.lakeformation.resources import Key, PolicyKey, keys_of
from tests.emulator.lakeformation.sharing import (
    check_recipient,
    may_share,
    may_unshare,
    principal_exists,
    share,
    unshare,
)
from tests.emulator.lakeformation.state import Lake
from tests.emulator.world import World

MOST_ENTRIES = 20
"""https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html"""


@operation("lakeformation", "GrantPermissions")
def grant_permissions(world: World, call: Call) -> dict[str, Any]:
    _grant(world, call, call.params)
    return {}


@operation("lakeformation", "RevokePermissions")
def revoke_permissions(world: World, call: Call) -> dict[str, Any]:
    _revoke(world, call, call.params)
    return {}


@operation("lakeformation", "BatchGrantPermissions", "BatchRevokePermissions")
def batch(world: World, call: Call) -> dict[str, Any]:
    """Each entry by itself; those that fail are named, the others stand."""
    entries = call.params["Entries"]
    if len(entries) > MOST_ENTRIES:
        raise AwsError("InvalidInputException", f"A batch has at most {MOST_ENTRIES} entries.")
    one = _grant if call.operation == "BatchGrantPermissions" else _revoke
    failures = []
    for entry in entries:
        try:
            one(world, call, entry)
        except AwsError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            failures.append({"RequestEntry": entry, "Error": detail})
    return {"Failures": failures}


def _grant(world: World, call: Call, entry: Mapping[str, Any]) -> None:
    lake, principal, keys, wanted, grantable = _read(world, call, entry)
    for key in keys:
        permissions.check(key, wanted, grantable)
        must_exist(world, lake, key)
        check_link(world, lake, key, wanted)
        _authorized(world, lake, call, key, wanted)
        _must_have_room(lake, principal, key)
    if check_recipient(lake, principal) != lake.account:
        for key in keys:
            grants.check_recipient(key, wanted)
    if is_iam_principal(principal):
        principal_exists(lake, principal)
    may_share(world, lake, call, principal, keys)
    grants.grant(lake.grants, principal, keys, wanted, grantable)
    share(world, lake, principal, keys)


def _must_have_room(lake: Lake, principal: str, key: Key) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-limits.html; whether inline expressions count, it does
    not say."""
    held = {each for each in lake.grants.of(principal) if isinstance(each, PolicyKey)}
    if lake.most_expressions is not None and isinstance(key, PolicyKey) and len(held | {key}) > lake.most_expressions:
        raise AwsError("InvalidInputException", "Too many LF-tag expressions for this principal.")


def _revoke(world: World, call: Call, entry: Mapping[str, Any]) -> None:
    """A grant on something that is gone went with it, and a principal may be gone."""
    lake, principal, keys, wanted, grantable = _read(world, call, entry)
    account_of(principal, lake.account)
    for key in keys:
        if not set(wanted) <= permissions.valid(key):
            raise AwsError("InvalidInputException", "Permissions modification is invalid.")
        must_exist(world, lake, key)
        _authorized(world, lake, call, key, wanted)
    may_unshare(world, lake, call, principal)
    grants.revoke(lake.grants, principal, keys, wanted, grantable)
    unshare(world, lake, principal)


def _read(
    world: World, call: Call, entry: Mapping[str, Any]
) -> tuple[Lake, str, tuple[Key, ...], list[str], list[str]]:
    if entry.get("Condition"):
        raise Refused("conditions on Lake Formation grants")
    lake = lake_of(world, call)
    principal = entry["Principal"]["DataLakePrincipalIdentifier"]
    keys = keys_of(entry["Resource"], lake.account)
    if any(key.catalog != lake.account for key in keys):
        raise Refused("grants on the resources of another account, which its administrators pass on")
    return lake, principal, keys, entry.get("Permissions") or [], entry.get("PermissionsWithGrantOption") or []


def _authorized(world: World, lake: Lake, call: Call, key: Key, wanted: list[str]) -> None:
    if not may_grant(lake, who_calls(world, lake, call), key, wanted):
        raise not_authorized()
