"""Statements that take their time, stand in each other's way, or fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.redshift.data_api import Session, Step
from engine.redshift.errors import StatementError
from engine.redshift.request import Warehouse
from engine.redshift.sql import Statement
from tests.unit.redshift.house import GUIDS, ONE, PRODUCER, REGION, House, client_error

CLUSTER = Warehouse("cluster", "lending", "dev", GUIDS["lending"], ONE, REGION)
ISOLATION = "ERROR: 1023\n  DETAIL: Serializable isolation violation on table - 1256109, transactions forming the cycle"


class Slow:
    """A Data API of canned answers; what it was asked, in `asked`."""

    def __init__(self, *described: dict[str, Any], refusing: tuple[str, ...] = (), pages: int = 1) -> None:
        self.described = list(described) or [{"Status": "FINISHED"}]
        self.refusing = list(refusing)
        self.pages = pages
        self.asked: list[Mapping[str, Any]] = []
        self.listed: list[list[dict[str, str]]] = [[]]

    def execute_statement(self, **asked: Any) -> dict[str, str]:
        if self.refusing:
            raise client_error(self.refusing.pop(0))
        self.asked.append(asked)
        return {"Id": f"s{len(self.asked)}"}

    batch_execute_statement = execute_statement

    def list_statements(self, *, NextToken: str = "0", **asked: Any) -> dict[str, Any]:
        """A page after another, and then those of the next time."""
        assert asked == {"StatementName": "mw_a", "Status": "ALL", "ClusterIdentifier": "lending"}
        page, statements = int(NextToken), self.listed[0]
        if page + 1 < len(statements):
            return {"Statements": statements[page : page + 1], "NextToken": str(page + 1)}
        self.listed = self.listed[1:] or self.listed
        return {"Statements": statements[page : page + 1]}

    def describe_statement(self, *, Id: str) -> dict[str, Any]:
        assert Id == f"s{len(self.asked)}"
        return self.described.pop(0) if len(self.described) > 1 else self.described[0]

    def get_statement_result(self, *, Id: str, NextToken: str = "0") -> dict[str, Any]:
        page = int(NextToken)
        cells = [{"stringValue": f" {Id} {page} "}, {"longValue": page}, {"booleanValue": page > 0}, {"isNull": True}]
        more = {"NextToken": str(page + 1)} if page + 1 < self.pages else {}
        return {"ColumnMetadata": [{"name": name} for name in "abcd"], "Records": [cells], **more}


class Clock:
    def __init__(self, left: float) -> None:
        self.seconds = left

    def left(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds -= seconds


def session(api: Slow, left: float = 600.0) -> tuple[Session, Clock]:
    clock = Clock(left)
    return Session(api, CLUSTER, "request-1", clock.left, clock.sleep), clock


def one(text: str = "DROP SCHEMA a") -> Step:
    return Step((Statement(text),))


def test_a_statement_is_waited_for() -> None:
    running = [{"Status": status} for status in ("SUBMITTED", "PICKED", "STARTED", "STARTED")]
    run, clock = session(Slow(*running, {"Status": "FINISHED"}))
    run.run(one())
    assert run.done == ["DROP SCHEMA a"]
    assert 599 < clock.seconds < 600


def under(name: str, status: str) -> dict[str, str]:
    return {"StatementName": name, "Id": f"{name} {status}", "Status": status}


def test_what_an_earlier_run_began_is_waited_for() -> None:
    """Whatever page it is on; a name that only begins alike is another's."""
    api = Slow()
    ended = [under("mw_a", status) for status in ("FINISHED", "FAILED", "ABORTED")]
    api.listed = [[*ended, under("mw_a", status)] for status in ("SUBMITTED", "PICKED", "STARTED")]
    api.listed.append([*ended, under("mw_a", "FINISHED"), under("mw_ab", "STARTED")])
    run, clock = session(api)
    run.name = "mw_a"
    run.wait_for_earlier()
    assert 600 - clock.seconds == pytest.approx(0.1 + 0.2 + 0.4)


def test_a_run_does_not_begin_before_an_earlier_one_has_ended() -> None:
    api = Slow()
    api.listed = [[under("mw_a", "STARTED")]]
    run, _ = session(api, left=30)
    run.name = "mw_a"
    with pytest.raises(StatementError, match="no time left: statement mw_a STARTED of an earlier run is under way"):
        run.wait_for_earlier()


def test_one_statement_is_no_batch_and_several_are_one() -> None:
    api = Slow()
    run, _ = session(api)
    run.run(one())
    run.run(Step((Statement("a"), Statement("b"))))
    assert api.asked[0] == {
        "Sql": "DROP SCHEMA a",
        "ClusterIdentifier": "lending",
        "Database": "dev",
        "ClientToken": api.asked[0]["ClientToken"],
        "StatementName": "meshwarden",
    }
    assert api.asked[1]["Sqls"] == ["a", "b"]
    assert not {key for asked in api.asked for key in asked} & {"DbUser", "SecretArn", "ExecutionMode"}


def test_a_token_is_of_the_run_the_attempt_and_the_statement() -> None:
    def tokens(nonce: str, *texts: str) -> list[str]:
        api = Slow()
        run = Session(api, CLUSTER, nonce, lambda: 600.0, lambda _: None)
        for text in texts:
            run.run(one(text))
        return [asked["ClientToken"] for asked in api.asked]

    assert tokens("1", "a", "b") == tokens("1", "a", "b")
    assert len({*tokens("1", "a", "a", "b"), *tokens("2", "a", "a", "b"), *tokens("1", "c")}) == 7
    assert all(0 < len(token) <= 64 for token in tokens("1", "a"))


def test_a_reading_has_no_token_so_that_no_earlier_answer_comes_back() -> None:
    api = Slow(pages=3)
    run, _ = session(api)
    rows = run.read(["SELECT 1", "SELECT 2"])
    assert "ClientToken" not in api.asked[0]
    assert rows[1] == [{"a": f"s1:2 {page}", "b": page, "c": page > 0, "d": None} for page in range(3)]
    assert run.done == []


def test_forty_queries_are_read_at_once() -> None:
    api = Slow()
    run, _ = session(api)
    assert len(run.read([f"SELECT {n}" for n in range(95)])) == 95
    assert [len(asked["Sqls"]) for asked in api.asked] == [40, 40, 15]
    assert run.read([]) == []


@pytest.mark.parametrize(
    "error", [ISOLATION, "ERROR: 1018 DETAIL: Relation does not exist.", "ERROR: deadlock detected"]
)
def test_what_stood_in_anothers_way_is_run_again(error: str) -> None:
    house = House()
    api = house.api("lending", PRODUCER)
    api.failing = [error, error]
    run = house.session(api)
    run.run(one("CREATE SCHEMA mw_a"))
    assert run.done == ["CREATE SCHEMA mw_a"]
    assert len(set(api.tokens)) == 3


def test_a_reading_is_repeated_too() -> None:
    api = Slow({"Status": "FAILED", "Error": ISOLATION}, {"Status": "FINISHED"})
    run, _ = session(api)
    assert [row["b"] for row in run.read(["SELECT 1"])[0]] == [0]
    assert (len(api.asked), run.done) == (2, [])


def test_it_is_not_run_for_ever() -> None:
    api = Slow({"Status": "FAILED", "Error": ISOLATION})
    run, _ = session(api)
    with pytest.raises(StatementError, match="1023"):
        run.run(one())
    assert len(api.asked) == 6
    assert run.done == []


def test_any_other_failure_is_told_and_not_repeated() -> None:
    house = House()
    api = house.api("lending", PRODUCER)
    run = house.session(api)
    with pytest.raises(StatementError, match=r'^`DROP SCHEMA "mw_b"` in cluster `lending`, .*"mw_b" does not exist$'):
        run.run(Step((Statement('CREATE SCHEMA "mw_a"'), Statement('DROP SCHEMA "mw_b"'))))
    assert (len(api.tokens), run.done) == (1, [])
    assert "mw_a" not in house.of("lending").state.databases["dev"].schemas


def test_an_aborted_statement_has_failed() -> None:
    run, _ = session(Slow({"Status": "ABORTED"}))
    with pytest.raises(StatementError, match=r"`DROP SCHEMA a` in .*: ABORTED"):
        run.run(one())


def test_what_fails_is_cut_instead_and_raised() -> None:
    house = House()
    house.admin("lending", f'CREATE SCHEMA mw_a AUTHORIZATION "{PRODUCER}"')
    run = house.session(house.api("lending", PRODUCER))
    step = Step((Statement("DROP SCHEMA mw_b"),), instead=(Statement("DROP SCHEMA mw_a"),))
    with pytest.raises(StatementError, match="mw_b"):
        run.run(step)
    assert run.done == ["DROP SCHEMA mw_a"]
    run.run(Step((Statement("DROP SCHEMA mw_b"),), may_fail=True))
    assert run.done == ["DROP SCHEMA mw_a"]


def test_it_ends_before_the_lambda_does() -> None:
    run, clock = session(Slow({"Status": "STARTED"}), left=60)
    with pytest.raises(StatementError, match="no time left: statement s1 is still STARTED"):
        run.run(one())
    assert 5 <= clock.seconds < 11


def test_a_busy_warehouse_is_waited_for() -> None:
    api = Slow(refusing=("ActiveStatementsExceededException", "ActiveSessionsExceededException"))
    run, clock = session(api)
    run.run(one())
    assert run.done == ["DROP SCHEMA a"]
    assert clock.seconds < 600


def test_a_call_that_is_refused_names_statement_and_warehouse() -> None:
    run, _ = session(Slow(refusing=("AccessDeniedException",)))
    with pytest.raises(StatementError, match=r"`DROP SCHEMA a` was not taken by cluster `lending`.*AccessDenied"):
        run.run(one())


def test_what_cannot_run_in_a_transaction_never_does() -> None:
    run, _ = session(Slow())
    with pytest.raises(AssertionError):
        run.run(Step((Statement("DROP DATABASE a", alone=True), Statement("b"))))
