"""Resource links: one database link for each consumer account and product, and DESCRIBE on it for each role."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants import names
from engine.grants.realise import Realised
from engine.grants.reasons import describe
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
    role, product = parts[0].role, parts[0].product
    return Grant(
        id=f"link/{role.id}/{product}",
        kind="link",
        account=role.account,
        region=parts[0].region,
        domain=parts[0].domain,
        product=product,
        role=role.id,
        principal=names.role_arn(role),
        permissions=("DESCRIBE",),
        target=LinkTarget(names.central_database(product)),
        entitlements=tuple(sorted(part.entitlement.id for part in parts)),
        reason=describe("see the link to", parts),
    )
