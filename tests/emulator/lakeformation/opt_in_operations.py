"""Opt-ins: in hybrid access mode Lake Formation's permissions are asked only of principals who opted in.

https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-mode.html, notes-hybrid.html
"""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation.authority import must_be_admin, must_exist, who_calls
from tests.emulator.lakeformation.effective import is_admin
from tests.emulator.lakeformation.resources import DatabaseKey, Key, TableKey, keys_of, resource_of
from tests.emulator.lakeformation.state import Lake, OptIn
from tests.emulator.paging import page
from tests.emulator.world import World


@operation("lakeformation", "CreateLakeFormationOptIn")
def create_opt_in(world: World, call: Call) -> dict[str, Any]:
    lake, principal, key = _read(world, call)
    must_be_admin(world, lake, call)
    if key.catalog == lake.account:
        must_exist(world, lake, key)
    elif not lake.opt_in_of_other_catalogs:
        raise AwsError("InvalidInputException", "Opt-ins are made in the catalog's account.")
    elif (
        isinstance(key, DatabaseKey | TableKey)
        and key.database not in world.state(Catalog, key.catalog, call.region).databases
    ):
        raise AwsError("EntityNotFoundException", "Database not found.")
    if (principal, key) in lake.opt_ins:
        raise Refused("opting in twice")
    lake.opt_ins[principal, key] = OptIn(principal, key, world.now(), call.caller.arn)
    return {}


@operation("lakeformation", "DeleteLakeFormationOptIn")
def delete_opt_in(world: World, call: Call) -> dict[str, Any]:
    lake, principal, key = _read(world, call)
    must_be_admin(world, lake, call)
    if (principal, key) not in lake.opt_ins:
        raise AwsError("EntityNotFoundException", "Opt-in not found.")
    del lake.opt_ins[principal, key]
    return {}


@operation("lakeformation", "ListLakeFormationOptIns")
def list_opt_ins(world: World, call: Call) -> dict[str, Any]:
    lake = world.state(Lake, call.account, call.region)
    who = who_calls(world, lake, call)
    if not is_admin(lake, who) and who.arn not in lake.read_only_admins():
        raise AccessDenied("Insufficient Lake Formation permission(s) on Catalog", "AccessDeniedException")
    principal = (call.params.get("Principal") or {}).get("DataLakePrincipalIdentifier")
    resource = call.params.get("Resource")
    keys = keys_of(resource, lake.account) if resource else None
    found = [
        {
            "Principal": {"DataLakePrincipalIdentifier": each.principal},
            "Resource": resource_of(each.key),
            "LastModified": each.modified,
            "LastUpdatedBy": each.by,
        }
        for each in lake.opt_ins.values()
        if principal in {None, each.principal} and (keys is None or each.key in keys)
    ]
    return page(found, call.params, "LakeFormationOptInsInfoList", 1000)


def _read(world: World, call: Call) -> tuple[Lake, str, Key]:
    if call.params.get("Condition"):
        raise Refused("conditions on opt-ins")
    lake = world.state(Lake, call.account, call.region)
    keys = keys_of(call.params["Resource"], lake.account)
    if len(keys) != 1 or not isinstance(keys[0], DatabaseKey | TableKey):
        raise Refused("opt-ins on other resources than databases and tables")
    return lake, call.params["Principal"]["DataLakePrincipalIdentifier"], keys[0]
