"""The entries of the two Lambda functions."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .data_api import Client, Session
from .errors import RedshiftError
from .parse import parse, parse_reading
from .reconcile import reconcile as run
from .request import Request, Warehouse
from .state import read_all

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5, read_timeout=30)


def reconcile(event: object, context: Any) -> dict[str, Any]:
    """Makes what the input asks for (see `request`), or ends it where `tf.action` is delete.

    Where it is create, nothing is run: Terraform forgets a create that fails, so nobody would end what it began. Once
    Terraform has it in its state, `make` makes it.

    Answers `done`, the statements that ran in order, `standing` (see `standing`) and the input's `hash`. What it raises
    is the function's error, by which Terraform fails; what ran until then is in the log.
    """
    request = parse(event)
    done: list[str] = []
    if request.claim:
        return {"done": done, "standing": None, "hash": request.hash}
    if request.before is not None:
        _reconcile(request.before, context, done)
    standing = _reconcile(request, context, done)
    return {"done": done, "standing": standing, "hash": request.hash}


def read(event: object, context: Any) -> dict[str, Any]:
    """Answers `standing`: all that is ours on one side of a warehouse. Runs SELECT and SHOW only."""
    reading = parse_reading(event)
    session = _session(reading.warehouse, context)
    standing = _logged("read", reading.warehouse, session, lambda: read_all(session, reading.side))
    return {"standing": standing}


def _reconcile(request: Request, context: Any, done: list[str]) -> Any:
    session = _session(request.warehouse, context)
    what = f"{'end' if request.delete else 'make'} {type(request.wish).__name__.lower()} {request.wish.name}"
    try:
        return _logged(what, request.warehouse, session, lambda: run(request, session))
    finally:
        done += session.done


def _session(warehouse: Warehouse, context: Any) -> Session:
    client: Client = boto3.client("redshift-data", region_name=warehouse.region, config=_CONFIG)
    return Session(
        client, warehouse, context.aws_request_id, lambda: context.get_remaining_time_in_millis() / 1000, time.sleep
    )


def _logged(what: str, warehouse: Warehouse, session: Session, work: Callable[[], Any]) -> Any:
    """One line of JSON for what began and one for how it ended: names of objects, never a row of theirs."""
    _log(what, warehouse, "begun")
    try:
        answer = work()
    except (RedshiftError, BotoCoreError, ClientError) as error:
        _log(what, warehouse, "failed", done=session.done, error=str(error))
        raise
    _log(what, warehouse, "done", done=session.done)
    return answer


def _log(what: str, warehouse: Warehouse, state: str, **more: object) -> None:
    print(json.dumps({"what": what, "where": str(warehouse), "state": state, **more}))
