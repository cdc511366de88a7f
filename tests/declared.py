"""Facts that the tests' own meshes declare alike, and copies of this repository's mesh."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.model.facts import Warehouse
from engine.model.fields import Classification
from engine.model.products import Column, Product, Server, Table

ROOT = Path(__file__).resolve().parents[1]


def column(name: str, classification: Classification | None = "internal", personal: bool | None = False) -> Column:
    return Column(name=name, classification=classification, personal=personal)


def product(id: str, server: Server, purposes: tuple[str, ...], tables: dict[str, tuple[Column, ...]]) -> Product:
    """An active, open product of the group `owners` and of the domain that its path begins with."""
    return Product(
        id=id,
        title=id,
        domain=id.partition("/")[0],
        version="1.0.0",
        status="active",
        owner="owners",
        kind="curated",
        audience="open",
        embargoed_until=None,
        purposes=purposes,
        server=server,
        tables=tuple(
            Table(name=name, location=f"{server.container}.{name}", columns=columns)
            for name, columns in sorted(tables.items())
        ),
    )


def hybrid(product: Product, table: str) -> Product:
    """The product, with one of its tables hybrid."""
    tables = tuple(
        item.model_copy(update={"managed": "hybrid"}) if item.name == table else item for item in product.tables
    )
    return product.model_copy(update={"tables": tables})


def warehouse(account: str) -> Warehouse:
    return Warehouse(
        id="dwh",
        account=account,
        region="eu-west-1",
        namespace="11111111-2222-3333-4444-555555555555",
        kind="serverless",
        compute="dwh",
        workgroup_id="99999999-2222-3333-4444-555555555555",
        database="dev",
        encrypted=True,
    )


def copy_project(folder: Path) -> Path:
    """This repository's mesh, personas and policies in `folder`, which they make."""
    for part in ("personas", "mesh", "policies"):
        shutil.copytree(ROOT / part, folder / part)
    return folder
