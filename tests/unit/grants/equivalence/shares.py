"""Plans of datashares to break, and the breaks of which several tests are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.grants.equivalence import compare
from engine.model.plan import Plan, ShareTarget, WarehousePlan
from tests.scenarios.facts import small_mesh
from tests.unit.grants.equivalence.breaks import ROLE, Break, grants
from tests.unit.grants.test_limits import agreed
from tests.unit.grants.warehouses import CLUSTER, LOANS, SERVER, SERVERLESS, in_redshift

SHARE, OF_A_CLUSTER = f"datashare/{ROLE}/{LOANS}/{SERVERLESS}", f"datashare/{ROLE}/{LOANS}/{CLUSTER}"
TWO_ROLES = in_redshift(agreements={"reports": agreed("reporting")})
TWO_PRODUCTS = in_redshift(
    products={
        LOANS: {"server": SERVER},
        "mortgage/cards": small_mesh().products[0].model_dump(mode="json", exclude={"id"})
        | {"server": SERVER | {"container": "cards"}, "tables": {"card": {"id": "internal"}}},
    },
    agreements={"cards": agreed(product="mortgage/cards")},
)


def target(id: str = SHARE, /, **changes: Any) -> Break:
    """Another target of a share."""

    def change(plan: Plan) -> Plan:
        return grants(plan, id, lambda grant: replace(grant, target=replace(share_of(plan, id), **changes)))

    return change


def share_of(plan: Plan, id: str = SHARE) -> ShareTarget:
    found = next(grant.target for grant in plan.grants if grant.id == id)
    assert isinstance(found, ShareTarget)
    return found


def warehouses(id: str, **changes: Any) -> Break:
    def change(item: WarehousePlan) -> WarehousePlan:
        return replace(item, **changes) if item.id == id else item

    return lambda plan: replace(plan, warehouses=tuple(map(change, plan.warehouses)))


def tables(change: Callable[[dict[str, str]], dict[str, str]], product: str = LOANS) -> Break:
    return lambda plan: replace(
        plan,
        warehouse_tables=tuple(
            replace(item, tables=change(item.tables)) if item.product == product else item
            for item in plan.warehouse_tables
        ),
    )


def clash(plan: Plan) -> set[str]:
    return {item.grant for item in compare(plan).differences if " share " in item.text}
