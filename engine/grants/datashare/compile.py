"""Datashares: one for each (access role, product, warehouse that receives it), and the facts that they rest on.

A share holds views of our own, each of which names its columns: of a table that is shared itself, the next column would
be open at once, and a consumer can hide nothing of it. Each share has views of its own, so that no other needs them.
Where the receiving warehouse is the producer's own there is nothing to share, and the grants are on the views.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.grant import grant_to_role
from engine.grants.realise import Realised
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import Grant, ShareTarget, View, WarehousePlan, WarehouseTables


def warehouse_plans(mesh: Mesh) -> tuple[WarehousePlan, ...]:
    return tuple(WarehousePlan(**dict(warehouse)) for warehouse in mesh.warehouses)


def warehouse_tables(mesh: Mesh) -> tuple[WarehouseTables, ...]:
    """The tables of every product that lies in a warehouse, where somebody says which they are."""
    return tuple(
        WarehouseTables(
            product.server.warehouse,
            product.domain,
            product.id,
            {table.name: table.location for table in product.tables if table.location is not None},
        )
        for product in mesh.products
        if product.domain is not None and product.server is not None and product.server.warehouse is not None
    )


def share_grants(mesh: Mesh, parts: Sequence[Realised]) -> list[Grant]:
    """SELECT on exactly these parts' columns, one grant for each warehouse; `parts` are of one role and product."""
    server = mesh.product[parts[0].product].server
    assert server is not None
    assert server.warehouse is not None
    return [
        grant_to_role(
            "datashare",
            parts,
            account=server.account,
            permissions=("SELECT",),
            target=target_between(mesh, parts[0].role, parts[0].product, server.warehouse, consumer, _views(parts)),
            what=f"read in warehouse `{consumer}` views of",
            suffix=f"/{consumer}",
        )
        for consumer in parts[0].warehouses
    ]


def target_between(
    mesh: Mesh, role: AccessRole, product: str, producer: str, consumer: str, views: tuple[View, ...]
) -> ShareTarget:
    """By the ids of both warehouses; what it is called does not depend on the views."""
    return ShareTarget(
        name=names.share_name(role, product, consumer),
        producer=producer,
        consumer=consumer,
        database=None if consumer == producer else names.shared_database(role, product),
        views=views,
        redshift_role=names.redshift_role(role),
        redshift_user=names.redshift_user(role) if mesh.warehouse[consumer].kind == "cluster" else None,
    )


def _views(parts: Sequence[Realised]) -> tuple[View, ...]:
    columns: dict[str, set[str]] = {}
    for part in parts:
        for table, of_table in part.columns.items():
            columns.setdefault(table, set()).update(of_table)
    return tuple(View(table, tuple(sorted(of_table))) for table, of_table in sorted(columns.items()))
