"""The input is what the plan makes, or nothing is run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from engine.grants.datashare.invocations import hashed
from engine.redshift.errors import InputError
from engine.redshift.parse import hash_of, parse, parse_reading
from engine.redshift.request import Database, Direct, Role, Share, View
from tests.unit.redshift.house import DATABASE, GUIDS, ONE, ROLE, SHARE, TWO, USER, database, direct, role, share

Event = dict[str, Any]
LOANS = {"loans": ["amount", "id"]}
VIEWS = {"loans": View(("lending", "loans"), ("amount", "id"))}


def test_each_kind_is_read() -> None:
    assert parse(share(LOANS)).wish == Share(SHARE, VIEWS, TWO)
    assert parse(share(LOANS, to={"namespace": GUIDS["sibling"]})).wish == Share(SHARE, VIEWS, GUIDS["sibling"])
    assert parse(direct(LOANS)).wish == Direct(SHARE, VIEWS, ROLE)
    assert parse(role(user=USER)).wish == Role(ROLE, USER)
    expected = Database(DATABASE, SHARE, ONE, GUIDS["lending"], SHARE, frozenset(["loans"]), ROLE)
    assert parse(database(LOANS)).wish == expected
    near: dict[str, Any] = {"from": {"account": TWO, "namespace": GUIDS["lending"]}}
    wish = parse(database(LOANS, **near)).wish
    assert isinstance(wish, Database)
    assert wish.account is None
    assert (parse(role()).delete, parse(role(action="update")).delete, parse(role(action="delete")).delete) == (
        False,
        False,
        True,
    )


def test_the_hash_is_the_plans() -> None:
    body = {"do": "share", "version": 1, "views": {"größe": {"of": ["a", "b<&"], "columns": ["c"]}}}
    assert hash_of({**body, "tf": {}, "hash": "x"}) == hashed(body)["hash"]


def test_what_stood_elsewhere_is_ended_first() -> None:
    new = share(action="update")
    new["tf"]["prev_input"] = {**share(LOANS), "tf": None}
    assert parse(new).before is None
    old = share(LOANS)
    old["warehouse"]["database"] = "old"
    old["hash"] = hash_of(old)
    new["tf"]["prev_input"] = {key: value for key, value in old.items() if key != "tf"}
    before = parse(new).before
    assert before is not None
    assert (before.delete, before.warehouse.database, before.wish) == (True, "old", Share(SHARE, VIEWS, TWO))
    new["tf"]["action"] = "delete"
    assert parse(new).before is None


def test_a_database_of_another_datashare_is_made_anew() -> None:
    """Once its datashare is gone, nothing tells the owner of which one it was."""
    old = {key: value for key, value in database().items() if key != "tf"}
    new = database(**{"from": {"account": ONE, "namespace": GUIDS["sibling"]}}, action="update")
    new["tf"]["prev_input"] = old
    before = parse(new).before
    assert before is not None
    assert (before.delete, before.wish) == (True, parse(database()).wish)
    fewer = database(LOANS, action="update")
    fewer["tf"]["prev_input"] = old
    assert parse(fewer).before is None


def _set(*path: str) -> Callable[[Event, object], None]:
    def change(event: Event, value: object) -> None:
        for key in path[:-1]:
            event = event[key]
        event[path[-1]] = value

    return change


WRONG: list[tuple[Event, tuple[str, ...], object, str]] = [
    (share(), ("more",), 1, r"unknown \['more'\]"),
    (share(), ("tf",), None, "`tf` is no object"),
    (share(), ("tf", "action"), "read", "`tf.action` is 'read'"),
    (share(), ("tf", "more"), 1, r"unknown \['more'\]"),
    (share(), ("tf", "action"), ["create"], "`tf.action` is"),
    (share(), ("do",), "drop", "`do` is 'drop'"),
    (share(), ("do",), ["share"], "`do` is"),
    (share(), ("do",), "role", "unknown"),
    (share(), ("version",), 2, "`version` is 2"),
    (share(), ("version",), True, "`version` is True"),
    (share(), ("share",), "public", "no name that Meshwarden gives"),
    (share(), ("share",), "mw_A", "no name that Meshwarden gives"),
    (share(), ("share",), 'mw_"', "no name that Meshwarden gives"),
    (share(), ("share",), 7, "expected a text"),
    (share(), ("to",), {"account": ONE}, "neither another account"),
    (share(), ("to",), {"namespace": GUIDS["lending"]}, "neither another account"),
    (share(), ("to",), {"account": TWO, "namespace": GUIDS["sibling"]}, "neither another account"),
    (share(), ("to",), {"account": "1"}, "12 digits"),
    (share(), ("to",), {"namespace": "x"}, "expected the GUID"),
    (share(), ("views",), {}, "`views` is empty"),
    (share(), ("views",), [], "`views` is no object"),
    (share(), ("views",), {"a\0": {"of": ["a", "b"], "columns": ["c"]}}, "is no identifier"),
    (share(), ("views", "loans"), {"of": ["a", "b"]}, r"missing \['columns'\]"),
    (share(), ("views", "loans", "of"), ["a"], "no schema and table"),
    (share(), ("views", "loans", "of"), ["a", "b", "c"], "no schema and table"),
    (share(), ("views", "loans", "of"), ["a", "b" * 128], "is no identifier"),
    (share(), ("views", "loans", "columns"), [], "no list of names"),
    (share(), ("views", "loans", "columns"), "id", "no list of names"),
    (share(), ("views", "loans", "columns"), ["b", "a"], "not sorted"),
    (share(), ("views", "loans", "columns"), ["a", "a"], "names a column twice"),
    (share(), ("views", "loans", "columns"), ["a\n"], "is no identifier"),
    (share(), ("warehouse", "kind"), "lake", "expected cluster or serverless"),
    (share(), ("warehouse", "namespace"), "x", "expected the GUID"),
    (share(), ("warehouse", "account"), "x", "12 digits"),
    (share(), ("warehouse", "more"), "x", "unknown"),
    (share(), ("warehouse", "compute"), "", "expected a text"),
    (direct(), ("role",), "admin", "no name that Meshwarden gives"),
    (role(), ("user",), "admin", "no name that Meshwarden gives"),
    (role(), ("user",), 0, "expected a text"),
    (database(), ("database",), "dev", "no name that Meshwarden gives"),
    (database(), ("from", "namespace"), GUIDS["analytics"], "is the warehouse itself"),
    (database(), ("from", "more"), "x", "unknown"),
    (database(), ("views", "loans"), ["b", "a"], "not sorted"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]['do']} {'.'.join(case[1])}")
def test_anything_else_is_refused(case: tuple[Event, tuple[str, ...], object, str]) -> None:
    event, path, value, said = case
    changed = copy.deepcopy(event)
    _set(*path)(changed, value)
    changed["hash"] = hash_of(changed)
    with pytest.raises(InputError, match=said):
        parse(changed)


@pytest.mark.parametrize("event", [share(), direct(), role(), database()], ids=lambda event: event["do"])
def test_each_key_is_needed(event: Event) -> None:
    for key in event:
        less = {name: value for name, value in event.items() if name != key}
        with pytest.raises(InputError):
            parse(less)


def test_an_input_that_was_changed_on_its_way_is_refused() -> None:
    changed = share()
    changed["views"]["loans"]["columns"] = ["amount", "id", "ssn"]
    with pytest.raises(InputError, match="`hash` is not that of the input"):
        parse(changed)


@pytest.mark.parametrize("event", [None, [], "x", 1])
def test_what_is_no_object_is_refused(event: object) -> None:
    for read in (parse, parse_reading):
        with pytest.raises(InputError, match="is no object"):
            read(event)


def test_a_reading_names_a_warehouse_and_a_side() -> None:
    event = {"version": 1, "warehouse": share()["warehouse"], "side": "consumer"}
    assert parse_reading(event).side == "consumer"
    for wrong in ({**event, "side": "both"}, {**event, "tf": {}}, {**event, "version": 0}):
        with pytest.raises(InputError):
            parse_reading(wrong)
