"""Resource links: one database link for each consumer account and product, and DESCRIBE on it for each role."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.grant import grant_to_role
from engine.grants.realise import Realised
from engine.model.mesh import Mesh
from engine.model.plan import Grant, LinkPlan, LinkTarget


def link_plan(mesh: Mesh, account: str, product: str, region: str) -> LinkPlan:
    """The link of a consumer account to a product's central database; it has the database's name."""
    database = names.central_database(product)
    return LinkPlan(
        id=f"{account}/{product}",
        account=account,
        region=region,
        product=product,
        name=database,
        target_catalog=mesh.governance_account.id,
        target_database=database,
    )


def link_grant(parts: Sequence[Realised]) -> Grant:
    """DESCRIBE on the link, without which a role cannot name the tables; `parts` are of one role and product."""
    return grant_to_role(
        "link",
        parts,
        account=parts[0].role.account,
        permissions=("DESCRIBE",),
        target=LinkTarget(names.central_database(parts[0].product)),
        what="see the link to",
    )
