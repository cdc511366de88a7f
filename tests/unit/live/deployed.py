"""A mesh with warehouses after a deploy, and what differs there from a plan."""

from __future__ import annotations

from engine.grants.datashare.live import expected_shares
from engine.grants.datashare.reconciler import reconcilers
from engine.grants.drift import Drift, compare_standing, scope_of
from engine.live.warehouses import read_warehouses
from engine.model.plan import Plan
from engine.model.standing import Standing
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.warehouses import CONSUMER, LOANS, SERVER, in_redshift, warehouse
from tests.unit.live.played import Played

REGION = "eu-west-1"
ROLE, USER = "mw__fraud_analyst__fraud_detection", "mw_user__fraud_analyst__fraud_detection"
DATABASE = f"{ROLE}__mortgage___loans"
SHARE, ON_CLUSTER = f"{DATABASE}__reading", f"{DATABASE}__reading_cluster"
GOVERNANCE = "100000000001"

SIBLING = in_redshift(
    {"lending-dwh": {"account": CONSUMER}, "reading": warehouse(1)},
    accounts={CONSUMER: {"roles": ["consumer", "producer"]}},
)
SIBLING["products"][LOANS] = {"server": SERVER | {"account": CONSUMER}}
"""A producer's warehouse beside the consumer's, in one account: the role reads in both."""


def play(facts: Facts | None = None) -> Played:
    """After a deploy."""
    mesh = small_mesh(facts or in_redshift())
    played = Played(mesh, planned(mesh))
    played.deploy()
    return played


def read(played: Played) -> Standing:
    found: Standing = {}
    made = reconcilers(played.mesh.accounts, played.plan.warehouses)
    for account in played.mesh.accounts:
        found |= read_warehouses(played, [item for item in made if item.account == account.id])
    return found


def drifts(played: Played, plan: Plan | None = None) -> list[Drift]:
    held, found = plan or played.plan, read(played)
    return list(compare_standing(expected_shares(held), found, scope_of(held, GOVERNANCE, {}, found)))


def told(found: list[Drift]) -> set[tuple[str, str, str]]:
    return {(item.kind, item.thing.kind, item.thing.name) for item in found}
