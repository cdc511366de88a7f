"""Where datashares, and the ways into a warehouse, differ from what a role is granted: warehouse by warehouse.

A session that signs in to a warehouse reads what its database role may read there. So each of them has to open exactly
what is granted of a product, and no database role may be that of two access roles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from engine.grants.access_role.evaluate import Tags, taggable_by
from engine.grants.datashare.evaluate import Opened, opened_by_shares, share_differences
from engine.grants.difference import Difference
from engine.grants.granted import Column
from engine.grants.iam import holds_after, holds_until
from engine.model.instants import format_instant
from engine.model.plan import Plan, RolePlan, ShareTarget

SESSION_TAG = "RedshiftDbRoles"
"""The session tag by which a serverless warehouse gives a session its database roles, with colons between them.

https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-federated-db-roles.html
"""


def warehouse_differences(plan: Plan, expected: Mapping[str, set[Column]]) -> Iterator[Difference]:
    """`expected`: role id → the columns that it is granted, of products in the lake too."""
    shares = list(opened_by_shares(plan))
    for opened in shares:
        yield from share_differences(opened)
    yield from _column_differences(plan, shares, expected)
    yield from _sign_in_differences(plan, shares)


def warehoused(plan: Plan) -> frozenset[str]:
    """The products whose tables lie in a warehouse."""
    return frozenset(item.product for item in plan.warehouse_tables)


def _column_differences(plan: Plan, shares: list[Opened], expected: Mapping[str, set[Column]]) -> Iterator[Difference]:
    """What is opened and not granted, and the reverse: in each warehouse that receives something of a product."""
    principals = {role.arn: role.id for role in plan.access_roles}
    opens: dict[tuple[str, str, str], dict[Column, str]] = {}
    grants: dict[tuple[str, str, str], str] = {}
    for opened in shares:
        if role := principals.get(opened.grant.principal):
            place = (role, opened.grant.product, opened.target.consumer)
            grants.setdefault(place, opened.grant.id)
            opens.setdefault(place, {}).update(dict.fromkeys(opened.columns, opened.grant.id))
    for (role, product, warehouse), columns in opens.items():
        granted = {column for column in expected.get(role, ()) if column[0] == product}
        for column in granted - columns.keys():
            yield _missing(role, column, f"in warehouse `{warehouse}`", grants[role, product, warehouse])
        for column in columns.keys() - granted:
            yield _excess(role, column, warehouse, columns[column])
    received = {(role, product) for role, product, _ in opens}
    in_warehouses = warehoused(plan)
    for role, granted in expected.items():
        for column in granted:
            if column[0] in in_warehouses and (role, column[0]) not in received:
                yield _missing(role, column, "in any warehouse", "")


def _sign_in_differences(plan: Plan, shares: list[Opened]) -> Iterator[Difference]:
    """How sessions come to hold the database role, and whether another access role comes to hold it."""
    roles = {role.arn: role for role in plan.access_roles}
    for opened in shares:
        role, target, consumer = roles.get(opened.grant.principal), opened.target, opened.consumer
        if role is None or consumer is None:
            continue
        if consumer.account != role.account:
            text = f"warehouse `{consumer.id}` of grant `{opened.grant.id}` is not in the account of role `{role.id}`"
            yield Difference(role.id, "missing", opened.grant.product, "", "", opened.grant.id, text)
        serverless = consumer.kind == "serverless"
        if serverless and role.session_tags.get(SESSION_TAG) != target.redshift_role:
            what = f"database role `{target.redshift_role}`, to which `{opened.grant.id}` is"
            text = f"sessions of role `{role.id}` do not pass {what}"
            yield Difference(role.id, "missing", opened.grant.product, "", "", opened.grant.id, text)
        if serverless != (target.redshift_user is None):
            user = f"user `{target.redshift_user}`" if target.redshift_user else "no user"
            text = f"by grant `{opened.grant.id}` role `{role.id}` has {user} in a {consumer.kind} warehouse"
            yield Difference(role.id, "missing", opened.grant.product, "", "", opened.grant.id, text)
    for role in plan.access_roles:
        for key, value in role.session_tags.items():
            if key != SESSION_TAG or ":" in value:
                text = f"sessions of role `{role.id}` pass tag `{key}` of `{value}`, which is no database role"
                yield Difference(role.id, "excess", "", "", "", key, text)


def tag_differences(role: RolePlan, meant: set[str], now: datetime, end: datetime) -> Iterator[Difference]:
    """Who may pass tags to a session of the role, and which: those of the plan, as long as it is assumed."""
    may = taggable_by(role)
    tags: Tags = tuple(sorted(role.session_tags.items()))
    needed = {(arn, tags) for arn in meant if tags}
    for arn, passed in sorted(may.keys() | needed):
        windows, said = may.get((arn, passed), ()), ", ".join(f"{key}={value}" for key, value in passed)
        if (arn, passed) in needed and not holds_until(windows, now, end):
            text = f"`{arn}` could not pass {said} to role `{role.id}` until {format_instant(end)}, as it should"
            yield Difference(role.id, "missing", "", "", "", arn, text)
        if holds_after(windows, end if (arn, passed) in needed else now):
            since = f"after {format_instant(end)}" if (arn, passed) in needed else "against the plan's word"
            yield Difference(
                role.id, "excess", "", "", "", arn, f"`{arn}` could pass {said} to role `{role.id}` {since}"
            )


def clashing(plan: Plan) -> Iterator[tuple[str, str]]:
    """(what has a name, whose it is): in each warehouse, and in each account for those that have database roles."""
    roles = {role.arn: role for role in plan.access_roles}
    for warehouse in plan.warehouses:
        yield f"the id of warehouse `{warehouse.id}`", warehouse.namespace
        yield f"namespace `{warehouse.namespace}`", warehouse.id
        yield f"{warehouse.kind} `{warehouse.account}/{warehouse.compute}` of {warehouse.region}", warehouse.id
        yield f"database `{warehouse.database}` of warehouse `{warehouse.id}`", warehouse.id
    schemas = set()
    for item in plan.warehouse_tables:
        yield f"the place of product `{item.product}`", item.warehouse
        for table, location in item.tables.items():
            yield f"table `{location}` of warehouse `{item.warehouse}`", f"{item.product}/{table}"
            schemas.add((item.warehouse, location.partition(".")[0]))
    for warehouse_id, schema in sorted(schemas):
        yield f"schema `{schema}` of warehouse `{warehouse_id}`", "its own tables"
    for grant in plan.grants:
        if isinstance(grant.target, ShareTarget):
            yield f"schema `{grant.target.name}` of warehouse `{grant.target.producer}`", grant.id
            if grant.target.database is not None:
                yield f"database `{grant.target.database}` of warehouse `{grant.target.consumer}`", grant.id
    holding = {
        (role.account, name, role.id)
        for grant in plan.grants
        if isinstance(grant.target, ShareTarget) and (role := roles.get(grant.principal))
        for name in (grant.target.redshift_role, grant.target.redshift_user)
        if name is not None
    }
    holding |= {(role.account, value, role.id) for role in plan.access_roles for value in role.session_tags.values()}
    for account, name, role_id in sorted(holding):
        yield f"database role or user `{name}` of account {account}", role_id


def _missing(role: str, column: Column, where: str, near: str) -> Difference:
    product, table, name = column
    fault = f"see grant `{near}`" if near else "no grant names the product"
    text = f"role `{role}` is entitled to `{product}/{table}/{name}` and would not read it {where}; {fault}"
    return Difference(role, "missing", product, table, name, near, text)


def _excess(role: str, column: Column, warehouse: str, grant: str) -> Difference:
    product, table, name = column
    what = f"`{product}/{table}/{name}` in warehouse `{warehouse}`"
    text = f"role `{role}` would read {what}, to which it is not entitled, by grant `{grant}`"
    return Difference(role, "excess", product, table, name, grant, text)
