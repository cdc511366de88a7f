"""Of the columns that a grant opens, those whose data Lake Formation hands out.

Written from the Lake Formation developer guide:
- "Underlying data access control": credentials for a table's data are vended where its S3 location is registered.
- "Hybrid access mode": at a location in that mode, permissions count for principals that are opted in. One that is not
  is left to IAM, and an access role has no permission on S3.
- "Hybrid access mode considerations and limitations": where a grant crosses accounts, tables and database are opted in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.model.plan import Plan

Place = tuple[str, str, str, str, str]
"""A column: catalog account, region, database, table, column."""

HandedOut: TypeAlias = Callable[[str, frozenset[Place]], frozenset[Place]]
"""(principal, columns that a grant to it opens) → those of them whose data it gets."""


def handed_out(plan: Plan) -> HandedOut:
    """What is handed out by this plan's locations and opt-ins."""
    modes = {(location.region, location.product): location.hybrid for location in plan.locations}
    registered: dict[tuple[str, str, str], bool | None] = {
        (item.catalog, item.region, item.database): modes.get((item.region, item.product)) for item in plan.assignments
    }
    opted_in = {(item.principal, item.catalog, item.region, item.database, item.table) for item in plan.opt_ins}

    def some(principal: str, places: frozenset[Place]) -> frozenset[Place]:
        return frozenset(place for place in places if gets(principal, place))

    def gets(principal: str, place: Place) -> bool:
        catalog, region, database, table, _ = place
        hybrid = registered.get((catalog, region, database))
        if not hybrid:
            return hybrid is False
        return {(principal, catalog, region, database, name) for name in (table, None)} <= opted_in

    def whole(_: str, places: frozenset[Place]) -> frozenset[Place]:
        return places

    return whole if set(registered.values()) == {False} else some
