"""AWS Organizations, as much as a member asks: the world's one organization.

https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html
"""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.errors import AwsError
from tests.emulator.front import operation
from tests.emulator.world import World


@operation("organizations", "DescribeOrganization")
def describe_organization(world: World, call: Call) -> dict[str, Any]:
    _member(world, call)
    return {"Organization": {"Id": world.organization_id, "FeatureSet": "ALL"}}


@operation("organizations", "ListAccounts")
def list_accounts(world: World, call: Call) -> dict[str, Any]:
    _member(world, call)
    return {"Accounts": [{"Id": account, "Status": "ACTIVE"} for account in sorted(world.organization)]}


def _member(world: World, call: Call) -> None:
    if call.account not in world.organization:
        raise AwsError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
