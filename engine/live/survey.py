"""One survey of the accounts: what should stand, what does, every difference, and who made it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.grants.access_role.live import expected_roles
from engine.grants.drift import Drift, compare_standing, scope_of
from engine.grants.lf_grants_live import expected_grants
from engine.grants.lf_tag.live import expected_tags
from engine.grants.link.live import expected_links
from engine.live.accounts import Accounts
from engine.live.read import read_standing
from engine.live.trail import Made, Trail
from engine.model.mesh import Mesh
from engine.model.plan import Plan
from engine.model.standing import Standing


@dataclass(frozen=True, slots=True)
class Survey:
    """`things` are those that were compared, planned or found."""

    accounts: int
    things: int
    drifts: tuple[tuple[Drift, Made | None], ...]


def expected_standing(mesh: Mesh, plan: Plan) -> Standing:
    """All that the plan wants to stand, in the words of what is read."""
    central = mesh.governance_account.id
    return expected_roles(plan) | expected_tags(plan, central) | expected_links(plan) | expected_grants(plan)


def survey(
    accounts: Accounts,
    mesh: Mesh,
    plan: Plan,
    admins: dict[tuple[str, str], frozenset[str]],
    progress: Callable[[str], None] = lambda _: None,
) -> Survey:
    """Reads everything, compares, and asks CloudTrail about every difference. Raises AccountError."""
    expected = expected_standing(mesh, plan)
    found = read_standing(accounts, mesh, plan, progress)
    scope = scope_of(plan, mesh.governance_account.id, admins, found)
    drifts = compare_standing(expected, found, scope)
    trail = Trail(accounts)
    if drifts:
        progress(f"asking CloudTrail who made {len(drifts)} differences")
    read = {thing.account for thing in {**expected, **found}}
    return Survey(len(read), len({**expected, **found}), tuple((drift, trail.who(drift)) for drift in drifts))
