"""Datashares, and the facts they rest on: the declared warehouses, and which tables of which product lie there."""

from __future__ import annotations

from engine.model.mesh import Mesh
from engine.model.plan import WarehousePlan, WarehouseTables


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
