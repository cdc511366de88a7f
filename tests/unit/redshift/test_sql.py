"""Identifiers and literals hold what they hold, and every statement has one that takes it back."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.redshift import sql
from engine.redshift.errors import InputError
from tests.emulator.redshift.grammar import fold, tokens
from tests.unit.redshift.house import GUIDS, ONE, TWO, House, picture

HOSTILE = (
    '"',
    '""',
    '"; DROP TABLE x; --',
    "'",
    "a.b",
    "a\\",
    "/* x */",
    "--",
    ";",
    "€" * 42,
    "a" * 127,
    "SELECT",
    " ",
)
REFUSED = ("", "\0", "a\0b", "a\nb", "\u202e", "\ud800", "€" * 43, "a" * 128)


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=127))
@example('"')
def test_a_quoted_identifier_is_one_token_and_reads_back(name: str) -> None:
    if len(name.encode()) > sql.LONGEST:
        with pytest.raises(InputError):
            sql.quoted(name)
        return
    said = f"DROP VIEW {sql.quoted(name)} ; x"
    assert [token.text for token in tokens(said)] == ["DROP", "VIEW", sql.quoted(name), ";", "x"]
    assert fold(sql.quoted(name), keep_case=True) == name


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_names(name: str) -> None:
    assert [token.text for token in tokens(f"DROP VIEW {sql.quoted(name)}")][2:] == [sql.quoted(name)]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is no identifier"):
        sql.quoted(name)


@given(st.text())
@example("mw_'")
@example("mw_a\n")
@example("100000000001\n")
def test_only_ids_and_names_of_ours_are_literals(text: str) -> None:
    if sql.is_account(text) or sql.is_guid(text) or sql.is_ours(text):
        assert text.isascii()
        assert text.replace("-", "").replace("_", "").isalnum()
        assert sql.literal(text) == f"'{text}'"
    else:
        with pytest.raises(InputError, match="is not quoted"):
            sql.literal(text)


@pytest.mark.parametrize(
    "text", ["1" * 11, "1" * 13, "１" * 12, GUIDS["lending"].upper(), "mw_A", "mw_", "mw_" + "a" * 125]
)
def test_what_is_nearly_an_id_is_no_literal(text: str) -> None:
    with pytest.raises(InputError):
        sql.literal(text)


# Each with the warehouse it runs in, and what has to stand before.
NEEDS_SCHEMA = (sql.schema("mw_s"),)
NEEDS_VIEW = (*NEEDS_SCHEMA, sql.view("mw_s", "loans", ("lending", "loans"), ["id"]))
NEEDS_SHARE = (*NEEDS_VIEW, sql.datashare("mw_s"))
NEEDS_SHARED = (*NEEDS_SHARE, sql.shared_schema("mw_s", "mw_s"), sql.shared_tables("mw_s", [("mw_s", "loans")]))
NEEDS_ROLE = (sql.role("mw_r"),)
NEEDS_DATABASE = (*NEEDS_ROLE, sql.database("mw_d", "mw_s", ONE, GUIDS["lending"]))
PAIRS: dict[str, tuple[str, tuple[sql.Pair, ...], sql.Pair]] = {
    "schema": ("lending", (), sql.schema("mw_s")),
    "view": ("lending", NEEDS_SCHEMA, sql.view("mw_s", "loans", ("lending", "loans"), ["amount", "id"])),
    "datashare": ("lending", (), sql.datashare("mw_s")),
    "shared_schema": ("lending", NEEDS_SHARE, sql.shared_schema("mw_s", "mw_s")),
    "shared_tables": (
        "lending",
        (*NEEDS_SHARE, sql.shared_schema("mw_s", "mw_s")),
        sql.shared_tables("mw_s", [("mw_s", "loans")]),
    ),
    "share_usage": ("lending", NEEDS_SHARED, sql.share_usage("mw_s", TWO)),
    "share_usage of a namespace": ("lending", NEEDS_SHARED, sql.share_usage("mw_s", GUIDS["sibling"])),
    "role": ("lending", (), sql.role("mw_r")),
    "user": ("lending", (), sql.user("mw_u")),
    "membership": ("lending", (*NEEDS_ROLE, sql.user("mw_u")), sql.membership("mw_r", user="mw_u")),
    "membership to administer": (
        "lending",
        (*NEEDS_ROLE, sql.user("mw_u")),
        sql.membership("mw_r", user="mw_u", admin=True),
    ),
    "membership of a role": ("lending", (*NEEDS_ROLE, sql.role("mw_q")), sql.membership("mw_r", of_role="mw_q")),
    "schema_usage": ("lending", (*NEEDS_SCHEMA, *NEEDS_ROLE), sql.schema_usage("mw_r", "mw_s")),
    "select": ("lending", (*NEEDS_VIEW, *NEEDS_ROLE), sql.select("mw_r", "mw_s", ["loans"])),
    "database": ("analytics", (), sql.database("mw_d", "mw_s", ONE, GUIDS["lending"])),
    "database within an account": ("sibling", (), sql.database("mw_d", "mw_s", None, GUIDS["lending"])),
    "database_usage": ("analytics", NEEDS_DATABASE, sql.database_usage("mw_d", "mw_r")),
    "schema_usage in a database": ("analytics", NEEDS_DATABASE, sql.schema_usage("mw_r", "mw_s", "mw_d")),
    "select in a database": ("analytics", NEEDS_DATABASE, sql.select("mw_r", "mw_s", ["loans"], "mw_d")),
}


def test_every_pair_is_tried() -> None:
    made: list[Callable[..., object]] = [
        each
        for name, each in inspect.getmembers(sql, inspect.isfunction)
        if not name.startswith("_") and inspect.signature(each).return_annotation == "Pair"
    ]
    assert {name.partition(" ")[0] for name in PAIRS} == {each.__name__ for each in made}


@pytest.mark.parametrize("name", PAIRS)
def test_a_statement_and_the_one_that_takes_it_back_leave_nothing(name: str) -> None:
    place, before, pair = PAIRS[name]
    house = House()
    if place != "lending":
        for needed in (*NEEDS_SHARED, sql.share_usage("mw_s", TWO), sql.share_usage("mw_s", GUIDS["sibling"])):
            house.admin("lending", needed.do.text)
        house.authorize("mw_s")
    for needed in before:
        house.admin(place, needed.do.text)
    empty = picture(house.of(place))
    house.admin(place, pair.do.text)
    assert picture(house.of(place)) != empty
    house.admin(place, pair.undo.text)
    assert picture(house.of(place)) == empty


def test_one_statement_takes_several_names() -> None:
    assert sql.drop_views("mw_s", ["a", "b"]).text == 'DROP VIEW "mw_s"."a", "mw_s"."b"'
    with pytest.raises(InputError, match="at least one name"):
        sql.drop_views("mw_s", [])
