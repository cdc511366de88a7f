"""The resource shares that Lake Formation makes for grants across accounts, and takes back with them.

https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html: from version 3 on, named and tag grants go
through AWS RAM, and several grants through one share. One share is made here for each (owner, recipient account,
region); which grants AWS puts into one, no page says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from moto.iam.models import iam_backends

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.catalog import Catalog
from tests.emulator.errors import AwsError, Refused
from tests.emulator.lakeformation.principals import account_of, is_iam_principal
from tests.emulator.lakeformation.resources import (
    ALL_TABLES,
    ColumnKey,
    DatabaseKey,
    ExceptKey,
    Key,
    LocationKey,
    TableKey,
)
from tests.emulator.lakeformation.state import Lake
from tests.emulator.shares import Shares, resource_type
from tests.emulator.world import World

_NAME = "LakeFormation-V4-"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def check_recipient(lake: Lake, principal: str) -> str:
    """The account of the principal.

    Raises:
        AwsError: the cross-account version shares with no principal of another account.
        Refused: other versions than 3 and 4, and whole accounts.
    """
    account = account_of(principal, lake.account)
    if account == lake.account:
        return account
    version = lake.settings["Parameters"].get("CROSS_ACCOUNT_VERSION", "1")
    if version in {"1", "2"} and is_iam_principal(principal):
        raise AwsError(
            "InvalidInputException",
            "Invalid cross account grant request. "
            "Please update `CrossAccountVersion` in `DataLakeSetting` to minimal version v3",
        )
    if version not in {"3", "4"}:
        raise Refused(f"cross-account version {version}")
    if not is_iam_principal(principal):
        raise Refused("grants to another account, which its administrators pass on")
    return account


def principal_exists(lake: Lake, principal: str) -> None:
    """Raises AwsError for an IAM principal that is not there, of whatever account.

    The provider waits for a new role on this text (5.100, internal/service/lakeformation/permissions.go). That it is
    said of another account's roles too is the stricter reading: no page says.
    """
    account = account_of(principal, lake.account)
    backend = iam_backends[account]["aws"]
    arns = {role.arn for role in backend.roles.values()} | {user.arn for user in backend.users.values()}
    if principal not in arns:
        raise AwsError("InvalidInputException", f"Invalid principal, {principal} does not exist")


def may_share(world: World, lake: Lake, call: Call, principal: str, keys: Collection[Key]) -> None:
    """Raises AccessDenied: Lake Formation changes the shares with the caller's own rights in AWS RAM.

    https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html, optimize-ram.html
    """
    account = account_of(principal, lake.account)
    if account == lake.account:
        return
    arns = _arns(world, lake, keys)
    found = world.state(Shares, lake.account, lake.region).active_for(account)
    if found is None:
        _authorize(world, call, "CreateResourceShare", "*", _NAME, arns)
    elif principal not in found.principals or not set(arns) <= set(found.resources):
        _authorize(world, call, "AssociateResourceShare", found.arn, found.name, arns)


def may_unshare(world: World, lake: Lake, call: Call, principal: str) -> None:
    """Raises AccessDenied, as `may_share` does."""
    account = account_of(principal, lake.account)
    found = world.state(Shares, lake.account, lake.region).active_for(account)
    if account != lake.account and found is not None:
        _authorize(world, call, "DisassociateResourceShare", found.arn, found.name, [])


def _authorize(world: World, call: Call, operation: str, resource: str, name: str, arns: Collection[str]) -> None:
    types = sorted({resource_type(arn) for arn in arns})
    second = replace(call, service="ram", params={"name": name, "requestedResourceTypes": types})
    iam.authorize(world, second, f"ram:{operation}", resource)


def share(world: World, lake: Lake, principal: str, keys: Collection[Key]) -> None:
    account = account_of(principal, lake.account)
    if account == lake.account:
        return
    shares = world.state(Shares, lake.account, lake.region)
    found = shares.active_for(account)
    if found is None:
        found = shares.create(_NAME + "".join(world.random.choices(_DIGITS, k=10)), account, world.now())
        if not _in_one_organization(world, lake.account, account):
            shares.invite(found, account, world.now())
    found.associate(principals=[principal], resources=_arns(world, lake, keys), now=world.now())


def unshare(world: World, lake: Lake, principal: str) -> None:
    """Takes out of the share what no grant needs any more, the principal with its last grant."""
    account = account_of(principal, lake.account)
    shares = world.state(Shares, lake.account, lake.region)
    if account == lake.account or (found := shares.active_for(account)) is None:
        return
    if not lake.grants.of(principal):
        found.principals.pop(principal, None)
    needed = {arn for name in found.principals for arn in _arns(world, lake, lake.grants.of(name))}
    for arn in set(found.resources) - needed:
        del found.resources[arn]
    if not found.principals:
        shares.delete(found, world.now())


def accepted(world: World, lake: Lake, account: str) -> bool:
    """Whether what the lake shares with `account` has arrived there; inside an organization nobody has to accept.

    https://docs.aws.amazon.com/lake-formation/latest/dg/accepting-ram-invite.html
    """
    if account == lake.account or _in_one_organization(world, lake.account, account):
        return True
    found = world.state(Shares, lake.account, lake.region).active_for(account)
    return found is not None and found.accepted_by(account)


def _in_one_organization(world: World, *accounts: str) -> bool:
    return set(accounts) <= world.organization


def _arns(world: World, lake: Lake, keys: Collection[Key]) -> list[str]:
    catalog = world.state(Catalog, lake.account, lake.region)
    return sorted({arn for key in keys for arn in _arns_of(catalog, key)})


def _arns_of(catalog: Catalog, key: Key) -> Iterator[str]:
    """What has to be shared for a grant: the catalog, and what is named below."""
    if isinstance(key, LocationKey):
        raise Refused("data locations for other accounts")
    yield catalog.arn
    if isinstance(key, DatabaseKey | TableKey | ColumnKey | ExceptKey):
        yield catalog.database_arn(key.database)
    if isinstance(key, TableKey | ColumnKey | ExceptKey):
        yield catalog.table_arn(key.database, "*" if key.table == ALL_TABLES else key.table)
