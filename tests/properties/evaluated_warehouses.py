"""What the engine's evaluators say that a session reads in warehouses, put together as AWS asks them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.grants.access_role.evaluate import taggable_by
from engine.grants.datashare.differences import SESSION_TAG
from engine.grants.datashare.evaluate import opened_by_shares
from engine.grants.iam import Layer, Windows, span
from engine.grants.session_policy.evaluate import ANYTHING, RESULTS, warehouse_needs
from engine.model.plan import Plan, RolePlan, ShareTarget, WarehousePlan
from tests.properties.redshift import Column


class EvaluatedWarehouses:
    def __init__(self, plan: Plan) -> None:
        """Raises EquivalenceError for a trust policy that cannot be evaluated."""
        self._shares = list(opened_by_shares(plan))
        self._taggers = [taggable_by(role) for role in plan.access_roles]

    def taggers(self, number: int, role: RolePlan, at: str) -> set[str]:
        """Who may pass the session tags of the role that has this place in the plan; nobody, where it has none."""
        tags = tuple(sorted(role.session_tags.items()))
        return {
            arn for (arn, passed), windows in self._taggers[number].items() if passed == tags and holds(windows, at)
        }

    def reads(self, account: str, layers: list[Layer], at: str, tags: Mapping[str, str]) -> set[Column]:
        """What a session of the account reads that has these tags."""
        held = {
            (opened.target.consumer, role)
            for opened in self._shares
            if opened.consumer is not None and opened.consumer.account == account
            if _enters(layers, opened.target, opened.consumer, at)
            for role in _roles(opened.target, opened.consumer, tags)
        }
        return {
            (f"{opened.target.consumer} {product}", table, column)
            for opened in self._shares
            if (opened.target.consumer, opened.target.redshift_role) in held
            for product, table, column in opened.columns
        }


def sees_others(layers: list[Layer], at: str) -> bool:
    """Whether a session may see statements that are not its own."""
    return holds(span(layers, RESULTS, ANYTHING)[1], at)


def holds(windows: Windows, at: str) -> bool:
    instant = datetime.fromisoformat(at)
    return any(start <= instant < end for start, end in windows)


def _enters(layers: list[Layer], target: ShareTarget, warehouse: WarehousePlan, at: str) -> bool:
    """Whether a session gets into a warehouse; into a cluster, as the user of a share."""
    if warehouse.kind == "cluster" and target.redshift_user is None:
        return False
    needed = warehouse_needs("", [(target, warehouse)], datetime.fromisoformat(at))
    return all(holds(span(layers, need.actions, resource)[0], at) for resource, need in needed.items())


def _roles(target: ShareTarget, warehouse: WarehousePlan, tags: Mapping[str, str]) -> list[str]:
    if warehouse.kind == "serverless":
        return tags.get(SESSION_TAG, "").split(":")
    return [target.redshift_role]
