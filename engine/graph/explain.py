"""Answers in words: a sentence a line, without final periods."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.index import Access
from engine.graph.obstacles import discounted_words
from engine.graph.why import Chain
from engine.graph.why_not import Way, WhyNot
from engine.model.instants import format_instant


def explain(chain: Chain) -> tuple[str, ...]:
    """The whole chain, with the facts and the policy file of each requirement."""
    return tuple(_sentences(chain))


def explain_not(answer: WhyNot) -> tuple[str, ...]:
    """What is read, what is not, each way with what stands in it, and the least that would have to change."""
    return tuple(_not_sentences(answer))


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
        yield discounted_words(approval, reason)
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
    yield from (_access(access) for access in chain.accesses)
    if chain.grants:
        yield "grants: " + ", ".join(f"`{grant}`" for grant in chain.grants)


def _not_sentences(answer: WhyNot) -> Iterator[str]:
    for access in answer.entitled:
        yield f"for `{access.purpose}` in account {access.account}, {_access(access)}"
    if answer.entitled and not answer.wanted:
        yield f"`{answer.principal}` is entitled to all of `{answer.target.name}`"
    if not answer.personas:
        yield f"`{answer.principal}` holds no persona"
    if answer.would_do:
        personas = ", ".join(f"`{persona}`" for persona in answer.would_do)
        yield f"`{answer.target.name}` is read by holders of {personas}"
    for way in answer.ways:
        yield from _way(way)
    if answer.nearest is not None:
        many = len(answer.nearest.smallest)
        yield f"the least that would have to change: {many} {'condition' if many == 1 else 'conditions'}"
        for obstacle in answer.nearest.smallest:
            yield f"  {obstacle.sentence}"


def _way(way: Way) -> Iterator[str]:
    role = way.question.role
    under = f", under agreement `{way.agreement.id}`" if way.agreement else ""
    yield (
        f"as `{role.persona}` for `{role.purpose}` in account {role.account}{under}:"
        f" {'can be requested' if way.requestable else 'cannot be requested'}"
    )
    for obstacle in way.obstacles:
        yield f"  {obstacle.sentence}"
    alike: dict[str, list[str]] = {}
    for withheld in way.withheld:
        labels = " and ".join(dict.fromkeys(obstacle.label for obstacle in withheld.by))
        alike.setdefault(labels, []).append(f"`{withheld.table}/{withheld.column}`")
    for labels, columns in alike.items():
        yield f"  withheld by {labels}: {', '.join(columns)}"


def _access(access: Access) -> str:
    columns = ", ".join(f"`{column}`" for column in access.columns)
    place = f"{columns} of `{access.product}/{access.table}`"
    if access.unrealised is None:
        return f"{place}: granted"
    refusal = access.unrealised
    return (
        f"{place}: entitled but unrealised, {refusal.reason} (limit `{refusal.limit}`, {refusal.source};"
        f" way out: {refusal.way_out})"
    )
