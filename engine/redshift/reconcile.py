"""Reads what stands, runs what it takes, and reads again: no success is believed."""

from __future__ import annotations

from collections.abc import Iterator

from . import consumer, producer, state
from .data_api import Session, Step
from .errors import StandingError
from .request import Database, Direct, Request, Role, Share, Wish
from .standing import Standing


def reconcile(request: Request, session: Session) -> Standing:
    """What stands afterwards, which is what was asked for, or nothing of it after a delete. Raises RedshiftError.

    What ran is in `session.done`; nothing ran where nothing differed.
    """
    session.name = request.wish.name
    session.wait_for_earlier()
    standing = _read(request, session)
    before = len(session.done)
    for step in _steps(request, standing):
        session.run(step)
    if len(session.done) == before:
        return standing
    after = _read(request, session)
    left = [statement.text for step in _steps(request, after) for statement in step.statements]
    if left:
        raise StandingError(
            f"{session.warehouse} is not as asked after all statements ran; still to be run: {'; '.join(left)}"
        )
    return after


def _read(request: Request, session: Session) -> Standing:
    wish = request.wish
    if isinstance(wish, Share | Direct):
        return state.read_producer(session, wish.name)
    if isinstance(wish, Role):
        return state.read_roles(session, wish.name)
    standing = state.read_consumer(session, wish.name)
    if not request.delete and wish.name in standing["databases"]:
        state.read_held(session, standing, [(wish.name, wish.role)])
    return standing


def _steps(request: Request, standing: Standing) -> Iterator[Step]:
    return _end(request.wish, standing) if request.delete else _make(request.wish, standing)


def _make(wish: Wish, standing: Standing) -> Iterator[Step]:
    if isinstance(wish, Share):
        return producer.share(wish, standing)
    if isinstance(wish, Direct):
        return producer.direct(wish, standing)
    if isinstance(wish, Role):
        return consumer.role(wish, standing)
    return consumer.database(wish, standing)


def _end(wish: Wish, standing: Standing) -> Iterator[Step]:
    if isinstance(wish, Share):
        return producer.end_share(wish.name, standing)
    if isinstance(wish, Direct):
        return producer.end_direct(wish, standing)
    if isinstance(wish, Role):
        return consumer.end_role(wish, standing)
    assert isinstance(wish, Database)
    return consumer.end_database(wish, standing)
