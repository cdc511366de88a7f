"""The notation, and what identifiers are: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.redshift.grammar import Path, fold, match
from tests.emulator.redshift.outcome import SqlError
from tests.unit.emulator.redshift.pair import Pair

LIST = "DROP VIEW [ IF EXISTS ] <name:path> [, ...] [ RESTRICT ]"
CHOICE = "GRANT privilege={ SELECT | ALL [ PRIVILEGES ] } [, ...] TO to={ ROLE <role> | PUBLIC | <user:user> } [, ...]"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("drop view a", ["a"]),
        ('DROP VIEW IF EXISTS a, b.c, "D"."E"."F" restrict;', ["a", "b.c", "d.e.f"]),
        ("DROP /* a comment */ VIEW a -- and its end", ["a"]),
        ('drop view "a;b"', ["a;b"]),
        ('drop view "it""s"', ['it"s']),
    ],
)
def test_a_statement_is_of_its_syntax(text: str, names: list[str]) -> None:
    found = match(LIST, text)
    assert found is not None
    assert [str(path) for path in found.paths("name")] == names


@pytest.mark.parametrize(
    "text",
    [
        "",
        "drop view",
        "drop view a b",
        "drop view a,",
        "drop view a.b.c.d",
        "drop view a restrict garbage",
        "drop view a; drop view b",
        "drop view a;;",
        "drop view if a",
        "drop view 'a'",
        "drop view table",
        'drop view "a',
        "drop view a /* open",
    ],
)
def test_what_is_not_whole_of_it_is_none(text: str) -> None:
    assert match(LIST, text) is None


def test_parts_keep_their_own_words() -> None:
    found = match(CHOICE, 'grant select, all privileges to role r, "Bob", public')
    assert found is not None
    assert [part.words for part in found.parts("privilege")] == [("SELECT",), ("ALL", "PRIVILEGES")]
    assert [part.words for part in found.parts("to")] == [("ROLE",), (), ("PUBLIC",)]
    assert found.parts("to")[1].name("user") == "Bob"


def test_strings_and_rests() -> None:
    found = match("A '<text>' <more:rest>", "a 'it''s' SELECT  1 ;")
    assert found is not None
    assert (found.name("text"), found.name("more")) == ("it's", "SELECT  1 ")


def test_a_name_is_folded_and_a_quoted_user_is_not() -> None:
    assert fold('"GROUP Á"') == "group Á"
    assert fold('"IAMR:Ann"', keep_case=True) == "IAMR:Ann"
    assert fold("Ann", keep_case=True) == "ann"


def test_a_name_has_127_bytes() -> None:
    assert fold("a" * 127) == "a" * 127
    for name in ("a" * 128, "é" * 64, '""', '"a\nb"'):
        with pytest.raises(SqlError):
            fold(name)


@given(st.text(min_size=1, max_size=30))
def test_a_quoted_name_is_one_name_whatever_stands_in_it(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    try:
        folded = fold(quoted)
    except SqlError:
        assert not name.isprintable() or len(name.encode()) > 127
        return
    found = match("DROP VIEW <name:path>", f"drop view {quoted}.{quoted}")
    assert found is not None
    assert found.paths("name") == [Path((folded, folded))]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE DATASHARE s SET PUBLICACCESSIBLE TRUE, MANAGEDBY ADX",
        "CREATE DATASHARE set publicaccessible maybe",
        "CREATE DATASHARE a b",
        "ALTER DATASHARE s ADD GARBAGE y",
        "ALTER DATASHARE s ADD TABLE lending.loans CASCADE",
        "GRANT USAGE ON DATASHARE s TO NAMESPACE 13b8833d",
        "GRANT USAGE ON DATASHARE s TO bob",
        "DROP VIEW v CASCADE",
        "CREATE TABLE t (a int)",
        "INSERT INTO lending.loans VALUES (3)",
        "COPY lending.loans FROM 's3://x'",
        "BEGIN",
        "SET enable_case_sensitive_identifier TO true",
        "DROP SCHEMA lending; DROP SCHEMA lending",
        "SELECT 1; DROP SCHEMA lending",
        "",
    ],
)
def test_what_is_of_no_syntax_is_an_error_and_does_nothing(both: Pair, text: str) -> None:
    both.producer.run("CREATE DATASHARE s")
    was = repr(both.producer.namespace.state)
    assert "syntax error" in both.producer.refused(text)
    assert repr(both.producer.namespace.state) == was
