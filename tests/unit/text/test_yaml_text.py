"""YAML text becomes plain data, and every place in the data finds its line."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.text.yaml_text import EXPANDED, Path, read_yaml

NO_YAML = "the text is no YAML: "
SCANNING = "while scanning for the next token found character that cannot start any token"
TWICE = "key `%s` stands twice; first on line %d"


def data(text: str) -> object:
    read = read_yaml(text.encode())
    assert read.faults == ()
    return read.data


def faults(text: str | bytes) -> list[tuple[int, str]]:
    read = read_yaml(text if isinstance(text, bytes) else text.encode())
    return [(fault.line, fault.message) for fault in read.faults]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z"),
        ("2026-01-31", "2026-01-31"),
        ("09:00", "09:00"),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("12", 12),
        ("012", 12),
        ("'012345678901'", "012345678901"),
        ("-7", -7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1e999", "1e999"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("!!str 12", "12"),
        ("|-\n  a\n  b", "a\nb"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    found = data(f"a: {written}\n")
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_keys_are_text_as_written() -> None:
    assert data("123456789012: 5\ntrue: 1\n2026-01-01: 2\n~: 3\n") == {
        "123456789012": 5,
        "true": 1,
        "2026-01-01": 2,
        "~": 3,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(0, "the file is empty")]),
        ("# only a comment\n", [(0, "the file is empty")]),
        ("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", [(4, TWICE % ("c", 3)), (5, TWICE % ("a", 1))]),
        ("a: 1\n---\nb: 2\n", [(2, NO_YAML + "expected a single document in the stream but found another document")]),
        ("a:\n\t- b\n", [(2, NO_YAML + SCANNING)]),
        ("a: [1,\nb: 2\n", [(3, NO_YAML + "while parsing a flow sequence did not find expected ',' or ']'")]),
        ("a: !now x\n", [(1, "tag `!now` is not read; write plain YAML")]),
        ("a: !!python/name:os x\n", [(1, "tag `tag:yaml.org,2002:python/name:os` is not read; write plain YAML")]),
        ("a: !!set {b: c}\n", [(1, "tag `tag:yaml.org,2002:set` is not read; write plain YAML")]),
        ("a: 1\n? [b]\n: 2\n", [(2, "a key is a list or a mapping; expected text")]),
        ("a: &x [*x]\n", [(0, "aliases stand for more than 200,000 values")]),
        ("a: *x\n", [(1, NO_YAML + "found undefined alias")]),
        ("a: 1\n<<: [b]\n", [(2, "`<<` merges a mapping; here is none")]),
        (b"a: 1\nb: \xff\n", [(2, "the text is not UTF-8")]),
        ("a: 1\nb: \x07\n", [(2, "character `U+0007` is not allowed in YAML")]),
    ],
)  # fmt: skip
def test_what_is_no_plain_yaml(text: str | bytes, expected: list[tuple[int, str]]) -> None:
    assert faults(text) == expected


def test_a_bomb_of_aliases_is_refused_and_a_few_aliases_are_not() -> None:
    levels = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 10)}]" for level in range(1, 7)]
    assert faults("\n".join(["l0: &l0 [1, 2, 3]", *levels])) == [
        (0, f"aliases stand for more than {EXPANDED:,} values")
    ]
    assert data("a: &a {b: 1}\nc: [*a, *a]\n") == {"a": {"b": 1}, "c": [{"b": 1}, {"b": 1}]}


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 50_000, "a: &x " + "[" * 5_000 + "]" * 5_000])
def test_deep_nesting_is_a_fault_and_no_crash(text: str) -> None:
    assert len(faults(text)) == 1


def test_merged_mappings() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nall:\n  <<: [*b, *m]\n  x: 0\n"
    read = read_yaml(text.encode())
    assert isinstance(read.data, dict)
    assert read.data["all"] == {"x": 0, "y": 2, "z": 4}
    assert (read.line(("all", "x")), read.line(("all", "z"))) == (5, 4)


TEXT = """\
id: x
list:
  - name: a
    values: [p, q,
      r]
  -
    name: b
text: |
  first
  second
r: r
"""


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ((), None, 1),
        (("id",), None, 1),
        (("list",), None, 2),
        (("list", 0), None, 3),
        (("list", 0, "values"), None, 4),
        (("list", 0, "values", 2), None, 5),
        (("list", 1, "name"), None, 7),
        (("list", 1, "other"), None, 7),
        (("list", 9, "name"), None, 2),
        (("text",), None, 8),
        (("missing", 3, "x"), None, 1),
        (("list", 0), "r", 5),
        (("list", 0), "nowhere", 3),
        ((), "r", 11),
    ],
)
def test_the_line_of_a_place(path: Path, value: str | None, line: int) -> None:
    assert read_yaml(TEXT.encode()).line(path, value) == line


def test_a_scalar_as_its_author_wrote_it() -> None:
    read = read_yaml(b"id: 012345678901\nlist: [0x1F]\n")
    assert read.written(("id",)) == "012345678901"
    assert read.written(("list", 0)) == "0x1F"
    assert read.written(("list",)) is None
    assert read.written(("other",)) is None


TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from(" \n"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)


@given(VALUES.filter(lambda value: value is not None), st.booleans())
def test_what_is_dumped_is_read(value: Any, flow: bool) -> None:
    """Any data that JSON can hold survives."""
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True).encode()
    read = read_yaml(text)
    assert (read.data, read.faults) == (value, ())
