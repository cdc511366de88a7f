"""Where a product can be granted: by the document, its custom properties or the binding file; else it is reported."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from engine.model.products import Product, Server
from engine.sources import Loaded

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: cards
version: 1.0.0
domain: servicing
"""
FACTS = "{owner: servicing-owners, kind: raw, audience: open, purposes: [reporting]}"
SAID = f"customProperties:\n  - property: meshwarden\n    value: {FACTS}\n"
TABLE = """\
schema:
  - name: card
    properties:
      - name: number
        classification: internal
        customProperties: [{property: meshwarden, value: {personal: false}}]
"""
GLUE = """\
  - server: lake
    type: glue
    account: "200000000001"
    database: cards
    location: s3://lake/cards/
"""
AT = ", location: s3://lake/cards"
REGION = "    customProperties: [{property: meshwarden, value: {region: eu-west-1}}]\n"
POSTGRES = "  - {server: db, type: postgres, host: h, port: 5432, database: d, schema: s}\n"
LAKE = Server(kind="glue", account="200000000001", region="eu-west-1", container="cards", location="s3://lake/cards")
OTHER = LAKE.model_copy(update={"container": "other"})
WAREHOUSE = Server(
    kind="redshift", account="200000000001", region="eu-west-1", container="cards", warehouse="servicing-rs"
)
FILE = "mesh/products/cards.odcs.yaml"


class Project(Protocol):
    root: Path

    def write(self, file: str, text: str) -> None: ...
    def load(self) -> Loaded: ...
    def findings(self) -> list[str]: ...
    def problems(self) -> list[str]: ...


def cards(project: Project, servers: str = "", binding: str = "", schema: str = TABLE) -> Product:
    listed = f"servers:\n{servers}" if servers else ""
    project.write(FILE, HEAD + SAID + listed + schema)
    if binding:
        project.write("mesh/bindings/cards.yaml", binding)
    return project.load().mesh.product["cards"]


@pytest.mark.parametrize(
    ("servers", "binding", "server"),
    [
        (GLUE + REGION, "", LAKE),
        (POSTGRES + GLUE + REGION, "", LAKE),
        (GLUE, "server: {region: eu-west-1}", LAKE),
        (GLUE, "server: {name: lake, region: eu-west-1}", LAKE),
        (GLUE + REGION, "server: {database: OTHER}", OTHER),
        (GLUE.replace("lake", "old") + GLUE + REGION, "", LAKE),
        (GLUE.replace(": lake", ": old") + REGION + GLUE + REGION, "server: {name: old, database: other}", OTHER),
        ("", f'server: {{kind: glue, account: "200000000001", region: eu-west-1, database: cards{AT}}}', LAKE),
        ("", f'server: {{account: "200000000001", region: eu-west-1, database: cards{AT}}}', LAKE),
        (
            POSTGRES,
            f'server: {{name: db, kind: glue, account: "200000000001", region: eu-west-1, database: cards{AT}}}',
            LAKE,
        ),
        ("", "server: {warehouse: servicing-rs, schema: Cards}", WAREHOUSE),
        (POSTGRES, "server: {kind: redshift, warehouse: servicing-rs, schema: cards}", WAREHOUSE),
        (
            "  - {server: r, type: redshift, database: dev, schema: cards}\n",
            "server: {warehouse: servicing-rs}",
            WAREHOUSE,
        ),
    ],
)
def test_the_server_that_is_chosen(project: Project, servers: str, binding: str, server: Server) -> None:
    product = cards(project, servers, binding)
    assert product.server == server
    assert product.tables[0].location == f"{server.container}.card"
    assert project.findings() == []


@pytest.mark.parametrize(
    ("servers", "binding", "line", "said"),
    [
        ("", "", 1, "it has no server"),
        (POSTGRES, "", 9, "its servers are of type `postgres`, not Glue or Redshift"),
        (GLUE, "", 9, "server `lake` lacks region"),
        (GLUE.replace('"200000000001"', "1234-5678-9012"), "", 9, "server `lake` lacks account and region"),
        (GLUE + GLUE, "", 9, "none of its Glue and Redshift servers is complete"),
        (
            GLUE + REGION + GLUE.replace("lake", "old") + REGION,
            "",
            9,
            "each of the servers `lake`, `old` could be meant",
        ),
        (POSTGRES, "server: {name: db}", 9, "server `db` is of type `postgres`, not glue or redshift"),
        ("", "server: {kind: glue, database: cards}", 1, "its server lacks account and region"),
        ("", "server: {kind: redshift, schema: cards}", 1, "its server lacks warehouse"),
    ],
)
def test_what_a_product_lacks_is_reported(project: Project, servers: str, binding: str, line: int, said: str) -> None:
    product = cards(project, servers, binding)
    assert product.server is None
    assert product.tables[0].location is None
    assert project.findings() == [
        f"{FILE}:{line}: product `cards` cannot be granted: {said}; mesh/bindings/cards.yaml can supply it"
    ]


@pytest.mark.parametrize(
    ("location", "binding", "placed"),
    [
        ("s3://lake/other", "", "s3://lake/other"),
        ("s3://lake", "", "s3://lake"),
        ("s3://lake/a=1/", "", "s3://lake/a=1"),
        ("s3://lake/other", "server: {location: s3://lake/moved/}", "s3://lake/moved"),
    ],
)
def test_where_the_data_lie(project: Project, location: str, binding: str, placed: str) -> None:
    server = cards(project, GLUE.replace("s3://lake/cards/", location) + REGION, binding).server
    assert server is not None
    assert server.location == placed


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("", "lacks an S3 location"),
        ("abfss://lake@store/cards", "has location `abfss://lake@store/cards`, which is not in S3"),
        ("s3://lake/{model}/*.parquet", "has location `s3://lake/{model}/*.parquet`, which is not in S3"),
        ("s3://lake//cards", "has location `s3://lake//cards`, which is not in S3"),
    ],
)
def test_data_that_are_in_no_s3_location_are_reported(project: Project, location: str, said: str) -> None:
    line = f"    location: '{location}'\n" if location else ""
    server = cards(project, GLUE.replace("    location: s3://lake/cards/\n", line) + REGION).server
    assert server is not None
    assert server.location is None
    assert project.findings() == [
        f"{FILE}:9: product `cards` cannot be granted: server `lake` {said}; mesh/bindings/cards.yaml can supply it"
    ]


def test_a_binding_names_an_s3_location_or_none(project: Project) -> None:
    project.write(FILE, HEAD + SAID + "servers:\n" + GLUE + REGION + TABLE)
    project.write("mesh/bindings/cards.yaml", "server:\n  location: s3://lake/*\n")
    (problem,) = project.problems()
    assert problem == (
        "mesh/bindings/cards.yaml:2: binding has location `s3://lake/*`; expected an S3 location, as"
        " `s3://bucket/prefix`"
    )


LOANS = "mesh/products/servicing/loans.odcs.yaml"


@pytest.mark.parametrize("written", ["s3://lake/servicing/loans", "s3://lake/servicing/loans/"])
def test_a_location_belongs_to_one_product(project: Project, written: str) -> None:
    project.write(FILE, HEAD + SAID + "servers:\n" + GLUE.replace("s3://lake/cards/", written) + REGION + TABLE)
    assert project.problems() == [
        f"{LOANS}:13: product `servicing/loans` has location `s3://lake/servicing/loans`, as has `cards`"
        f" ({FILE}:14); a location belongs to one product"
    ]


@pytest.mark.parametrize("outer", ["s3://lake", "s3://lake/servicing"])
@pytest.mark.parametrize("hybrid", ["cards", "servicing/loans", "both", "neither"])
def test_a_location_within_another_is_taken_over_as_that_is(project: Project, outer: str, hybrid: str) -> None:
    project.write(FILE, HEAD + SAID + "servers:\n" + GLUE.replace("s3://lake/cards/", outer) + REGION + TABLE)
    for product, table in (("cards", "card"), ("servicing/loans", "loan")):
        if hybrid in (product, "both"):
            project.write(f"mesh/bindings/{product}.yaml", f"tables: {{{table}: {{managed: hybrid}}}}\n")
    if hybrid in ("both", "neither"):
        assert not project.findings()
        return
    assert project.problems() == [
        f"{LOANS}:13: product `servicing/loans` has location `s3://lake/servicing/loans`, which lies in that of `cards`"
        f" ({FILE}:14); one of them has hybrid tables, and AWS does not say which mode counts within both"
    ]


def test_a_location_whose_name_only_begins_like_another_is_its_own(project: Project) -> None:
    project.write(
        FILE, HEAD + SAID + "servers:\n" + GLUE.replace("s3://lake/cards/", "s3://lake/servicing/loan") + REGION + TABLE
    )
    project.write("mesh/bindings/cards.yaml", "tables: {card: {managed: hybrid}}\n")
    assert not project.findings()


def test_a_bare_document_is_read_and_everything_it_lacks_is_reported(project: Project) -> None:
    project.write(FILE, HEAD.replace("domain: servicing\n", ""))
    assert project.findings() == [
        f"{FILE}:1: product `cards` has no schema, so there is nothing to grant",
        f"{FILE}:1: product `cards` cannot be granted: it has no server; mesh/bindings/cards.yaml can supply it",
        f"{FILE}:1: product `cards` has no domain; mesh/bindings/cards.yaml can supply it",
        f"{FILE}:1: product `cards` lacks owner, kind, audience, purposes, so no requirement that asks for it is met; "
        "mesh/bindings/cards.yaml can supply it",
    ]
    product = project.load().mesh.product["cards"]
    assert (product.domain, product.owner, product.kind, product.audience) == (None, None, None, None)
    assert (product.purposes, product.tables, product.title, product.status) == ((), (), "cards", "")


def test_a_table_without_a_column_is_reported(project: Project) -> None:
    cards(project, GLUE + REGION, schema="schema: [{name: Card}]\n")
    (finding,) = project.load().findings
    assert (finding.kind, finding.subject, finding.line) == ("empty", "card", 16)
    assert finding.message == "table `card` has no column, so there is nothing to grant"


def test_a_domain_that_only_the_document_names_is_reported(project: Project) -> None:
    project.write(FILE, HEAD.replace("servicing", "serving") + SAID + "servers:\n" + GLUE + REGION + TABLE)
    assert project.load().mesh.product["cards"].domain is None
    assert project.findings() == [
        f"{FILE}:5: product `cards` has unknown domain `serving`; did you mean `servicing`?; "
        "declare it, or name another in mesh/bindings/cards.yaml"
    ]


@pytest.mark.parametrize(
    ("physical", "binding", "location"),
    [
        ("cards_v2", "", "cards.cards_v2"),
        ("History.Cards_V2", "", "history.cards_v2"),
        ("catalog.history.cards_v2", "", "history.cards_v2"),
        ("history.cards_v2", "server: {database: moved}", "moved.cards_v2"),
        ("history.cards_v2", "tables: {cards_v2: {location: Far.Away}}", "far.away"),
        ("history.cards_v2", "tables: {history.cards_v2: {location: far.away}}", "far.away"),
    ],
)
def test_where_a_table_lies(project: Project, physical: str, binding: str, location: str) -> None:
    schema = TABLE.replace("name: card\n", f"name: card\n    physicalName: {physical}\n")
    table = cards(project, GLUE + REGION, binding, schema).tables[0]
    assert (table.name, table.location) == ("cards_v2", location)


def test_the_container_of_all_tables_is_that_of_a_server_which_the_document_lacks(project: Project) -> None:
    binding = 'server: {kind: glue, account: "200000000001", region: eu-west-1}'
    schema = TABLE.replace("name: card\n", "name: card\n    physicalName: history.card\n")
    product = cards(project, "", binding, schema)
    assert product.server is not None
    assert product.server.container == "history"
    assert cards(project, POSTGRES, binding, schema).server is None


@pytest.mark.parametrize("key", ["account: '200000000001'", "region: eu-west-1", "database: cards"])
def test_what_a_server_of_another_type_says_is_not_taken(project: Project, key: str) -> None:
    facts = ["account: '200000000001'", "region: eu-west-1", "database: cards"]
    binding = f"server: {{name: r, kind: glue, {', '.join(fact for fact in facts if fact != key)}}}"
    servers = f"  - {{server: r, type: redshift, schema: s, {', '.join(facts)}}}\n"
    assert cards(project, servers, binding).server is None
    assert f"server `r` lacks {key.partition(':')[0]};" in project.findings()[0]


def test_tables_that_end_in_the_same_segment_keep_their_whole_names(project: Project) -> None:
    schema = TABLE.replace("name: card\n", "name: card\n    physicalName: history.card\n")
    schema += schema.removeprefix("schema:\n").replace("history.card", "Present.card")
    product = cards(project, GLUE + REGION, schema=schema)
    assert {table.name: table.location for table in product.tables} == {
        "history.card": "history.card",
        "present.card": "present.card",
    }


def test_a_binding_names_one_server(project: Project) -> None:
    project.write(FILE, HEAD + SAID + "servers:\n" + GLUE + REGION + GLUE + REGION + TABLE)
    project.write("mesh/bindings/cards.yaml", "server: {name: lake}\n")
    assert project.problems() == [
        "mesh/bindings/cards.yaml:1: binding of product `cards` names server `lake`, as 2 servers are called"
    ]


def test_a_new_server_names_no_unknown_one(project: Project) -> None:
    project.write(FILE, HEAD + SAID + "servers:\n" + GLUE + TABLE)
    project.write("mesh/bindings/cards.yaml", "server:\n  region: eu-west-1\n  name: lakes\n")
    assert project.problems() == [
        "mesh/bindings/cards.yaml:3: binding of product `cards` names unknown server `lakes`; did you mean `lake`?"
    ]
