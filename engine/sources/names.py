"""Names that AWS would refuse, or two that it could not tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.model.products import Product, Table
from engine.sources.draft import Draft
from engine.text.wording import shown
from engine.text.yaml_text import Path

GLUE_LENGTH = 255
"""The longest name of a database, table or column: AWS Glue API, NameString."""

REDSHIFT_BYTES = 127
"""The longest identifier in bytes of UTF-8: Amazon Redshift, Names and identifiers."""

_REFUSED = re.compile(r"[^\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What AWS Glue's SingleLineStringPattern leaves out, and the tab, which no SQL engine takes in a name."""


def check_names(draft: Draft, product: Product) -> None:
    """Notes a problem for each name of a product that AWS would refuse, and for two that collide in lower case."""
    _check_twins(draft, "table", [(table.name, table.place) for table in draft.contract.tables])
    for contract_table in draft.contract.tables:
        _check_twins(draft, "column", [(column.name, column.place) for column in contract_table.columns])
    if product.server is None:
        return
    tables = {table.name: table for table in product.tables}
    for contract_table in draft.contract.tables:
        for refusal in _refusals(tables[contract_table.name], product.server.kind):
            draft.problem((draft.source, contract_table.place), refusal)
        for column in contract_table.columns:
            if said := _refusal(column.name, product.server.kind):
                draft.problem(
                    (draft.source, column.place), f"column `{shown(column.name)}` of `{contract_table.name}` {said}"
                )


def _check_twins(draft: Draft, kind: str, named: Sequence[tuple[str, Path]]) -> None:
    seen: set[str] = set()
    for name, place in named:
        if name in seen:
            draft.problem((draft.source, place), f"two {kind}s are called `{name}`, written in lower case as AWS does")
        seen.add(name)


def _refusals(table: Table, kind: str) -> Iterator[str]:
    container, dot, name = (table.location or "").partition(".")
    if not dot or not container or not name or "." in name:
        place = "schema.table" if kind == "redshift" else "database.table"
        yield f"table `{table.name}` has location `{table.location}`; expected `{place}`"
        return
    for what, value in (("schema" if kind == "redshift" else "database", container), ("table", name)):
        if said := _refusal(value, kind):
            yield f"{what} `{shown(value)}` {said}"


def _refusal(name: str, kind: str) -> str | None:
    """Why AWS refuses a name, None when it takes it."""
    if not name:
        return "has an empty name"
    if _REFUSED.search(name):
        return "holds a control character or a line break, which AWS refuses"
    if kind == "redshift" and len(name.encode()) > REDSHIFT_BYTES:
        return f"has {len(name.encode())} bytes; Amazon Redshift takes at most {REDSHIFT_BYTES}"
    if kind == "glue" and len(name) > GLUE_LENGTH:
        return f"has {len(name)} characters; AWS Glue takes at most {GLUE_LENGTH}"
    return None
