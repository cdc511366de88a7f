"""Data lake settings: administrators, defaults for new resources, parameters.

https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_PutDataLakeSettings.html
"""

from __future__ import annotations

import copy
from typing import Any

from tests.emulator.call import Call
from tests.emulator.errors import AwsError
from tests.emulator.front import operation
from tests.emulator.lakeformation.authority import lake_of
from tests.emulator.lakeformation.permissions import ALL, IAM_ALLOWED_PRINCIPALS
from tests.emulator.lakeformation.sharing import principal_exists
from tests.emulator.lakeformation.state import DEFAULT_SETTINGS, Lake
from tests.emulator.world import World

MOST_ADMINS = 30
_VERSIONS = ("1", "2", "3", "4", "5")


@operation("lakeformation", "GetDataLakeSettings")
def get_data_lake_settings(world: World, call: Call) -> dict[str, Any]:
    return {"DataLakeSettings": copy.deepcopy(lake_of(world, call).settings)}


@operation("lakeformation", "PutDataLakeSettings")
def put_data_lake_settings(world: World, call: Call) -> dict[str, Any]:
    """Replaces the settings: what is not given is as in no settings at all. IAM alone decides who may."""
    lake = lake_of(world, call)
    given = copy.deepcopy(call.params["DataLakeSettings"])
    for name in ("DataLakeAdmins", "ReadOnlyAdmins"):
        _check_admins(lake, given.get(name, []))
    for name in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        _check_defaults(given.get(name, []))
    parameters = _parameters(lake.settings["Parameters"], given.get("Parameters", {}))
    empty = {name: type(default)() for name, default in DEFAULT_SETTINGS.items()}
    lake.settings = empty | given | {"Parameters": parameters}
    return {}


def _check_admins(lake: Lake, admins: list[dict[str, str]]) -> None:
    if len(admins) > MOST_ADMINS:
        raise AwsError("InvalidInputException", f"At most {MOST_ADMINS} administrators.")
    for admin in admins:
        principal_exists(lake, admin["DataLakePrincipalIdentifier"])


def _check_defaults(defaults: list[dict[str, Any]]) -> None:
    """Super for IAMAllowedPrincipals, or nothing: https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html"""
    for default in defaults:
        principal = default["Principal"]["DataLakePrincipalIdentifier"]
        if principal != IAM_ALLOWED_PRINCIPALS or default["Permissions"] != [ALL]:
            raise AwsError("InvalidInputException", "Invalid default permissions.")


def _parameters(before: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Version 1 when none is given, and never back from 5; SET_CONTEXT is always told.

    https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html; provider 5.100,
    aws_lakeformation_data_lake_settings
    """
    version = given.get("CROSS_ACCOUNT_VERSION", "1")
    if version not in _VERSIONS or (before.get("CROSS_ACCOUNT_VERSION") == "5" and version != "5"):
        raise AwsError("InvalidInputException", f"Invalid CROSS_ACCOUNT_VERSION: {version}")
    return {**DEFAULT_SETTINGS["Parameters"], **given, "CROSS_ACCOUNT_VERSION": version}
