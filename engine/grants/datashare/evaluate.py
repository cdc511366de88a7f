"""What datashares and grants on views let a database role read, as Amazon Redshift evaluates them.

Written from AWS's documentation, and independent of what compiles the grants:
- "Data sharing considerations": across accounts both warehouses have to be encrypted, within one both or neither.
  https://docs.aws.amazon.com/redshift/latest/dg/datashare-considerations.html
- "CREATE DATABASE", FROM DATASHARE WITH PERMISSIONS: what is in it is read by those to whom it is granted, object by
  object. https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html
- "CREATE VIEW": a view shows the columns that its query names, each under a name of its own.
  https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
- "GRANT": who selects from a view needs no right on the tables below it.
  https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.grants.difference import Difference
from engine.grants.granted import Column
from engine.model.plan import Grant, Plan, ShareTarget, WarehousePlan


@dataclass(frozen=True, slots=True)
class Opened:
    """What the views of a grant show to a database role in a warehouse; `flaws` are why nobody can make it."""

    grant: Grant
    target: ShareTarget
    consumer: WarehousePlan | None
    columns: frozenset[Column]
    flaws: tuple[str, ...]


def opened_by_shares(plan: Plan) -> Iterator[Opened]:
    """Each datashare and each grant on views, with the columns it opens: none where it cannot be made."""
    warehouses = {warehouse.id: warehouse for warehouse in plan.warehouses}
    holds = {(item.warehouse, item.product, table) for item in plan.warehouse_tables for table in item.tables}
    for grant in plan.grants:
        target = grant.target
        if isinstance(target, ShareTarget):
            producer, consumer = warehouses.get(target.producer), warehouses.get(target.consumer)
            flaws = [*_between(grant, target, producer, consumer), *_in_views(grant, target, holds)]
            columns = {(grant.product, view.table, column) for view in target.views for column in view.columns}
            makes = not flaws and "SELECT" in grant.permissions
            yield Opened(grant, target, consumer, frozenset(columns if makes else ()), tuple(flaws))


def share_differences(opened: Opened) -> Iterator[Difference]:
    """Why a share cannot be made as it is planned."""
    grant = opened.grant
    for flaw in opened.flaws:
        text = f"datashare `{grant.id}` cannot be made: {flaw}"
        yield Difference(grant.role, "missing", grant.product, "", "", grant.id, text)


def _between(
    grant: Grant, target: ShareTarget, producer: WarehousePlan | None, consumer: WarehousePlan | None
) -> Iterator[str]:
    """Whether the one warehouse may share with the other."""
    if producer is None or consumer is None:
        yield f"warehouse `{target.producer if producer is None else target.consumer}` is not declared"
        return
    if (grant.account, grant.region) != (producer.account, producer.region):
        yield f"warehouse `{producer.id}` does not lie in {grant.region} of account {grant.account}"
    if (producer.namespace == consumer.namespace) != (target.database is None):
        yield "a warehouse shares nothing with itself, and another has a database made of the share"
    within = producer.account == consumer.account
    if producer.encrypted != consumer.encrypted or not (within or producer.encrypted):
        yield f"warehouses `{producer.id}` and `{consumer.id}` are not encrypted alike, or not at all across accounts"


def _in_views(grant: Grant, target: ShareTarget, holds: set[tuple[str, str, str]]) -> Iterator[str]:
    """Whether each view reads a table of the grant's product, and names each column once."""
    seen: set[str] = set()
    for view in target.views:
        if (target.producer, grant.product, view.table) not in holds:
            yield f"warehouse `{target.producer}` holds no table `{view.table}` of `{grant.product}`"
        if view.table in seen:
            yield f"it has two views `{view.table}`"
        if not view.columns or len(set(view.columns)) < len(view.columns):
            yield f"view `{view.table}` names no column, or one twice"
        seen.add(view.table)
    if not target.views:
        yield "it holds no view"
