"""Any published version of ODCS v3 is read; what breaks the standard, or is nearly one of its words, is refused."""

from __future__ import annotations

import json

import pytest

from engine.sources.contract import read_contract
from engine.sources.standard import standard_schema, versions

VERSIONS = ("v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0")


def contract(version: str, text: str = "", column: str = "{name: a}", server: str = "") -> bytes:
    servers = f"servers:\n  - {server}\n" if server else ""
    head = f"apiVersion: {version}\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
    return f"{head}{text}{servers}schema:\n  - name: t\n    properties:\n      - {column}\n".encode()


def faults(text: bytes) -> list[str]:
    reading = read_contract(text)
    assert (reading.contract is None) == bool(reading.faults)
    return [fault.message for fault in reading.faults]


def test_the_versions_that_are_read() -> None:
    assert versions() == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "column",
    [
        "{name: a}",
        "{name: a, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}}",
        "{name: a, logicalType: object, properties: [{name: b}]}",
        "{name: a, logicalType: array, items: {logicalType: object, properties: [{name: b}]}}",
        "{name: a, properties: [{name: b}]}",
        "{name: a, quality: [{type: custom, engine: soda, implementation: {type: x, 5: [1]}}]}",
        "{name: a, quality: [{type: text, description: b}]}",
        "{name: a, customProperties: [{property: anything, value: {at: [all]}}]}",
        "{name: a, examples: [2026-01-01, 1, true, {a: b}]}",
    ],
)
def test_columns_of_every_version(version: str, column: str) -> None:
    assert faults(contract(version, column=column)) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "server",
    [
        "{server: s, type: kafka, host: h, format: avro}",
        "{server: s, type: azure, location: a, format: parquet}",
        "{server: s, type: postgres, host: h, port: 5432, database: d, schema: s}",
        "{server: s, type: s3, location: 's3://b/{model}'}",
        "{server: s, type: custom}",
    ],
)
def test_servers_of_every_version(version: str, server: str) -> None:
    assert faults(contract(version, server=server)) == []


def test_without_schema_and_without_server() -> None:
    assert faults(b"apiVersion: v3.0.0\nkind: DataContract\nid: x\nversion: 1\n") == [
        "contract `x` has version `1`; expected text; quote it"
    ]
    assert faults(b"apiVersion: v3.0.0\nkind: DataContract\nid: x\nversion: 1.0.0\n") == []


OLDER = [
    "{name: a, quality: [{rule: nullCheck}]}",
    "{name: a, quality: [{type: library, rule: between, customProperties: [{property: min, value: 0}]}]}",
    "{name: a, quality: [{type: sql, query: select 1}]}",
    "{name: a, logicalType: date, logicalTypeOptions: {exclusiveMaximum: true, maximum: '2026-01-01'}}",
    "{name: a, authoritativeDefinitions: [{url: u, type: t, since: 2026}]}",
]


@pytest.mark.parametrize("column", OLDER)
def test_what_only_older_versions_allow(column: str) -> None:
    assert faults(contract("v3.0.2", column=column)) == []
    assert faults(contract("v3.1.0", column=column)) != []


@pytest.mark.parametrize(
    "text",
    [
        "team: [{username: a, comment: b}]\n",
        "support: [{channel: a, url: b, hours: c}]\n",
        "slaProperties: [{property: a, value: 1, note: b}]\n",
        "roles: [{role: a, team: b}]\n",
    ],
)
def test_further_keys_that_only_older_versions_allow(text: str) -> None:
    assert faults(contract("v3.0.0", text)) == []
    assert faults(contract("v3.2.0", text)) != []


def test_an_older_glue_server_may_name_its_region() -> None:
    server = "{server: s, type: glue, account: '200000000001', database: d, region: eu-west-1}"
    reading = read_contract(contract("v3.0.2", server=server))
    assert reading.contract is not None
    assert reading.contract.servers[0].region == "eu-west-1"
    assert faults(contract("v3.1.0", server=server)) == [
        "server `s` has unknown key `region`; expected one of account, customProperties, database, description, "
        "encoding, environment, format, id, location, roles, server, type"
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("text", "column", "server", "said"),
    [
        (
            "",
            "{name: a, clasification: x}",
            "",
            "column `a` has unknown key `clasification`; did you mean `classification`?",
        ),
        ("", "{name: a, tag: [x]}", "", "column `a` has unknown key `tag`; did you mean `tags`?"),
        (
            "",
            "{name: a, items: {clasification: x}}",
            "",
            "column `a` has unknown key `clasification` in `items`; did you mean `classification`?",
        ),
        ("", "{nam: a}", "", "column has unknown key `nam`; did you mean `name`?"),
        ("domian: x\n", "{name: a}", "", "contract `x` has unknown key `domian`; did you mean `domain`?"),
        (
            "team: [{usrname: a}]\n",
            "{name: a}",
            "",
            "contract `x` has unknown key `usrname` in `team`; did you mean `username`?",
        ),
        (
            "",
            "{name: a}",
            "{server: s, type: postgres, host: h, port: 1, databse: d, schema: s}",
            "server `s` has unknown key `databse`; did you mean `database`?",
        ),
        ("", "{name: a}", "{server: s, type: kafak}", "server `s` has type `kafak`; did you mean `kafka`?"),
        ("", "{name: a, partitioned: maybe}", "", "column `a` has partitioned `maybe`; expected true or false"),
        ("", "{name: a, tags: x}", "", "column `a` has tags `x`; expected a list"),
        ("tags: {a: b}\n", "{name: a}", "", "contract `x` has `tags` as a mapping; expected a list"),
    ],
)
def test_what_breaks_the_standard(version: str, text: str, column: str, server: str, said: str) -> None:
    assert said in faults(contract(version, text, column, server))


@pytest.mark.parametrize("version", ["v2.2.2", "v3", "v4.0.0", "3.1.0", "latest"])
def test_an_unknown_version(version: str) -> None:
    assert faults(contract(version)) == [f"contract has apiVersion `{version}`; expected one of {', '.join(VERSIONS)}"]


def test_the_options_of_a_type_are_its_own() -> None:
    column = "{name: a, logicalType: string, logicalTypeOptions: {minLenght: 3}}"
    assert faults(contract("v3.2.0", column=column)) == [
        "column `a` has unknown key `minLenght` in `logicalTypeOptions`; did you mean `minLength`?"
    ]


def test_references_have_a_form_since_v3_2() -> None:
    column = "{name: a, relationships: [{to: plain}]}"
    assert faults(contract("v3.0.2", column="{name: a}")) == faults(contract("v3.1.0", column=column)) == []
    assert faults(contract("v3.2.0", column=column)) != []


def test_a_key_that_stands_twice_is_all_that_is_said_of_a_document() -> None:
    assert faults(contract("v9", column="{name: a, name: b, foo: c}")) == ["key `name` stands twice; first on line 9"]


def test_a_map_needs_its_parts_and_other_columns_do_not() -> None:
    assert faults(contract("v3.2.0", column="{name: a, logicalType: map}")) == ["column `a` lacks `map`"]
    parts = "{name: a, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: string}}}"
    assert faults(contract("v3.2.0", column=parts)) == []


def test_a_comparison_is_one_of_several() -> None:
    column = "{name: a, quality: [{metric: rowCount}]}"
    assert faults(contract("v3.1.0", column=column)) == [
        "column `a` lacks one of mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan, "
        "mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween in `quality`"
    ]


def test_a_custom_property_stands_once_and_has_the_shape_of_a_binding() -> None:
    said = "{property: meshwarden, value: {personl: true, classification: secret}}"
    twice = f"{{name: a, customProperties: [{said}, {{property: meshwarden, value: {{}}}}]}}"
    assert sorted(faults(contract("v3.1.0", column=twice))) == [
        "column `a` has classification `secret`; expected one of public, internal, confidential, restricted",
        "column `a` has unknown key `personl` in `value`; did you mean `personal`?",
        "custom property `meshwarden` stands twice in one place",
    ]


def test_the_schema_that_judges_is_the_package_s_own() -> None:
    schema = standard_schema()
    assert schema["title"] == "Open Data Contract Standard (ODCS)"
    assert "unevaluatedProperties" in json.dumps(schema)
