"""A column is as strict as its strictest property: checked against a naive reading of the document."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.model.products import Column
from engine.sources import Loaded
from engine.sources.binding import ColumnBinding, TableBinding
from engine.sources.columns import read_columns
from engine.sources.contract import read_contract
from engine.sources.declarations import Declarations
from engine.sources.draft import Draft
from engine.text.declared import Collection, FileSource
from engine.text.yaml_text import read_yaml

FILE = "mesh/products/cards.odcs.yaml"
WORDS = ("public", "internal", "confidential", "restricted")


class Project(Protocol):
    def write(self, file: str, text: str) -> None: ...
    def load(self) -> Loaded: ...
    def findings(self) -> list[str]: ...
    def problems(self) -> list[str]: ...


def held(classification: str | None = None, personal: bool | None = None, **more: Any) -> dict[str, Any]:
    """A property of a document that says this of itself."""
    said = {"classification": classification} if classification else {}
    custom = [{"property": "meshwarden", "value": {"personal": personal}}] if personal is not None else []
    return said | ({"customProperties": custom} if custom else {}) | more


def document(*columns: dict[str, Any]) -> bytes:
    contract = {"apiVersion": "v3.2.0", "kind": "DataContract", "id": "x", "version": "1"}
    return yaml.safe_dump(contract | {"schema": [{"name": "t", "properties": list(columns)}]}).encode()


def columns(*written: dict[str, Any], overlay: TableBinding | None = None) -> tuple[Column, ...]:
    reading = read_contract(document(*written))
    assert reading.contract is not None, reading.faults
    return read_columns(draft_of(reading.contract), reading.contract.tables[0], overlay)


def draft_of(contract: Any) -> Draft:
    def none(kind: str, *names: str) -> Collection[Any]:
        return Collection(kind, (), frozenset(names), (), True)

    kinds = ("broker", "accounts", "warehouses", "groups", "principals", "purposes", "domains", "personas")
    declared = Declarations(tags=none("tag", "bureau", "minor"), **{kind: none(kind) for kind in kinds})
    return Draft("x", contract, FileSource("x.odcs.yaml", read_yaml(b"{}")), None, declared)


Node = dict[str, Any]
CLASSES = st.sampled_from([None, *WORDS, "secret"])
PERSONAL = st.sampled_from([None, True, False])
TAGS = st.lists(st.sampled_from(["bureau", "minor", "unknown"]), unique=True, max_size=2)


@st.composite
def nodes(draw: st.DrawFn, depth: int = 2, name: str | None = "c") -> Node:
    node = held(draw(CLASSES), draw(PERSONAL), tags=draw(TAGS))
    kind = draw(st.sampled_from(["string", "object", "array", "map"] if depth else ["string"]))
    if name is not None:
        node["name"] = name
    node["logicalType"] = kind
    if kind == "object":
        count = draw(st.integers(1, 2))
        node["properties"] = [draw(nodes(depth - 1, f"p{index}")) for index in range(count)]
    if kind == "array":
        node["items"] = draw(nodes(depth - 1, None))
    if kind == "map":
        node["map"] = {"key": draw(nodes(0, None)), "value": draw(nodes(depth - 1, None))}
    return node


def naive(node: Node) -> tuple[str | None, bool | None, tuple[str, ...]]:
    """What a column holds, read off the document in the plainest way."""
    stack: list[tuple[Node, bool]] = [(node, False)]
    words: list[str | None] = []
    persons: list[bool | None] = []
    tags: set[str] = set()
    while stack:
        part, element = stack.pop()
        word = part.get("classification")
        person = next((custom["value"]["personal"] for custom in part.get("customProperties", [])), None)
        unknown = "unknown" in part["tags"]
        if unknown or word is not None or not element:
            words.append(None if unknown or word == "secret" else word)
        if person is not None or not element:
            persons.append(person)
        tags |= {tag for tag in part["tags"] if tag != "unknown"}
        stack += [(child, False) for child in part.get("properties", [])]
        stack += [(part["items"], True)] if "items" in part else []
        stack += [(child, True) for child in part.get("map", {}).values()]
    strictest = None if None in words else WORDS[max(WORDS.index(str(word)) for word in words)]
    personal = None if None in persons else any(persons)
    return strictest, personal, tuple(sorted(tags))


@given(nodes())
def test_a_column_is_as_strict_as_its_strictest_property(node: Node) -> None:
    (column,) = columns(node)
    assert (column.classification, column.personal, column.tags) == naive(node)


@given(nodes(), st.sampled_from(WORDS), st.booleans())
def test_saying_more_of_a_property_never_makes_a_column_less_strict(node: Node, word: str, personal: bool) -> None:
    """Adding a nested property leaves the column as it is, or stricter, or unclassified."""
    wider = {"name": "c", "logicalType": "object", "properties": [node | {"name": "inner"}]} | held(
        word, personal, tags=[]
    )
    (inner,), (outer,) = columns(node), columns(wider)
    if outer.classification is not None:
        assert inner.classification is not None
        assert WORDS.index(outer.classification) >= max(WORDS.index(inner.classification), WORDS.index(word))
    if outer.personal is not None:
        assert outer.personal == (inner.personal or personal)


STREET = held("restricted", True, name="street")
ADDRESS = held("internal", False, name="address", logicalType="object", properties=[STREET])
LIST = held(
    "internal",
    False,
    name="lines",
    logicalType="array",
    items=held("restricted", properties=[held("public", False, name="x")]),
)


@pytest.mark.parametrize(
    ("written", "said", "classification", "personal"),
    [
        (ADDRESS, {}, "restricted", True),
        (ADDRESS, {"address": {"classification": "public"}}, "restricted", True),
        (ADDRESS, {"address.street": {"classification": "public", "personal": False}}, "internal", False),
        (ADDRESS, {"Address.STREET": {"personal": False}}, "restricted", False),
        (LIST, {}, "restricted", False),
        (LIST, {"lines": {"classification": "public"}}, "restricted", False),
        (LIST, {"lines.items": {"classification": "public"}}, "internal", False),
        (LIST, {"lines.x": {"personal": True}}, "restricted", True),
    ],
)
def test_a_binding_names_nested_properties_by_their_path(
    written: Node, said: dict[str, dict[str, Any]], classification: str, personal: bool
) -> None:
    overlay = TableBinding(columns={path: ColumnBinding(**binding) for path, binding in said.items()})
    (column,) = columns(written, overlay=overlay)
    assert (column.classification, column.personal) == (classification, personal)


def test_a_binding_s_tags_take_the_place_of_the_document_s() -> None:
    written = held("public", False, name="c", tags=["uid", "bureau"])
    (before,) = columns(written)
    (after,) = columns(written, overlay=TableBinding(columns={"c": ColumnBinding(tags=("minor",))}))
    assert (before.classification, before.tags) == (None, ("bureau",))
    assert (after.classification, after.tags) == ("public", ("minor",))


@pytest.mark.parametrize(
    ("partitioned", "said", "key"), [(True, None, True), (True, False, False), (False, True, True)]
)
def test_a_partition_key_is_the_document_s_or_the_binding_s(partitioned: bool, said: bool | None, key: bool) -> None:
    overlay = TableBinding(columns={"c": ColumnBinding(partition_key=said)})
    (column,) = columns(held("public", False, name="c", partitioned=partitioned), overlay=overlay)
    assert column.partition_key is key


def test_what_columns_leave_open_takes_few_lines(project: Project) -> None:
    silent = [{"name": f"c{index}"} for index in range(200)]
    tagged = [held("public", False, name=f"t{index}", tags=["uid"]) for index in range(5)]
    worded = [held("secret", False, name="email")]
    half = [held("public", None, name="half")]
    project.write(FILE, document(*silent, *tagged, *worded, *half).decode())
    found = [finding for finding in project.load().findings if finding.kind == "unclassified"]
    assert {finding.product for finding in found} == {"cards"}
    assert sorted(finding.subject for finding in found) == ["t", "t", "t", "t.email"]
    assert sorted(finding.message for finding in found) == [
        "column `email` has classification `secret`; expected one of public, internal, confidential, restricted",
        "columns `t0`, `t1`, `t2` and 2 more have tag `uid`, which mesh/tags.yaml does not declare",
        "table `t` has 1 column without personal, readable by nobody: `half`; mesh/bindings/cards.yaml can say it",
        "table `t` has 200 columns without classification and personal, readable by nobody: "
        "`c0`, `c1`, `c2` and 197 more; mesh/bindings/cards.yaml can say it",
    ]
    lines = document(*silent, *tagged, *worded, *half).decode().splitlines()
    email = next(finding for finding in found if finding.subject == "t.email")
    assert lines[email.line - 1].strip() == "- classification: secret"
