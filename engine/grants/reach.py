"""What IAM lets each role and each of its sessions reach, against what the role is granted: table by table, for good.

Lake Formation alone opens exactly the granted columns. Here the documents alone open exactly the granted tables, from
the plan's instant until their entitlements end, whatever instant somebody asks at; so neither relies on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from engine.errors import EquivalenceError
from engine.grants.difference import Difference
from engine.grants.granted import Term, granted_terms, last_end, longest_sessions
from engine.grants.iam import OWN, Layer, holds_after, holds_until, span
from engine.grants.lf_tag.evaluate import Database
from engine.grants.link.evaluate import describable_links
from engine.grants.session_policy.evaluate import (
    ANYTHING,
    DATA,
    NAMED,
    OTHERS,
    Need,
    add_needs,
    needs,
    warehouse_needs,
)
from engine.model.instants import format_instant
from engine.model.plan import Plan, RolePlan, SessionPolicyPlan, ShareTarget, WarehousePlan

_SHORTEST_ROLE_SESSION = 3600
"""Seconds; https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html: MaxSessionDuration."""

NOTHING: Mapping[str, Need] = {}


@dataclass(frozen=True, slots=True)
class _Reader:
    """A role with its policies, and what it needs in all and product by product."""

    role: RolePlan
    identity: Layer
    needed: dict[str, Need] = field(default_factory=dict)
    by_product: dict[str, dict[str, Need]] = field(default_factory=dict)


def reach_differences(plan: Plan) -> Iterator[Difference]:
    """Raises EquivalenceError for a document that cannot be evaluated exactly."""
    readers = {role.id: _Reader(role, Layer(role.policies)) for role in plan.access_roles}
    databases = {item.product: (item.catalog, item.region, item.database) for item in plan.assignments}
    links, received = _links(plan), _received(plan)
    warehoused = {item.product for item in plan.warehouse_tables}
    for (role, product), terms in granted_terms(plan).items():
        if role in readers and product in warehoused:
            reader = readers[role]
            shares = received.get((reader.role.arn, product), ())
            reader.by_product[product] = warehouse_needs(product, shares, last_end(terms))
            add_needs(reader.needed, reader.by_product[product])
            continue
        if role not in readers or product not in databases:
            yield _lost(role, product, terms, "" if role in readers else "role")
            continue
        reader, database = readers[role], databases[product]
        link = links.get((reader.role.arn, reader.role.account, database))
        if link is None:
            yield _unlinked(role, product, plan, database)
        reader.by_product[product] = needs(reader.role, product, database, link or database[2], terms)
        add_needs(reader.needed, reader.by_product[product])
    for reader in readers.values():
        yield from _misnamed(reader.role, reader.role.account, reader.role.arn, f"role/{reader.role.name}")
        yield from _role_differences(reader, plan.now)
    yield from _session_differences(plan, readers)
    yield from _role_lengths(plan)


def _links(plan: Plan) -> dict[tuple[str, str, Database], str]:
    """(principal, account, central database) → the link in that account through which the principal reaches it."""
    return {
        (grant.principal, link.account, (link.target_catalog, link.region, link.target_database)): link.name
        for grant, link in describable_links(plan)
    }


def _received(plan: Plan) -> dict[tuple[str, str], list[tuple[ShareTarget, WarehousePlan]]]:
    """(principal, product) → what it is to read where."""
    warehouses = {warehouse.id: warehouse for warehouse in plan.warehouses}
    received: dict[tuple[str, str], list[tuple[ShareTarget, WarehousePlan]]] = {}
    for grant in plan.grants:
        if isinstance(grant.target, ShareTarget) and (warehouse := warehouses.get(grant.target.consumer)):
            received.setdefault((grant.principal, grant.product), []).append((grant.target, warehouse))
    return received


def _role_differences(reader: _Reader, now: datetime) -> Iterator[Difference]:
    role = reader.role.id
    for statement in reader.identity.statements:
        if not statement.allows:
            continue
        if unknown := statement.actions.union(statement.wild_actions) - DATA - NAMED:
            raise EquivalenceError(f"policy `{statement.policy}` allows `{min(unknown)}`, which cannot be evaluated")
        more = statement.actions - DATA or statement.wild_actions
        wild = [item for item in statement.wild_resources if item != ANYTHING or more]
        if wild and holds_after(statement.windows, now):
            text = f"role `{role}` could use whatever comes to match `{wild[0]}`, by policy `{statement.policy}`"
            yield Difference(role, "excess", "", "", "", statement.policy, text)
    yield from _compare(reader, [reader.identity], reader.needed, now, f"role `{role}`", "")


def _session_differences(plan: Plan, readers: Mapping[str, _Reader]) -> Iterator[Difference]:
    longest = longest_sessions(plan)
    unserved = dict.fromkeys(longest)
    for policy in plan.session_policies:
        reader = readers.get(policy.role)
        if reader is None:
            text = f"session policy `{policy.id}` is for `{policy.role}`, which is no access role"
            yield Difference(policy.role, "excess", policy.product, "", "", policy.id, text)
            continue
        unserved.pop((policy.role, policy.product), None)
        yield from _misnamed(reader.role, policy.account, policy.arn, f"policy/{policy.name}")
        yield from _length(policy, longest.get((policy.role, policy.product), 0))
        layers = [reader.identity, Layer({policy.id: policy.document})]
        needed = reader.by_product.get(policy.product, NOTHING)
        yield from _compare(reader, layers, needed, plan.now, f"a session of role `{policy.role}`", policy.id)
    for role, product in unserved:
        text = f"role `{role}` is entitled to `{product}`, and no session policy is for it"
        yield Difference(role, "missing", product, "", "", "", text)


def _compare(
    reader: _Reader, layers: Sequence[Layer], needed: Mapping[str, Need], now: datetime, who: str, policy: str
) -> Iterator[Difference]:
    """What is needed and not allowed, and the reverse; `policy` is at fault, where it is empty one of the role."""
    role = reader.role.id
    told = set()
    for resource, need in needed.items():
        every, some = span(layers, need.actions, resource)
        if not holds_until(every, now, need.least) and (need.product, need.table) not in told:
            told.add((need.product, need.table))
            fault = policy or next((item.policy for item in layers[0].naming(need.actions, resource)), "")
            named = f"see policy `{fault}`" if fault else "no policy names it"
            what = f"{_of(resource, need.actions)} until {format_instant(need.least)}"
            text = f"{who} needs {what} and would not get it; {named}"
            yield Difference(role, "missing", need.product, need.table, "", fault, text)
        if holds_after(some, max(now, need.most)):
            yield _excess(reader, layers, need.actions, resource, f"after {format_instant(need.most)}", who, policy)
    if ANYTHING not in needed and holds_after(span(layers, DATA, ANYTHING)[1], now):
        yield _excess(reader, layers, DATA, ANYTHING, "to which nothing entitles it", who, policy)
    # what a role's policies allow beyond its needs on a resource that it needs is told of the role, not of each session
    for resource in set(layers[0].resources(NAMED, *layers[1:])).difference(needed if policy else ()):
        actions = OTHERS[needed[resource].actions] if resource in needed else NAMED
        if holds_after(span(layers, actions, resource)[1], now):
            yield _excess(reader, layers, actions, resource, "to which nothing entitles it", who, policy)


def _excess(
    reader: _Reader, layers: Sequence[Layer], actions: frozenset[str], resource: str, why: str, who: str, policy: str
) -> Difference:
    need = reader.needed.get(resource)
    fault = policy or next(item.policy for item in layers[0].naming(actions, resource) if item.allows)
    text = f"{who} could use {_of(resource, actions)}, {why}, by policy `{fault}`"
    product, table = (need.product, need.table) if need else ("", "")
    return Difference(reader.role.id, "excess", product, table, "", fault, text)


def _of(resource: str, actions: frozenset[str]) -> str:
    return f"`{min(actions)}`" if resource in {ANYTHING, OWN} else f"`{resource}`"


def _lost(role: str, product: str, terms: Mapping[str, Term], what: str) -> Difference:
    text = f"role `{role}` is entitled to `{product}`, and the plan has no {what or 'central database'} for it"
    return Difference(role, "missing", product, min(terms), "", "", text)


def _unlinked(role: str, product: str, plan: Plan, database: Database) -> Difference:
    near = next((link for link in plan.links if link.product == product and role.endswith(f"/{link.account}")), None)
    fault = f"see link `{near.id}`" if near else "no link is for it"
    text = f"role `{role}` is entitled to `{product}` and sees no link to database `{database[2]}`; {fault}"
    return Difference(role, "missing", product, "", "", near.id if near else "", text)


def _misnamed(role: RolePlan, account: str, arn: str, name: str) -> Iterator[Difference]:
    """What is to stand in the role's account, and to be called by its ARN."""
    if (account, arn) != (role.account, f"arn:aws:iam::{role.account}:{name}"):
        text = f"`{arn}` is not `{name}` in account {account}, or that is not the account of role `{role.id}`"
        yield Difference(role.id, "missing", "", "", "", arn, text)


def _role_lengths(plan: Plan) -> Iterator[Difference]:
    """Nothing but the role itself bounds a session that somebody starts without a session policy."""
    longest: dict[str, int] = {}
    for (role, _), seconds in longest_sessions(plan).items():
        longest[role] = max(seconds, longest.get(role, _SHORTEST_ROLE_SESSION))
    for planned in plan.access_roles:
        decided = longest.get(planned.id, _SHORTEST_ROLE_SESSION)
        if planned.max_session != decided:
            kind: Literal["missing", "excess"] = "excess" if planned.max_session > decided else "missing"
            text = f"a session of role `{planned.id}` may last {planned.max_session} seconds, not {decided}"
            yield Difference(planned.id, kind, "", "", "", "", text)


def _length(policy: SessionPolicyPlan, longest: int) -> Iterator[Difference]:
    if longest and policy.longest_session != longest:
        kind: Literal["missing", "excess"] = "excess" if policy.longest_session > longest else "missing"
        text = f"a session under policy `{policy.id}` may last {policy.longest_session} seconds, not {longest}"
        yield Difference(policy.role, kind, policy.product, "", "", policy.id, text)
