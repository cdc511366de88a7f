"""Everything of a plan's kinds that stands in the accounts of a mesh; and which accounts cannot be seen whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import AccountError
from engine.grants.access_role.live import read_roles
from engine.grants.datashare.reconciler import Reconciler, reconcilers
from engine.grants.lf_grants_live import read_grants
from engine.grants.lf_tag.live import read_assignments, read_tags
from engine.grants.link.live import read_links
from engine.grants.location.live import read_locations, read_opt_ins, read_settings
from engine.live.accounts import Accounts, reaching
from engine.live.warehouses import read_warehouses
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.model.standing import Standing
from engine.sources.deployment import Deployment

if TYPE_CHECKING:
    from types_boto3_lakeformation import LakeFormationClient


@dataclass(frozen=True, slots=True)
class Read:
    """`unseen`: accounts of which nothing is in `standing`, since not all could be seen; and why."""

    standing: Standing
    unseen: Mapping[str, str]


def read_standing(
    accounts: Accounts, mesh: Mesh, plan: Plan, deployment: Deployment, progress: Callable[[str], None] = lambda _: None
) -> Read:
    """What stands in the governance account, in every consumer account, and in every account with a warehouse.

    Raises AccountError when the governance account cannot be seen; no other keeps anybody from the rest.
    """
    governance = mesh.governance_account
    found: Standing = {}
    unseen = {}
    for region in governance.regions:
        progress(f"reading the central catalog in {region}")
        found |= _central(accounts, governance.id, region, plan, deployment)
    declared = reconcilers(mesh.accounts, plan.warehouses)
    for account in mesh.accounts:
        here = [reconciler for reconciler in declared if reconciler.account == account.id]
        if "consumer" in account.roles or here:
            progress(f"reading account {account.id}")
            try:
                found |= _account(accounts, account, governance.id, deployment, here, progress)
            except AccountError as error:
                unseen[account.id] = str(error)
    return Read(found, unseen)


def _account(
    accounts: Accounts,
    account: Account,
    central: str,
    deployment: Deployment,
    here: Sequence[Reconciler],
    progress: Callable[[str], None],
) -> Standing:
    found: Standing = {}
    if "consumer" in account.roles:
        found |= _roles(accounts, account.id, account.regions[0])
        for region in account.regions:
            found |= _consumer(accounts, account.id, region, central, deployment)
    return found | read_warehouses(accounts, here, progress)


def _roles(accounts: Accounts, account: str, region: str) -> Standing:
    iam = accounts.client("iam", account, region)
    return reaching(account, "", lambda: read_roles(iam, account))


def _central(accounts: Accounts, account: str, region: str, plan: Plan, deployment: Deployment) -> Standing:
    lake = accounts.client("lakeformation", account, region)
    tables: Mapping[str, list[str]] = {
        item.database: [table.name for table in item.tables] for item in plan.assignments if item.region == region
    }

    def read() -> Standing:
        _sees_everything(accounts, lake, account)
        return (
            read_tags(lake, account, region)
            | read_assignments(lake, account, region, tables)
            | read_grants(lake, account, region)
            | read_locations(lake, account, region, deployment.lake_location_role_arn(account))
            | read_opt_ins(lake, account, region)
            | read_settings(lake, account, region)
        )

    return reaching(account, region, read)


def _consumer(accounts: Accounts, account: str, region: str, central: str, deployment: Deployment) -> Standing:
    lake = accounts.client("lakeformation", account, region)
    glue = accounts.client("glue", account, region)

    def read() -> Standing:
        _sees_everything(accounts, lake, account)
        standing = read_links(glue, account, region, central) | read_grants(lake, account, region)
        standing |= read_opt_ins(lake, account, region)
        return standing | (read_settings(lake, account, region) if deployment.owns_lake_settings(account) else {})

    return reaching(account, region, read)


def _sees_everything(accounts: Accounts, lake: LakeFormationClient, account: str) -> None:
    """Lake Formation leaves out of a listing what the caller may not see; an administrator sees everything.

    https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html: "filtered by the
    permissions of the caller"; https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html.
    """
    settings = lake.get_data_lake_settings(CatalogId=account)["DataLakeSettings"]
    admins = [*(settings.get("DataLakeAdmins") or []), *(settings.get("ReadOnlyAdmins") or [])]
    seers = [admin["DataLakePrincipalIdentifier"] for admin in admins]
    if accounts.role_arn(account) not in seers:
        raise AccountError(
            f"account {account}: `{accounts.role_arn(account)}` is no administrator of its Lake Formation, so a listing"
            " would leave out what it may not see; deploy the lake settings, or make it a read-only administrator"
        )
