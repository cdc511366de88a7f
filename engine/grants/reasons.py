"""Why a grant stands, in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from engine.grants.realise import Realised


def describe(what: str, parts: Sequence[Realised]) -> str:
    """The sentence for a grant that these parts of one role and product need."""
    role = parts[0].role
    agreements = ", ".join(f"`{agreement}`" for agreement in sorted({part.entitlement.agreement for part in parts}))
    return (
        f"persona `{role.persona}` may {what} `{parts[0].product}` for `{role.purpose}` in account {role.account},"
        f" as agreed in {agreements}"
    )
