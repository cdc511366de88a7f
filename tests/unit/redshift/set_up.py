"""The emulated warehouses of a plan before anything is deployed: made, with tables, and set up by administrators."""

from __future__ import annotations

from engine.model.mesh import Mesh
from engine.model.plan import Plan, WarehousePlan
from engine.onboard.warehouses import warehouse_setup
from tests.emulator.redshift.catalogue import ADMIN, Namespace, Warehouses


def set_up(mesh: Mesh, plan: Plan) -> Warehouses:
    """In each table there is one row."""
    warehouses = Warehouses()
    for item in plan.warehouses:
        held = warehouses.create(
            account=item.account,
            region=item.region,
            namespace=item.namespace,
            kind=item.kind,
            compute=item.compute,
            database=item.database,
            encrypted=item.encrypted,
            workgroup_id=item.workgroup_id,
        )
        _seed(held, mesh, plan, item)
        setup = warehouse_setup(mesh, mesh.warehouse[item.id])
        held.run(
            database=held.database,
            user=ADMIN,
            roles=frozenset(),
            statements=[statement.sql for statement in setup.statements],
            transaction=False,
        )
    return warehouses


def _seed(held: Namespace, mesh: Mesh, plan: Plan, item: WarehousePlan) -> None:
    for lying in plan.warehouse_tables:
        tables = {table.name: table for table in mesh.product[lying.product].tables}
        for name, place in lying.tables.items() if lying.warehouse == item.id else ():
            columns = {column.name: "varchar(20)" for column in tables[name].columns}
            schema, table = place.split(".")
            held.seed_table(item.database, schema, table, columns, [["x"] * len(columns)])
