"""A run can end anywhere and be taken up again, and a second one changes nothing."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from engine.redshift.errors import StatementError
from engine.redshift.parse import parse
from engine.redshift.reconcile import reconcile
from tests.emulator.redshift.outcome import SqlError
from tests.unit.redshift.agreed import NARROW, D, S, consuming
from tests.unit.redshift.house import (
    BOTH,
    DATABASE,
    GUIDS,
    LOANS,
    ONE,
    PRODUCER,
    ROLE,
    SHARE,
    TWO,
    USER,
    DataApi,
    House,
    Interrupted,
    database,
    direct,
    picture,
    role,
    share,
)

Event = dict[str, Any]

STORIES: dict[str, tuple[list[Event], Event]] = {
    "share made": ([], share()),
    "table added": ([share(LOANS)], share(BOTH, action="update")),
    "columns narrowed": ([share()], share(NARROW, action="update")),
    "table ended": ([share()], share(LOANS, action="update")),
    "another consumer": ([share()], share(to={"namespace": GUIDS["sibling"]}, action="update")),
    "share ended": ([share()], share(action="delete")),
    "direct made": ([role("lending")], direct()),
    "direct narrowed": ([role("lending"), direct()], direct(NARROW, action="update")),
    "direct ended": ([role("lending"), direct()], direct(action="delete")),
    "role made": ([], role("lending", user=USER)),
    "role ended": ([role("lending", user=USER)], role("lending", user=USER, action="delete")),
    "database made": ([share(), role()], database()),
    "database narrowed": ([share(), role(), database()], database(LOANS, action="update")),
    "database ended": ([share(), role(), database()], database(action="delete")),
}


class Queue(DataApi):
    """A warehouse in which the changes of one run wait, and land when a later run has looked for them twice."""

    def __init__(self, house: House, waiting: list[tuple[str, ...]], looks: int = 2) -> None:
        super().__init__(house.of("lending"), PRODUCER)
        self.waiting, self.looks = waiting, looks

    def batch_execute_statement(self, *, Sqls: Sequence[str], ClientToken: str | None = None, **where: Any) -> Any:
        if ClientToken is None:
            return super().batch_execute_statement(Sqls=Sqls, **where)
        self.waiting.append(tuple(Sqls))
        self.ended["waits"] = {"Status": "SUBMITTED"}
        return {"Id": "waits"}

    def list_statements(self, *, StatementName: str, **_: Any) -> Any:
        self.looks -= 1
        if not self.looks:
            for texts in self.waiting:
                self.namespace.run(database="dev", user=PRODUCER, roles=frozenset(), statements=texts, transaction=True)
            self.waiting.clear()
        status = "STARTED" if self.waiting else "FINISHED"
        return {"Statements": [{"Id": "waits", "StatementName": StatementName, "Status": status}]}


def test_what_outlives_its_run_is_ended_by_the_next() -> None:
    house = played([role("lending")])
    waiting: list[tuple[str, ...]] = []
    begun = house.session(Queue(house, waiting, looks=-1))
    begun.left = lambda: 4.0
    with pytest.raises(StatementError, match="what was begun goes on, and the next run takes it up"):
        reconcile(parse(direct()), begun)
    assert waiting

    class After(Queue):
        batch_execute_statement = DataApi.batch_execute_statement

    ending = house.session(After(house, waiting))
    reconcile(parse(direct(action="delete")), ending)
    assert not waiting
    assert ending.done
    with pytest.raises(SqlError, match="does not exist"):
        house.rows("lending", f"SELECT * FROM {S}.loans")


def played(events: list[Event]) -> House:
    house = House()
    for event in events:
        house.reconcile(event)
        if event["do"] == "share":
            house.authorize()
    return house


@pytest.mark.parametrize("story", STORIES)
def test_a_second_run_changes_nothing(story: str) -> None:
    before, event = STORIES[story]
    house = played(before)
    assert house.reconcile(event) != []
    assert house.reconcile(event) == []


@pytest.mark.parametrize("story", STORIES)
def test_a_run_that_ends_anywhere_is_taken_up(story: str) -> None:
    before, event = STORIES[story]
    house = played(before)
    here, start = house.of(event["warehouse"]["compute"]), house.kept()
    house.reconcile(event)
    whole = picture(here)
    for last in itertools.count():
        house.back(start)
        try:
            house.reconcile(event, last=last)
        except Interrupted:
            house.reconcile(event)
        else:
            break
        assert picture(here) == whole, last


@pytest.mark.parametrize("made", [share(), direct(), role("lending", user=USER), database()], ids=lambda e: e["do"])
def test_what_was_made_by_half_is_ended_whole(made: Event) -> None:
    before = {"share": [], "role": [], "direct": [role("lending")], "database": [share(), role()]}[made["do"]]
    house = played(before)
    here, start = house.of(made["warehouse"]["compute"]), house.kept()
    empty, ended = picture(here), {**made, "tf": {"action": "delete", "prev_input": None}}
    for last in range(len(house.reconcile(made)) + 1):
        house.back(start)
        with contextlib.suppress(Interrupted):
            house.reconcile(made, last=last)
        house.reconcile(ended)
        assert picture(here) == empty, last


@pytest.mark.parametrize("cut", ["revoked", "deauthorized", "dropped"])
def test_a_database_is_ended_after_its_datashare(house: House, cut: str) -> None:
    consuming(house)
    arn = house.of("lending").share_arn(SHARE)
    if cut == "deauthorized":
        house.warehouses.deauthorize(arn, by=ONE, consumer=TWO)
    elif cut == "dropped":
        house.reconcile(share(action="delete"))
    else:
        house.admin("lending", f"REVOKE USAGE ON DATASHARE {S} FROM ACCOUNT '{TWO}'")
    assert house.reconcile(database(action="delete"))[-1] == f"DROP DATABASE {D}"
    house.reconcile(role(action="delete"))
    assert DATABASE not in house.of("analytics").state.databases
    assert ROLE not in house.of("analytics").state.roles


def test_many_tables_take_several_transactions(house: House) -> None:
    many = {f"t{n:02}": ["id"] for n in range(95)}
    for view in many:
        house.of("lending").seed_table("dev", "lending", view, {"id": "int", "other": "int"}, [])
    house.admin("lending", "GRANT SELECT ON ALL TABLES IN SCHEMA lending TO ROLE reconciler")
    api = house.api("lending", PRODUCER)
    house.reconcile(share(many), api=api)
    assert [len(change) for change in api.changes] == [40, 40, 16, 1, 2, 1]
    wider = {view: ["id", "other"] for view in many}
    api = house.api("lending", PRODUCER)
    house.reconcile(share(wider, action="update"), api=api)
    assert [len(change) for change in api.changes] == [40, 40, 24]
    assert house.reconcile(share(wider, action="update")) == []
