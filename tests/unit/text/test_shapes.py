"""Every authored list is judged item by item: what is valid becomes facts, what is not becomes faults."""

from __future__ import annotations

from engine.model.facts import Account, Group, Principal
from engine.text import authored
from engine.text.declared import collect
from engine.text.wording import nearest, shown, subject
from engine.text.yaml_text import Json

ACCOUNT = '{id: "%s", name: a, environment: prod, regions: [eu-west-1], roles: [consumer]}'


def test_valid_items_are_facts_beside_those_that_are_not() -> None:
    text = f"accounts:\n  - {ACCOUNT % '111111111111'}\n  - {{id: 222222222222}}\n  - {ACCOUNT % '333333333333'}\n"
    reading = authored.ACCOUNTS.read(text.encode())
    assert [(path, fact.id) for path, fact in reading.of(Account)] == [
        (("accounts", 0), "111111111111"),
        (("accounts", 2), "333333333333"),
    ]
    assert [name for _, _, name in reading.names] == ["111111111111", "222222222222", "333333333333"]
    assert reading.whole
    assert {fault.line for fault in reading.faults} == {3}


def test_a_list_with_a_nameless_item_may_declare_any_name() -> None:
    reading = authored.DIRECTORY.read(b"principals: [{kind: person}]\ngroups: [{id: a}]\n")
    assert not reading.whole
    groups = collect("group", Group, [("d.yaml", reading)])
    assert groups.by_id.keys() == {"a"}
    assert groups.unknown("b") is None
    assert not groups.valid


def test_names_that_are_not_declared() -> None:
    reading = authored.DIRECTORY.read(b"principals: [{id: ana, kind: person}]\ngroups: []\n")
    principals = collect("principal", Principal, [("d.yaml", reading)])
    assert principals.unknown("ana") is None
    assert principals.unknown("anna") == "unknown principal `anna`; did you mean `ana`?"
    assert principals.unknown("zoe") == "unknown principal `zoe`"


def test_a_text_that_was_read_is_not_read_again() -> None:
    text = b"tags: [{id: a, title: b}]\n"
    assert authored.TAGS.read(text) is authored.TAGS.read(bytes(bytearray(text)))


def test_the_file_as_a_whole() -> None:
    assert [fault.message for fault in authored.TAGS.read(b"- a\n").faults] == [
        "the file is a list; expected a mapping"
    ]
    assert [fault.message for fault in authored.TAGS.read(b"tag: []\n").faults] == [
        "the file has unknown key `tag`; did you mean `tags`?",
        "the file lacks `tags`",
    ]
    assert [fault.message for fault in authored.TAGS.read(b"~\n").faults] == [
        "here is no value; expected a mapping or a list"
    ]
    assert [fault.message for fault in authored.BROKER.read(b"[]\n").faults] == [
        "the file is a list; expected a mapping"
    ]
    assert [fault.message for fault in authored.APPROVALS.read(b"a: 1\n").faults] == [
        "the file is a mapping; expected a list"
    ]
    assert [fault.message for fault in authored.PERSONA.read(b"analyst\n").faults] == [
        "the file is `analyst`; expected a mapping"
    ]


def test_words() -> None:
    assert nearest("LOAN", ["loan", "card"]) == "; did you mean `loan`?"
    assert nearest("x", []) == ""
    assert shown("a\nb") == "a\\nb"
    assert shown("x" * 90) == "x" * 77 + "..."
    assert shown({"a": [True]}) == '{"a": [true]}'
    data: Json = {"schema": [{"name": "t", "properties": [{"name": "c", "quality": [{"unit": 5}]}]}]}
    assert subject(data, ("schema", 0, "properties", 0, "quality", 0, "unit"), "contract") == ("column `c`", "unit")
