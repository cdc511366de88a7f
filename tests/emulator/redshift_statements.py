"""Statements of the Redshift Data API: submitted now, run a little later, kept for a day.

https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.emulator.call import Call
from tests.emulator.identity import Caller
from tests.emulator.redshift.catalogue import Namespace
from tests.emulator.redshift.outcome import Result, SqlError
from tests.emulator.redshift_sign_in import SignIn
from tests.emulator.world import World

KEPT = timedelta(hours=24)
TOKEN_KEPT = timedelta(hours=8)
MOST_ACTIVE = 500
"""For each cluster or workgroup: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html"""
_NEXT = {"SUBMITTED": "PICKED", "PICKED": "STARTED"}


@dataclass
class Part:
    """One SQL statement."""

    sql: str
    status: str = "SUBMITTED"
    result: Result | None = None
    error: str | None = None

    def end(self, status: str, result: Result | None = None, error: str | None = None) -> None:
        self.status, self.result, self.error = status, result, error


@dataclass
class Statement:
    """What one call of ExecuteStatement or BatchExecuteStatement has asked for."""

    id: str
    number: int
    caller: Caller
    namespace: Namespace
    database: str
    signed: SignIn
    parts: tuple[Part, ...]
    batch: bool
    created: datetime
    changed: datetime
    token: str | None
    asked: dict[str, Any] = field(repr=False)
    """The call's parameters, which a repetition with the same token must have too."""
    status: str = "SUBMITTED"
    error: str | None = None

    @property
    def active(self) -> bool:
        return self.status in ("SUBMITTED", "PICKED", "STARTED")

    def step(self, world: World) -> None:
        """To the next state; out of STARTED by running."""
        if self.status in _NEXT:
            self._become(world, _NEXT[self.status])
            for part in self.parts:
                part.status = self.status
        elif self.status == "STARTED" and not world.hold_statements:
            self._run(world)

    def complete(self, world: World) -> None:
        """To its end, unless statements are held."""
        while self.active:
            before = self.status
            self.step(world)
            if self.status == before:
                return

    def abort(self, world: World) -> None:
        for part in self.parts:
            part.end("ABORTED")
        self._become(world, "ABORTED")

    def _become(self, world: World, status: str) -> None:
        self.status, self.changed = status, world.now()

    def _run(self, world: World) -> None:
        try:
            for part, result in zip(self.parts, self._results(), strict=True):
                part.end("FINISHED", result)
            self._become(world, "FINISHED")
        except SqlError as error:
            self._fail(error)
            self._become(world, "FAILED")

    def _results(self) -> Sequence[Result]:
        return self.namespace.run(
            database=self.database,
            user=self.signed.user,
            roles=self.signed.roles,
            statements=[part.sql for part in self.parts],
            transaction=self.batch,
        )

    def _fail(self, error: SqlError) -> None:
        """A batch is one transaction: nothing of it is left, and what stands behind the failure was not begun."""
        message = error.message if error.message.startswith(("ERROR:", "FATAL:")) else f"ERROR: {error.message}"
        self.error = f"Query #{error.index + 1} failed with {message}" if self.batch else message
        for index, part in enumerate(self.parts):
            if index < error.index:
                part.end("FINISHED", Result())
            elif index == error.index:
                part.end("FAILED", error=message)
            else:
                part.end("ABORTED")


class Statements:
    """Of one account in one region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.by_id: dict[str, Statement] = {}
        self._active: list[Statement] = []

    def add(self, statement: Statement) -> None:
        self.by_id[statement.id] = statement
        self._active.append(statement)

    @property
    def active(self) -> list[Statement]:
        """Those that have not ended; there may be thousands that have."""
        self._active = [statement for statement in self._active if statement.active]
        return self._active

    def repeated(self, call: Call, now: datetime) -> Statement | None:
        """The statement that the same principal has asked for with this token, not longer ago than tokens last."""
        token = call.params.get("ClientToken")
        if token is None:
            return None
        for statement in self.by_id.values():
            same = statement.caller.principal_arn == call.caller.principal_arn and statement.token == token
            if same and now < statement.created + TOKEN_KEPT:
                return statement
        return None

    def of_role(self, call: Call, now: datetime) -> list[Statement]:
        """Those that the caller's user or role has submitted within a day."""
        return [each for id in self.by_id if (each := self.visible(call, id, now)) is not None]

    def active_on(self, namespace: Namespace) -> int:
        return sum(each.namespace is namespace for each in self.active)

    def visible(self, call: Call, id: str, now: datetime) -> Statement | None:
        """To the same user, or to any session of the same role."""
        statement = self.by_id.get(id.partition(":")[0])
        if statement is None or statement.caller.principal_arn != call.caller.principal_arn:
            return None
        return statement if now < statement.created + KEPT else None


def active_statements(world: World) -> list[Statement]:
    """Of all accounts."""
    return [statement for statements in world.states(Statements).values() for statement in statements.active]
