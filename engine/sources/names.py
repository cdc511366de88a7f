"""Names that AWS would refuse, or two that it could not tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.grants.limits import GLUE_NAME, REDSHIFT_NAME
from engine.model.products import Product, Table
from engine.sources.contract import ContractProperty, ContractTable
from engine.sources.draft import Draft
from engine.text.wording import shown

GLUE_LENGTH = GLUE_NAME.value or 0
"""The longest name of a database, and of a table or column too: AWS Glue API, NameString."""

REDSHIFT_BYTES = REDSHIFT_NAME.value or 0
"""The longest identifier, in bytes of UTF-8."""

_REFUSED = re.compile(r"[^\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What AWS Glue's SingleLineStringPattern leaves out, and the tab, which no SQL engine takes in a name."""

_SPECIAL = re.compile(r"[*?${}]")
"""What means more than itself in an ARN of a policy: wildcards and policy variables (IAM user guide, Resource)."""

_SYSTEM_SCHEMA = re.compile(r"(pg_|mw_|information_schema$)")
"""Schemas of Redshift's own, whose views the reconciler may read, and those of the views that Meshwarden makes."""


def check_names(draft: Draft, product: Product) -> None:
    """Notes a problem for each name of a product that AWS would refuse, and for two that collide in lower case."""
    _check_twins(draft, "table", draft.contract.tables)
    tables = {table.name: table for table in product.tables}
    for table in draft.contract.tables:
        _check_twins(draft, "column", table.columns)
        if product.server is None:
            continue
        kind, mark = product.server.kind, draft.table_mark(table, "location")
        for refusal in _refusals(tables[table.name], kind):
            draft.problem(mark, refusal)
        if kind == "glue" and _SPECIAL.search(table.name):
            special = "holds one of `* ? $ { }`, which in an ARN would mean other tables too"
            draft.problem((draft.source, table.place), f"table `{shown(table.name)}` {special}")
        for column in table.columns:
            if said := _refusal(column.name, kind):
                where = f"column `{shown(column.name)}` of table `{shown(table.name)}`"
                draft.problem((draft.source, column.place), f"{where} {said}")


def _check_twins(draft: Draft, kind: str, named: Sequence[ContractTable] | Sequence[ContractProperty]) -> None:
    first: dict[str, str] = {}
    for item in named:
        if item.name in first:
            both = f"{kind} `{shown(item.written)}` collides with `{shown(first[item.name])}`"
            draft.problem((draft.source, item.place), f"{both}: AWS writes names in lower case")
        else:
            first[item.name] = item.written


def _refusals(table: Table, kind: str) -> Iterator[str]:
    container, dot, name = (table.location or "").partition(".")
    if not dot or not container or not name or "." in name:
        wanted = "schema.table" if kind == "redshift" else "database.table"
        yield f"table `{shown(table.name)}` has location `{shown(table.location)}`; expected `{wanted}`"
        return
    if kind == "redshift" and _SYSTEM_SCHEMA.match(container):
        yield f"table `{shown(table.name)}` lies in schema `{shown(container)}`, which holds no product's tables"
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
