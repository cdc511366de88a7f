"""Grants on named columns: for agreements on some tables, and where a tag expression would say too much."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.grant import grant_to_role
from engine.grants.realise import Realised
from engine.model.mesh import Mesh
from engine.model.plan import ColumnTarget, Grant


def column_grants(mesh: Mesh, parts: Sequence[Realised]) -> list[Grant]:
    """SELECT on exactly these parts' columns, one grant a table; `parts` are of one role and product."""
    product = parts[0].product
    grants = []
    for table in sorted({table for part in parts for table in part.columns}):
        serving = [part for part in parts if table in part.columns]
        columns = sorted({column for part in serving for column in part.columns[table]})
        grants.append(
            grant_to_role(
                "lf_column",
                serving,
                account=mesh.governance_account.id,
                permissions=("SELECT",),
                target=ColumnTarget(names.central_database(product), table, tuple(columns)),
                what=f"read named columns of table `{table}` of",
                suffix=f"/{table}",
            )
        )
    return grants
