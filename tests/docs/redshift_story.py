"""What docs/redshift.md shows, made anew: the demo plan's share, run by the reconciler in emulated warehouses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from engine.grants.datashare.invocations import Invocation, Share, called, shares
from engine.grants.datashare.reconciler import Reconciler
from engine.model.mesh import Mesh
from engine.model.plan import Plan, View, WarehousePlan
from engine.redshift.data_api import Session
from engine.redshift.parse import parse
from engine.redshift.reconcile import reconcile
from tests.emulator.redshift.catalogue import ADMIN, Warehouses
from tests.unit.redshift.house import DataApi
from tests.unit.redshift.set_up import set_up

SHARE = "datashare/credit-risk-analyst/credit-risk-modelling/300000000001/credit-risk/exposures/"
SERVERLESS, CLUSTER = "analytics-dublin", "reporting-frankfurt"


@dataclass
class Story:
    """The page's blocks in order, by the line that each begins with."""

    mesh: Mesh
    plan: Plan
    warehouses: Warehouses = field(init=False)
    blocks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.warehouses = set_up(self.mesh, self.plan)

    def admin(self, place: WarehousePlan, *statements: str) -> None:
        """What the warehouse's administrator runs."""
        self.warehouses.of_namespace(place.namespace).run(
            database=place.database, user=ADMIN, roles=frozenset(), statements=statements, transaction=False
        )

    def tell(self, title: str, invocation: Invocation, action: Literal["make", "delete"] = "make") -> None:
        self._tell(title, invocation, called(invocation.input, action))

    def change(self, title: str, before: Invocation, after: Invocation) -> None:
        self._tell(title, after, {**after.input, "tf": {"action": "update", "prev_input": before.input}})

    def _tell(self, title: str, invocation: Invocation, event: Mapping[str, Any]) -> None:
        place = invocation.warehouse
        held = self.warehouses.of_namespace(place.namespace)
        user = Reconciler(place.account, place.region, invocation.side, (place,)).user
        api = DataApi(held, user)
        request = parse(event)
        reconcile(request, Session(api, request.warehouse, "nonce", lambda: 600.0, lambda _: None))
        assert title not in self.blocks
        self.blocks[title] = "\n\n".join(map(_paragraph, api.changes))

    def authorize(self, share: Share) -> None:
        arn, namespace = self._shared(share)
        self.warehouses.authorize(arn, by=share.producer.account, consumer=share.consumer.account)
        self.warehouses.associate(arn, by=share.consumer.account, namespace_arn=namespace)

    def deauthorize(self, share: Share) -> None:
        arn, _ = self._shared(share)
        self.warehouses.deauthorize(arn, by=share.producer.account, consumer=share.consumer.account)

    def _shared(self, share: Share) -> tuple[str, str]:
        producer = self.warehouses.of_namespace(share.producer.namespace)
        return producer.share_arn(share.target.name), self.warehouses.of_namespace(share.consumer.namespace).arn


def _paragraph(statements: Sequence[str]) -> str:
    return "\n".join([*(["-- one transaction"] if len(statements) > 1 else []), *(f"{text};" for text in statements)])


def with_views(share: Share, views: Sequence[View]) -> Share:
    return replace(share, target=replace(share.target, views=tuple(views)))


def as_direct(share: Share) -> Share:
    """As if the role read in the producer's own warehouse."""
    return replace(share, consumer=share.producer, target=replace(share.target, database=None))


def _share(plan: Plan, consumer: str) -> Share:
    return next(each for each in shares(plan) if each.grant.id == SHARE + consumer)


def short_names(plan: Plan) -> dict[str, str]:
    """What the page writes for each name."""
    share, cluster = _share(plan, SERVERLESS), _share(plan, CLUSTER)
    return {
        share.target.name: "SHARE",
        str(share.target.database): "DATABASE",
        share.target.redshift_role: "ROLE",
        str(cluster.target.redshift_user): "USER",
        share.producer.namespace: "PRODUCER",
    }


def tell(mesh: Mesh, plan: Plan) -> Iterator[tuple[str, str]]:
    """Each block of the page, with the share's names as the page writes them."""
    story = Story(mesh, plan)
    share, cluster = _share(plan, SERVERLESS), _share(plan, CLUSTER)
    views = share.target.views
    story.tell("producer: share", share.made)
    story.authorize(share)
    story.tell("consumer: role", share.role)
    story.tell("consumer: role, in a cluster", cluster.role)
    story.tell("consumer: database", share.database)

    narrow = with_views(share, [replace(v, columns=tuple(set(v.columns) - {"lei"})) for v in views])
    story.change("producer: a column less", share.made, narrow.made)
    story.change("consumer: a column less", share.database, narrow.database)
    fewer = with_views(share, [v for v in narrow.target.views if v.table != "provision"])
    story.change("producer: a table less", narrow.made, fewer.made)
    story.change("consumer: a table less", narrow.database, fewer.database)
    story.change("producer: a table more", fewer.made, narrow.made)
    story.change("consumer: a table more", fewer.database, narrow.database)

    story.deauthorize(share)
    story.tell("producer: share, its end", narrow.made, "delete")
    story.tell("consumer: database, its end", narrow.database, "delete")
    story.tell("consumer: role, its end", narrow.role, "delete")

    direct = as_direct(share)
    story.admin(share.producer, "GRANT CREATE ROLE TO ROLE meshwarden_producer")  # as for an account with both sides
    story.tell("producer: role", direct.role)
    story.tell("producer: direct", direct.made)
    story.tell("producer: direct, its end", direct.made, "delete")
    names = short_names(plan)
    for title, text in story.blocks.items():
        yield title, re.sub(r"(?<=[\"'])[\w-]+(?=[\"'])", lambda name: names.get(name[0], name[0]), text)
