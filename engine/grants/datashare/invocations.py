"""What the reconcilers are told: the input of each of their invocations, which names what is to stand.

    producer's stack    share            a schema of views, and the datashare over it
                        role → direct    grants on such views to a role that reads in the producer's own warehouse
    consumer's stack    role → database  grants in the database that is made of a datashare

Names only: no data, no secret. The hash says whether two inputs ask for the same. A role that reads both ways in one
warehouse is asked for by both sides; the one that ends first leaves it to the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.errors import PlanError
from engine.grants.datashare.reconciler import Side
from engine.model.plan import Document, Grant, Plan, ShareTarget, WarehousePlan

Kind = Literal["share", "direct", "role", "database"]
VERSION = 1


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a reconciler: `side` says of which function of the warehouse's account and region.

    `id` is unique among those of its kind and side, and stays while tables and columns change.
    """

    kind: Kind
    id: str
    side: Side
    warehouse: WarehousePlan
    input: Document


@dataclass(frozen=True, slots=True)
class Share:
    """A grant of kind `datashare` with both of its warehouses, and where the product's tables lie."""

    grant: Grant
    target: ShareTarget
    producer: WarehousePlan
    consumer: WarehousePlan
    tables: Mapping[str, str]

    @property
    def direct(self) -> bool:
        """Whether the role reads in the producer's own warehouse, without a datashare."""
        return self.target.database is None

    @property
    def crosses(self) -> bool:
        """Whether it needs the API's authorization and association: those are between accounts only.

        https://docs.aws.amazon.com/redshift/latest/dg/within-account.html
        """
        return not self.direct and self.producer.account != self.consumer.account

    @property
    def _views(self) -> dict[str, dict[str, object]]:
        return {
            view.table: {"of": list(self.tables[view.table].split(".", 1)), "columns": sorted(view.columns)}
            for view in self.target.views
        }

    @property
    def made(self) -> Invocation:
        """What the producer's side does: the datashare, or the grants on its views.

        It is another one in another warehouse, so that what a product leaves behind ends on its own, until it has.
        """
        id = f"{self.producer.id}/{self.target.name}"
        if self.direct:
            body: Document = {"schema": self.target.name, "views": self._views, "role": self.target.redshift_role}
            return _invocation("direct", id, "producer", self.producer, body)
        body = {"share": self.target.name, "views": self._views, "to": self._consumer}
        return _invocation("share", id, "producer", self.producer, body)

    @property
    def role(self) -> Invocation:
        """The database role of the access role where it reads, and the user who holds it in a cluster.

        Shares of one role into one warehouse ask for the same, but for the side.
        """
        name, user = self.target.redshift_role, self.target.redshift_user
        side: Side = "producer" if self.direct else "consumer"
        return _invocation("role", f"{self.consumer.id}/{name}", side, self.consumer, {"role": name, "user": user})

    @property
    def database(self) -> Invocation:
        """What the consumer's side does, where it is not direct."""
        assert self.target.database is not None
        body: Document = {
            "database": self.target.database,
            "share": self.target.name,
            "from": {"account": self.producer.account, "namespace": self.producer.namespace},
            "schema": self.target.name,
            "views": {view.table: sorted(view.columns) for view in self.target.views},
            "role": self.target.redshift_role,
        }
        return _invocation("database", self.target.name, "consumer", self.consumer, body)

    @property
    def _consumer(self) -> dict[str, str]:
        if self.crosses:
            return {"account": self.consumer.account}
        return {"namespace": self.consumer.namespace}


def shares(plan: Plan) -> tuple[Share, ...]:
    """Every datashare and direct grant of the plan, in its order. Raises PlanError for one that lacks its facts."""
    return tuple(_shares(plan))


def called(input: Document, action: Literal["make", "delete"]) -> Document:
    """What a function gets where Terraform's provider does not add the action."""
    return {**input, "tf": {"action": action, "prev_input": None if action == "make" else input}}


def hashed(body: Document) -> Document:
    """The input with the hash of the rest: of its canonical JSON, keys sorted and without spaces."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return {**body, "hash": hashlib.sha256(text.encode()).hexdigest()}


def _shares(plan: Plan) -> Iterator[Share]:
    warehouses = {warehouse.id: warehouse for warehouse in plan.warehouses}
    tables = {(item.warehouse, item.product): item.tables for item in plan.warehouse_tables}
    for grant in plan.grants:
        if not isinstance(grant.target, ShareTarget):
            continue
        target = grant.target
        for warehouse in (target.producer, target.consumer):
            if warehouse not in warehouses:
                raise PlanError(f"grant `{grant.id}` is in warehouse `{warehouse}`, which the plan lacks")
        lying = tables.get((target.producer, grant.product), {})
        for view in target.views:
            if "." not in lying.get(view.table, ""):
                raise PlanError(f"grant `{grant.id}` is on table `{view.table}`, of which the plan lacks the place")
        yield Share(grant, target, warehouses[target.producer], warehouses[target.consumer], lying)


def _invocation(kind: Kind, id: str, side: Side, warehouse: WarehousePlan, body: Document) -> Invocation:
    whole: Document = {"version": VERSION, "do": kind, "warehouse": place_of(warehouse), **body}
    return Invocation(kind, id, side, warehouse, hashed(whole))


def place_of(warehouse: WarehousePlan) -> dict[str, str]:
    """A warehouse as a function is told of it."""
    return {
        "kind": warehouse.kind,
        "compute": warehouse.compute,
        "database": warehouse.database,
        "namespace": warehouse.namespace,
        "account": warehouse.account,
        "region": warehouse.region,
    }
