"""Datashares as they stand: in the warehouses, by the answers of their readers, and in AWS's API.

A warehouse does not say whether a database was made WITH PERMISSIONS, nor to everybody of which datashare
(https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_DATASHARES.html). The owner tells both: a reconciler makes none
otherwise, and what is granted within names the datashare's schema. What an owner holds of his own things is no grant
(https://docs.aws.amazon.com/redshift/latest/dg/r_Privileges.html).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from engine.grants.datashare import things
from engine.grants.datashare.invocations import Share, shares
from engine.grants.datashare.reconciler import SIDES, Reconciler
from engine.model.plan import Plan, WarehousePlan
from engine.model.standing import Standing, Thing, Value
from engine.redshift.standing import PREFIX, RECONCILER, Holder, Role, Schema, folded
from engine.redshift.standing import Share as FoundShare
from engine.redshift.standing import Standing as Found

if TYPE_CHECKING:
    from types_boto3_redshift import RedshiftClient

_LETS_IN = frozenset({"AUTHORIZED", "ACTIVE"})
_ASSOCIATED = "ACTIVE"

_Pairs = Iterator[tuple[Thing, Value]]


# --- what should stand ------------------------------------------------------------------------------------------------


def expected_shares(plan: Plan) -> Standing:
    """All that the plan's datashares and grants on views are. Raises PlanError for one that lacks its facts."""
    standing: Standing = {}
    for share in shares(plan):
        _merge(standing, _expected_views(share))
        _merge(standing, _expected_direct(share) if share.direct else _expected_share(share))
        _merge(standing, _expected_role(share))
    return standing


def _expected_views(share: Share) -> _Pairs:
    producer, name = share.producer, share.target.name
    yield things.inside(things.SCHEMA, producer, name), {"owner": things.OURS}
    for view in share.target.views:
        schema, _, table = share.tables[view.table].partition(".")
        yield (
            things.inside(things.VIEW, producer, f"{name}.{folded(view.table)}"),
            {
                "owner": things.OURS,
                "of": f"{folded(schema)}.{folded(table)}",
                "columns": sorted(map(folded, view.columns)),
            },
        )


def _expected_direct(share: Share) -> _Pairs:
    warehouse, who = share.producer, f"role {share.target.redshift_role}"
    yield things.grant(warehouse, who, f"schema {share.target.name}"), _holds("USAGE")
    for name in _views(share):
        yield things.grant(warehouse, who, f"view {name}"), _holds("SELECT")


def _expected_share(share: Share) -> _Pairs:
    producer, consumer, name = share.producer, share.consumer, share.target.name
    receiver = consumer.account if share.crosses else consumer.namespace
    yield (
        things.inside(things.SHARE, producer, name),
        {"owner": things.OURS, "database": producer.database, "public": False},
    )
    yield things.inside(things.SHARED, producer, f"schema {name} in {name}"), {"include_new": False}
    for view in _views(share):
        yield things.inside(things.SHARED, producer, f"view {view} in {name}"), {}
    yield (
        things.consumer(producer.account, producer.region, producer.id, receiver, name),
        {"usage": True, "authorized": share.crosses},
    )
    if share.crosses:
        yield things.planned_association(producer, name, consumer), {}
    database, who = share.target.database, f"role {share.target.redshift_role}"
    yield things.inside(things.DATABASE, consumer, str(database)), {"owner": things.OURS}
    yield things.grant(consumer, who, f"database {database}"), _holds("USAGE")
    yield things.grant(consumer, who, f"schema {database}.{name}"), _holds("USAGE")
    for view in _views(share):
        yield things.grant(consumer, who, f"view {database}.{view}"), _holds("SELECT")


def _expected_role(share: Share) -> _Pairs:
    consumer, role, user = share.consumer, share.target.redshift_role, share.target.redshift_user
    yield things.inside(things.ROLE, consumer, role), {"owner": things.OURS}
    if user is not None:
        yield things.inside(things.USER, consumer, user), {}
        yield things.grant(consumer, f"user {user}", f"role {role}"), _holds("MEMBER")


def _views(share: Share) -> list[str]:
    return [f"{share.target.name}.{folded(view.table)}" for view in share.target.views]


# --- what a reader saw ------------------------------------------------------------------------------------------------


def found_in(warehouse: WarehousePlan, seen: Found) -> Standing:
    """What a reader's answer says of a warehouse, in the words of what is planned."""
    ours = frozenset(Reconciler(warehouse.account, warehouse.region, side, ()).user for side in SIDES)
    standing: Standing = {}
    for name, schema in seen["schemas"].items():
        _merge(standing, _found_schema(warehouse, name, schema, ours))
    for name, share in seen["shares"].items():
        _merge(standing, _found_share(warehouse, name, share, ours))
    for name, database in seen["databases"].items():
        owner = database["owner"]
        _merge(standing, [(things.inside(things.DATABASE, warehouse, name), {"owner": _owner(owner, ours)})])
        _merge(standing, _grants(warehouse, f"database {name}", owner, database["holders"]))
        for held in database["held"]:
            path = f"{name}.{held['schema']}"
            what = f"view {path}.{held['object']}" if held["object"] else f"schema {path}"
            _merge(standing, [(things.grant(warehouse, f"role {held['name']}", what), _holds(held["privilege"]))])
    for name, role in seen["roles"].items():
        _merge(standing, _found_role(warehouse, name, role, ours))
    for given in seen["given"]:
        who = f"{given['kind']} {given['name']}"
        _merge(standing, [(things.grant(warehouse, who, given["what"]), _holds(given["privilege"]))])
    for name in seen["users"]:
        if not name.startswith(RECONCILER):
            standing[things.inside(things.USER, warehouse, name)] = {}
    return standing


def _found_schema(warehouse: WarehousePlan, name: str, schema: Schema, ours: frozenset[str]) -> _Pairs:
    yield things.inside(things.SCHEMA, warehouse, name), {"owner": _owner(schema["owner"], ours)}
    yield from _grants(warehouse, f"schema {name}", schema["owner"], schema["holders"])
    for relation_name, relation in schema["relations"].items():
        kind, word = (things.VIEW, "view") if relation["type"] == "VIEW" else (things.TABLE, "table")
        value: Value = {"owner": _owner(relation["owner"], ours)}
        if kind == things.VIEW:
            of = ".".join(relation["of"]) if relation["of"] else None
            value |= {"of": of, "columns": sorted(relation["columns"])}
        path = f"{name}.{relation_name}"
        yield things.inside(kind, warehouse, path), value
        yield from _grants(warehouse, f"{word} {path}", relation["owner"], relation["holders"])


def _found_share(warehouse: WarehousePlan, name: str, share: FoundShare, ours: frozenset[str]) -> _Pairs:
    yield (
        things.inside(things.SHARE, warehouse, name),
        {"owner": _owner(share["owner"], ours), "database": share["database"], "public": share["public"]},
    )
    for schema, include_new in share["schemas"].items():
        yield things.inside(things.SHARED, warehouse, f"schema {schema} in {name}"), {"include_new": include_new}
    for path, kind in share["objects"].items():
        yield things.inside(things.SHARED, warehouse, f"{kind} {path} in {name}"), {}
    for consumer in share["consumers"]:
        yield (
            things.consumer(warehouse.account, warehouse.region, warehouse.id, consumer, name),
            {"usage": True, "authorized": False},
        )


def _found_role(warehouse: WarehousePlan, name: str, role: Role, ours: frozenset[str]) -> _Pairs:
    yield things.inside(things.ROLE, warehouse, name), {"owner": _owner(role["owner"], ours)}
    for user in role["users"]:
        if user not in ours:
            yield things.grant(warehouse, f"user {user}", f"role {name}"), _holds("MEMBER")
    for other in role["roles"]:
        yield things.grant(warehouse, f"role {other}", f"role {name}"), _holds("MEMBER")


def _grants(warehouse: WarehousePlan, what: str, owner: str, holders: Iterable[Holder]) -> _Pairs:
    for holder in holders:
        if (holder["kind"], holder["name"]) != ("user", owner):
            who = "public" if holder["kind"] == "public" else f"{holder['kind']} {holder['name']}"
            yield things.grant(warehouse, who, what), _holds(holder["privilege"])


# --- what the API tells -----------------------------------------------------------------------------------------------


def list_shares(client: RedshiftClient) -> list[Mapping[str, Any]]:
    """Every datashare that the account makes in the region, or may have. Raises botocore's ClientError.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeDataShares.html
    """
    pages = client.get_paginator("describe_data_shares").paginate()
    return [dict(share) for page in pages for share in page.get("DataShares", [])]


def is_authorized(listed: Iterable[Mapping[str, Any]], arn: str, account: str) -> bool:
    """Whether the producer lets an account have the datashare, as `list_shares` tells."""
    return any(
        _account_of(str(item["ConsumerIdentifier"])) == account and item["Status"] in _LETS_IN
        for share in listed
        if share["DataShareArn"] == arn
        for item in share["DataShareAssociations"]
    )


def add_api(
    standing: Standing,
    account: str,
    region: str,
    listed: Iterable[Mapping[str, Any]],
    warehouses: Iterable[WarehousePlan],
) -> None:
    """Adds whom the account authorized for datashares of ours, and what it associated with those of others.

    A namespace tells its own region. An account that is associated as a whole is told where none of its namespaces is:
    a listing does not say it otherwise.
    """
    ids = {warehouse.namespace: warehouse.id for warehouse in warehouses}
    for share in listed:
        arn = str(share["DataShareArn"])
        place, _, name = arn.rpartition("/")
        if not name.startswith(PREFIX):
            continue
        told = [(str(item["ConsumerIdentifier"]), str(item["Status"])) for item in share["DataShareAssociations"]]
        if arn.split(":")[4] == account:
            namespace = place.rpartition(":")[2]
            for who in sorted({_account_of(who) for who, status in told if status in _LETS_IN} - {account}):
                thing = things.consumer(account, region, ids.get(namespace, namespace), who, name)
                standing[thing] = {**standing.get(thing, {"usage": False}), "authorized": True}
        else:
            active = sorted({who for who, status in told if status == _ASSOCIATED})
            for who in [who for who in active if ":" in who] or active:
                at = who.split(":")[3] if ":" in who else region
                standing[things.association(account, at, who, arn)] = {}


def _account_of(identifier: str) -> str:
    return identifier.split(":")[4] if identifier.startswith("arn:") else identifier


# --- values -----------------------------------------------------------------------------------------------------------


def _merge(standing: Standing, found: Iterable[tuple[Thing, Value]]) -> None:
    """What one holds of one thing comes one privilege at a time."""
    for thing, value in found:
        together = {*_privileges(standing.get(thing, {})), *_privileges(value)}
        standing[thing] = _holds(*together) if thing.kind == things.GRANT else value


def _holds(*privileges: str) -> Value:
    return {"privileges": sorted(privileges)}


def _privileges(value: Value) -> list[str]:
    held = value.get("privileges", [])
    assert isinstance(held, list)
    return held


def _owner(name: str, ours: frozenset[str]) -> str:
    return things.OURS if name in ours else name
