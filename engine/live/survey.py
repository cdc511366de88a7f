"""One survey of the accounts: what should stand, what does, every difference, and who made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.grants.access_role.live import expected_roles
from engine.grants.datashare.live import expected_shares
from engine.grants.drift import Drift, compare_standing, scope_of
from engine.grants.lf_grants_live import expected_grants
from engine.grants.lf_tag.live import expected_tags
from engine.grants.link.live import expected_links
from engine.grants.location.live import SETTINGS, expected_locations, expected_opt_ins, settings
from engine.live.accounts import Accounts
from engine.live.read import read_standing
from engine.live.trail import Made, Trail
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.model.standing import Standing, Thing
from engine.sources.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Survey:
    """`things` are those that are planned, and those that nobody planned. `unseen`: accounts left out, and why."""

    accounts: int
    things: int
    drifts: tuple[tuple[Drift, Made | None], ...]
    unseen: Mapping[str, str]


def expected_standing(mesh: Mesh, plan: Plan, deployment: Deployment) -> Standing:
    """All that the plan and the settings want to stand, in the words of what is read."""
    central = mesh.governance_account.id
    return (
        expected_roles(plan)
        | expected_tags(plan, central)
        | expected_links(plan)
        | expected_grants(plan)
        | expected_locations(plan, central, deployment.lake_location_role_arn(central))
        | expected_opt_ins(plan)
        | expected_shares(plan)
        | _expected_settings(mesh, deployment)
    )


def survey(
    accounts: Accounts,
    mesh: Mesh,
    plan: Plan,
    deployment: Deployment,
    progress: Callable[[str], None] = lambda _: None,
) -> Survey:
    """Reads everything, compares, and asks CloudTrail about every difference.

    Raises AccountError when the governance account cannot be seen.
    """
    read = read_standing(accounts, mesh, plan, deployment, progress)
    found = read.standing
    planned = expected_standing(mesh, plan, deployment)
    expected = {thing: value for thing, value in planned.items() if thing.account not in read.unseen}
    drifts = compare_standing(
        expected, found, scope_of(plan, mesh.governance_account.id, _admins(mesh, deployment), found)
    )
    trail = Trail(accounts)
    if drifts:
        progress(f"asking CloudTrail who made {len(drifts)} differences")
    things = {*expected, *(drift.thing for drift in drifts)}
    told = tuple((drift, trail.who(drift)) for drift in drifts)
    return Survey(len({thing.account for thing in things}), len(things), told, read.unseen)


def _expected_settings(mesh: Mesh, deployment: Deployment) -> Standing:
    return {
        Thing(SETTINGS, account.id, region, SETTINGS): settings(
            deployment.admins_of(account.id), [deployment.plan_role_arn(account.id)]
        )
        for account in mesh.accounts
        if account == mesh.governance_account
        or ("consumer" in account.roles and deployment.owns_lake_settings(account.id))
        for region in account.regions
    }


def _admins(mesh: Mesh, deployment: Deployment) -> dict[tuple[str, str], frozenset[str]]:
    return {
        (account.id, region): frozenset(deployment.admins_of(account.id))
        for account in mesh.accounts
        for region in account.regions
    }
