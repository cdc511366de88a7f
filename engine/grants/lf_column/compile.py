"""Grants on named columns: for agreements on some tables, and where a tag expression would say too much."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.realise import Realised
from engine.grants.reasons import describe
from engine.model.mesh import Mesh
from engine.model.plan import ColumnTarget, Grant


def column_grants(mesh: Mesh, parts: Sequence[Realised]) -> list[Grant]:
    """SELECT on exactly these parts' columns, one grant a table; `parts` are of one role and product."""
    role, product = parts[0].role, parts[0].product
    grants = []
    for table in sorted({table for part in parts for table in part.columns}):
        serving = [part for part in parts if table in part.columns]
        columns = sorted({column for part in serving for column in part.columns[table]})
        grants.append(
            Grant(
                id=f"lf_column/{role.id}/{product}/{table}",
                kind="lf_column",
                account=mesh.governance_account.id,
                region=parts[0].region,
                domain=parts[0].domain,
                product=product,
                role=role.id,
                principal=names.role_arn(role),
                permissions=("SELECT",),
                target=ColumnTarget(names.central_database(product), table, tuple(columns)),
                entitlements=tuple(sorted(part.entitlement.id for part in serving)),
                reason=describe(f"read named columns of table `{table}` of", serving),
            )
        )
    return grants
