"""A phase of `make bench`: how many statements an agreement takes, run by the reconciler in emulated warehouses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench_phases import Bench

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.grants.datashare.invocations import Invocation, Share, called, shares
from engine.grants.datashare.reconciler import Reconciler
from engine.redshift.data_api import Session
from engine.redshift.errors import RedshiftError
from engine.redshift.parse import parse
from engine.redshift.reconcile import reconcile
from tests.emulator.redshift.catalogue import Warehouses
from tests.unit.redshift.house import DataApi
from tests.unit.redshift.set_up import set_up

SAMPLED = 5
"""Datashares between accounts, each from its beginning to its end."""

Event = tuple[Invocation, Mapping[str, Any]]


def statements(bench: Bench) -> None:
    """Of each datashare what is added, narrowed by a column and revoked; and which statements the outcome needs."""
    mesh, plan = bench.kept("half_mesh", "half_plan")
    crossing = [share for share in shares(plan) if share.crosses and _narrowed(share)]
    sample = crossing[:: max(1, len(crossing) // SAMPLED)][:SAMPLED]
    counts: dict[str, float] = {}
    with bench.clock():
        warehouses = set_up(mesh, plan)
        for share in sample:
            for what, ran in _life(warehouses, share):
                counts[what] = counts.get(what, 0) + ran
    views = sum(len(share.target.views) for share in sample)
    bench.note(shares=len(sample), views=views / len(sample), **{what: of / len(sample) for what, of in counts.items()})


def _life(warehouses: Warehouses, share: Share) -> Iterator[tuple[str, int]]:
    """(what, statements): `added producer`, `added consumer`, `added needed`, …"""
    producer = warehouses.of_namespace(share.producer.namespace)
    consumer = warehouses.of_namespace(share.consumer.namespace)
    arn = producer.share_arn(share.target.name)

    def let() -> None:
        warehouses.authorize(arn, by=producer.account, consumer=consumer.account)
        warehouses.associate(arn, by=consumer.account, namespace_arn=consumer.arn)

    def no_longer() -> None:
        warehouses.deauthorize(arn, by=producer.account, consumer=consumer.account)

    narrow = _narrowed(share)
    assert narrow is not None
    made: list[Event] = [(item, called(item.input, "make")) for item in (share.made, share.role, share.database)]
    changed: list[Event] = [
        (after, {**after.input, "tf": {"action": "update", "prev_input": before.input}})
        for before, after in ((share.made, narrow.made), (share.database, narrow.database))
    ]
    ended: list[Event] = [(item, called(item.input, "delete")) for item in (narrow.made, narrow.database, narrow.role)]
    yield from _told("added", warehouses, _Change(made[:1], made[1:], let))
    yield from _told("narrowed", warehouses, _Change(changed[:1], changed[1:], lambda: None))
    no_longer()
    yield from _told("revoked", warehouses, _Change(ended[:1], ended[1:], lambda: None))


@dataclass(frozen=True)
class _Change:
    """What is asked of the producer's side, what happens between, what is asked of the consumer's."""

    producer: Sequence[Event]
    consumer: Sequence[Event]
    between: Callable[[], None]

    def run(self, warehouses: Warehouses, forgotten: int | None = None) -> tuple[int, int]:
        """How many statements ran on each side; the one of the number `forgotten` is only said to have run."""
        begun = 0
        ran = []
        for events in (self.producer, self.consumer):
            count = 0
            for event in events:
                left = None if forgotten is None else forgotten - begun - count
                count += _run(warehouses, event, left)
            ran.append(count)
            begun += count
            if events is self.producer:
                self.between()
        return ran[0], ran[1]


def _told(what: str, warehouses: Warehouses, change: _Change) -> Iterator[tuple[str, int]]:
    concerned = [
        warehouses.of_namespace(item.warehouse.namespace) for item, _ in (*change.producer[:1], *change.consumer[:1])
    ]
    kept = [held.state.copy() for held in concerned]
    at_producer, at_consumer = change.run(warehouses)
    after = [held.state for held in concerned]
    yield f"{what} producer", at_producer
    yield f"{what} consumer", at_consumer
    needed = 0
    for forgotten in range(at_producer + at_consumer):
        for held, state in zip(concerned, kept, strict=True):
            held.state = state.copy()
        needed += _is_noticed(warehouses, change, forgotten)
    for held, state in zip(concerned, after, strict=True):
        held.state = state
    yield f"{what} needed", needed


def _is_noticed(warehouses: Warehouses, change: _Change, forgotten: int) -> bool:
    """Whether the outcome lacks something where one statement has not run."""
    try:
        change.run(warehouses, forgotten)
    except RedshiftError:
        return True
    return False


class _Forgetful(DataApi):
    """Says of one statement that it ran, and does not run it."""

    forgotten: int | None = None

    def _run(self, texts: tuple[str, ...], where: Mapping[str, str], *, transaction: bool, token: str | None) -> Any:
        if token is None or self.forgotten is None:
            return super()._run(texts, where, transaction=transaction, token=token)
        at, self.forgotten = self.forgotten, self.forgotten - len(texts)
        left = tuple(text for number, text in enumerate(texts) if number != at)
        if not left:
            self.ended["forgotten"] = {"Status": "FINISHED"}
            return {"Id": "forgotten"}
        return super()._run(left, where, transaction=transaction, token=token)


def _run(warehouses: Warehouses, event: Event, forgotten: int | None) -> int:
    """How many statements ran. Raises RedshiftError where what stands then is not what was asked for."""
    item, asked = event
    place = item.warehouse
    user = Reconciler(place.account, place.region, item.side, (place,)).user
    api = _Forgetful(warehouses.of_namespace(place.namespace), user)
    api.forgotten = forgotten
    request = parse(asked)
    session = Session(api, request.warehouse, "nonce", lambda: 600.0, lambda _: None)
    reconcile(request, session)
    return len(session.done)


def _narrowed(share: Share) -> Share | None:
    """With a column less in one view; None where every view has one only."""
    views = list(share.target.views)
    for number, view in enumerate(views):
        if len(view.columns) > 1:
            views[number] = replace(view, columns=view.columns[:-1])
            return replace(share, target=replace(share.target, views=tuple(views)))
    return None
