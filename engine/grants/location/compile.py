"""The S3 location of each lake product, granted or not; and the opt-ins that a hybrid one asks of each access role.

A location has one mode, so where one table of a product is hybrid, its others are opted in as well. The role's own
account keeps an opt-in: the provider cannot read back one of a role of another account
(https://github.com/hashicorp/terraform-provider-aws/issues/49106), and every later plan of its stack would fail.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.realise import Realised, is_granted_in_lake, is_leaving
from engine.model.mesh import Mesh
from engine.model.plan import LocationPlan, OptIn


def location_plans(mesh: Mesh) -> tuple[LocationPlan, ...]:
    """The locations of all products that lie in the lake and say where, by product."""
    return tuple(
        LocationPlan(
            region=product.server.region,
            domain=product.domain,
            product=product.id,
            arn=names.location_arn(product.server.location),
            hybrid=product.hybrid,
        )
        for product in mesh.products
        if is_granted_in_lake(product)
        and not is_leaving(mesh, product)
        and product.domain is not None
        and product.server is not None
        and product.server.location is not None
    )


def opt_ins(mesh: Mesh, parts: Sequence[Realised]) -> list[OptIn]:
    """The database and each table that these parts of one role and product read; none where nothing is hybrid.

    The database too: "Hybrid access mode considerations and limitations" asks for it where the grant crosses accounts.
    """
    role, product = parts[0].role, parts[0].product
    if not mesh.product[product].hybrid:
        return []
    tables = sorted({table for part in parts for table in part.columns})
    return [
        OptIn(
            id=f"{role.id}/{product}/{'database' if table is None else f'table/{table}'}",
            account=role.account,
            region=parts[0].region,
            product=product,
            role=role.id,
            principal=names.role_arn(role),
            catalog=mesh.governance_account.id,
            database=names.central_database(product),
            table=table,
        )
        for table in (None, *tables)
    ]
