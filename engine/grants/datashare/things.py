"""What stands for datashares in warehouses and in AWS's API, by name: alike for what is planned and what is read.

Within a kind, `<who> on <what>` names what somebody has of it. Names end in ` of <warehouse>`, by its declared id.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.grants.datashare.reconciler import namespace_arn, share_arn
from engine.model.plan import WarehousePlan
from engine.model.standing import Standing, Thing
from engine.redshift.standing import PREFIX

SCHEMA = "Redshift schema"
VIEW = "Redshift view"
TABLE = "Redshift table"
SHARE = "datashare"
SHARED = "datashare object"
CONSUMER = "datashare consumer"
ASSOCIATION = "datashare association"
DATABASE = "Redshift database"
ROLE = "Redshift role"
USER = "Redshift user"
GRANT = "Redshift grant"
KINDS = frozenset({SCHEMA, VIEW, TABLE, SHARE, SHARED, CONSUMER, ASSOCIATION, DATABASE, ROLE, USER, GRANT})

OURS = "Meshwarden"
"""The owner of what a reconciler made, whichever side it is."""

_OF = " of "
_OUR_HOLDERS = (f"role {PREFIX}", f"user {PREFIX}")


def inside(kind: str, warehouse: WarehousePlan, name: str) -> Thing:
    """Something in a warehouse."""
    return Thing(kind, warehouse.account, warehouse.region, f"{name}{_OF}{warehouse.id}")


def grant(warehouse: WarehousePlan, who: str, what: str) -> Thing:
    """What somebody holds there, each told with its kind: `role mw_r`, `view mw_s.loan`."""
    return inside(GRANT, warehouse, f"{who} on {what}")


def consumer(account: str, region: str, warehouse: str, who: str, share: str) -> Thing:
    """An account, or a namespace of the same account by its GUID, that a datashare of a warehouse is for."""
    return Thing(CONSUMER, account, region, f"{who} on {share}{_OF}{warehouse}")


def association(account: str, region: str, who: str, share: str) -> Thing:
    """What a consumer's account made of a datashare: `who` and `share` are ARNs."""
    return Thing(ASSOCIATION, account, region, f"{who} on {share}")


def planned_association(producer: WarehousePlan, share: str, receiver: WarehousePlan) -> Thing:
    return association(receiver.account, receiver.region, namespace_arn(receiver), share_arn(producer, share))


def warehouse_of(thing: Thing) -> str | None:
    """The id of the warehouse that a thing stands in, by SQL; None for what AWS's API keeps, or the lake."""
    return thing.name.rpartition(_OF)[2] if thing.kind in KINDS - {ASSOCIATION} else None


def told(thing: Thing) -> str:
    """A thing in a message: its name and its warehouse each by itself."""
    if (warehouse := warehouse_of(thing)) is None:
        return str(thing)
    name = thing.name.removesuffix(f"{_OF}{warehouse}")
    return f"{thing.kind} `{name}` of warehouse `{warehouse}` in {thing.account} {thing.region}"


def words_of(thing: Thing) -> list[str]:
    """Who, and what: each as an API call names it."""
    name = thing.name if thing.kind == ASSOCIATION else thing.name.rpartition(_OF)[0]
    who, _, what = name.partition(" on ")
    return [who, what]


def lets_in_others(expected: Standing, found: Iterable[Thing]) -> set[Thing]:
    """Those that nobody planned, by which somebody who is no access role has what is planned for one."""
    shared = {_shared(one) for one in expected if one.kind in {CONSUMER, ASSOCIATION}}
    return {
        thing
        for thing in found
        if thing not in expected
        and ((thing.kind == GRANT and not thing.name.startswith(_OUR_HOLDERS)) or _shared(thing) in shared)
    }


def _shared(thing: Thing) -> tuple[str, str, str]:
    """The datashare that something is of."""
    return thing.kind, thing.account, thing.name.partition(" on ")[2]
