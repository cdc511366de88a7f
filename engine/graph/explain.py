"""A chain in words."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.why import Chain
from engine.model.instants import format_instant


def explain(chain: Chain) -> tuple[str, ...]:
    """The whole chain, a sentence a line, without final periods; facts and policy files in place."""
    return tuple(_sentences(chain))


def _sentences(chain: Chain) -> Iterator[str]:
    agreement, role = chain.agreement, chain.entitlement.role
    yield f"`{chain.principal}` is a member of group `{chain.groups[0]}`"
    for inner, outer in zip(chain.groups, chain.groups[1:], strict=False):
        yield f"group `{inner}` is nested in group `{outer}`"
    shortest = set(zip((chain.principal, *chain.groups), chain.groups, strict=False))
    if also := [edge for edge in chain.memberships if edge not in shortest]:
        yield "other ways into the same groups: " + ", ".join(f"`{member}` in `{group}`" for member, group in also)
    yield f"group `{chain.groups[-1]}` holds persona `{chain.persona.id}` ({chain.persona.title})"
    yield (
        f"access role `{role.id}` serves purpose `{chain.purpose.id}` ({chain.purpose.title}) in account"
        f" {chain.account.id} ({chain.account.name})"
    )
    yield (
        f"agreement `{agreement.id}` version {agreement.version} is active since {format_instant(chain.activated)},"
        f" from {format_instant(agreement.start)} until {format_instant(agreement.end)}, requested by"
        f" `{agreement.requester}`" + (f", ticket `{agreement.ticket}`" if agreement.ticket else "")
    )
    for approval in chain.approvals:
        yield f"`{approval.approver}` approved it as {approval.signs_as} at {format_instant(approval.at)}"
    for approval, reason in chain.discounted:
        yield (
            f"the approval of `{approval.approver}` as {approval.signs_as} at {format_instant(approval.at)} does not"
            f" count ({reason})"
        )
    for weighed in chain.requirements:
        rule = weighed.rule
        facts = "; ".join(fact.text for fact in weighed.facts) or "it weighs no facts"
        yield (
            f"{rule.kind} requirement `{rule.id}` ({rule.title}; {rule.control}; {rule.file}:{rule.line}):"
            f" {weighed.answer}, for {facts}"
        )
    yield (
        f"so the role is entitled since {format_instant(chain.entitlement.start)}, in sessions of at most"
        f" {chain.entitlement.session} s"
    )
    for access in chain.accesses:
        columns = ", ".join(f"`{column}`" for column in access.columns)
        place = f"{columns} of `{access.product}/{access.table}`"
        if access.unrealised is None:
            yield f"{place}: granted"
        else:
            refusal = access.unrealised
            yield (
                f"{place}: entitled but unrealised, {refusal.reason} (limit `{refusal.limit}`, {refusal.source};"
                f" way out: {refusal.way_out})"
            )
    if chain.grants:
        yield "grants: " + ", ".join(f"`{grant}`" for grant in chain.grants)
