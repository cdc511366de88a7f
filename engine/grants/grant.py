"""A grant to an access role, and why it stands, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from engine.grants import names
from engine.grants.realise import Realised
from engine.model.plan import ColumnTarget, Grant, LinkTarget, ShareTarget, TagTarget


def grant_to_role(
    kind: Literal["lf_tag", "lf_column", "link", "datashare"],
    parts: Sequence[Realised],
    *,
    account: str,
    permissions: tuple[Literal["DESCRIBE", "SELECT"], ...],
    target: TagTarget | ColumnTarget | LinkTarget | ShareTarget,
    what: str,
    suffix: str = "",
) -> Grant:
    """The grant that these parts of one role and product need; `what` is what the role may do to the product."""
    role, product = parts[0].role, parts[0].product
    return Grant(
        id=f"{kind}/{role.id}/{product}{suffix}",
        kind=kind,
        account=account,
        region=parts[0].region,
        domain=parts[0].domain,
        product=product,
        role=role.id,
        principal=names.role_arn(role),
        permissions=permissions,
        target=target,
        entitlements=tuple(sorted(part.entitlement.id for part in parts)),
        reason=_describe(what, parts),
    )


def _describe(what: str, parts: Sequence[Realised]) -> str:
    role = parts[0].role
    agreements = ", ".join(f"`{agreement}`" for agreement in sorted({part.entitlement.agreement for part in parts}))
    return (
        f"persona `{role.persona}` may {what} `{parts[0].product}` for `{role.purpose}` in account {role.account},"
        f" as agreed in {agreements}"
    )
