"""Which stack holds what. Stacks are a function of the declared accounts, regions and domains, never of the grants.

    <account>-roles                  consumers: access roles with their policies, session policies
    governance-<region>              the lake settings of the governance account
    governance-<region>-<domain>     a domain's S3 locations, LF-tags, their assignments, grants in the central catalog
    <account>-<region>-producer      the reconciler of its warehouses; datashares, and grants in their own warehouse
    <account>-<region>-consumer      lake settings where they are ours, resource links and grants on them, opt-ins; the
                                     reconciler of its warehouses, and the databases made of datashares

They are deployed in this order, on grant and on revoke alike. Without grants a stack is empty, not absent: Terraform
would keep the resources of one that is no longer synthesized.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from engine.errors import PlanError
from engine.grants.datashare.invocations import Share, shares
from engine.grants.datashare.reconciler import Reconciler, reconcilers
from engine.model.mesh import Mesh
from engine.model.plan import (
    DatabaseTags,
    Grant,
    LinkPlan,
    LinkTarget,
    LocationPlan,
    OptIn,
    Plan,
    RolePlan,
    SessionPolicyPlan,
    ShareTarget,
    TagKey,
    read_plan,
)

StackKind = Literal["roles", "governance", "domain", "producer", "consumer"]
Item: TypeAlias = (
    TagKey | DatabaseTags | LocationPlan | RolePlan | SessionPolicyPlan | LinkPlan | OptIn | Grant | Reconciler | Share
)


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What stands in one stack, and the names of the stacks that are deployed before it.

    `shares` are the grants of kind `datashare` of which this stack holds its account's side; `grants` all others.
    `lake_settings`: those of its account and region stand here, where they are Meshwarden's. `reading`: Terraform
    assumes the role that plans, and can change nothing.
    """

    name: str
    kind: StackKind
    account: str
    region: str
    after: tuple[str, ...]
    lake_settings: bool = False
    reading: bool = False
    keys: tuple[TagKey, ...] = ()
    assignments: tuple[DatabaseTags, ...] = ()
    locations: tuple[LocationPlan, ...] = ()
    roles: tuple[RolePlan, ...] = ()
    session_policies: tuple[SessionPolicyPlan, ...] = ()
    links: tuple[LinkPlan, ...] = ()
    opt_ins: tuple[OptIn, ...] = ()
    grants: tuple[Grant, ...] = ()
    reconciler: Reconciler | None = None
    shares: tuple[Share, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether something stands here that has to go before the stack does; the lake settings are none of it."""
        placed = (self.keys, self.assignments, self.locations, self.roles, self.session_policies, self.links)
        return any(placed) or bool(self.opt_ins or self.grants or self.reconciler)


def as_terraform_reads(text: bytes) -> Plan:
    """The plan in canonical JSON, with every string written so that Terraform reads what the plan says.

    `${` and `%{` would begin an expression of Terraform's. Raises PlanError for what cdktf would take for its own.
    """
    if b"TfToken[" in text:
        raise PlanError(
            "a name in the plan holds `TfToken[`, which cdktf would replace; rename it where it is declared"
        )
    return read_plan(text.replace(b"${", b"$${").replace(b"%{", b"%%{"))


def lay_out(mesh: Mesh, plan: Plan) -> tuple[StackPlan, ...]:
    """Every declared stack with its part of the plan, in the order of deployment.

    Raises PlanError when something in the plan belongs to a stack that nobody declares, or to a link that is not there.
    """
    # INVARIANT: everything in the plan stands in exactly one stack, a datashare in its producer's and its consumer's
    # (tests/synth/test_layout.py).
    stacks = {stack.name: stack for stack in _declared(mesh)}
    parts: dict[str, list[Item]] = {name: [] for name in stacks}
    for name, account, item in _placed(mesh, plan):
        if name not in stacks or stacks[name].account != account:
            raise PlanError(
                f"{_described(item)} belongs to stack `{name}`, which no account, region or domain declares"
            )
        parts[name].append(item)
    for name, items in parts.items():
        if any(isinstance(item, Share) for item in items) and not any(isinstance(item, Reconciler) for item in items):
            raise PlanError(f"stack `{name}` has datashares, and its account and region have no reconciler")
    return tuple(_filled(stack, parts[name]) for name, stack in stacks.items())


def _declared(mesh: Mesh) -> Iterator[StackPlan]:
    """The empty stacks. A region waits for itself only, so that what fails in one leaves the others alone.

    But datashares cross regions: a consumer with warehouses waits for all producers with warehouses.
    """
    governance = mesh.governance_account
    consumers = [account for account in mesh.accounts if "consumer" in account.roles]
    producers = [account for account in mesh.accounts if "producer" in account.roles]
    for account in consumers:
        yield StackPlan(f"{account.id}-roles", "roles", account.id, account.regions[0], ())
    roles = tuple(f"{account.id}-roles" for account in consumers)
    layers = (
        [
            StackPlan(f"governance-{region}", "governance", governance.id, region, (), lake_settings=True)
            for region in governance.regions
        ],
        [
            StackPlan(f"governance-{region}-{domain.id}", "domain", governance.id, region, ())
            for domain in mesh.domains
            for region in domain.regions
            if region in governance.regions
        ],
        [
            StackPlan(f"{account.id}-{region}-producer", "producer", account.id, region, ())
            for account in producers
            for region in account.regions
        ],
        [
            StackPlan(
                f"{account.id}-{region}-consumer",
                "consumer",
                account.id,
                region,
                (),
                lake_settings=account != governance,
            )
            for account in consumers
            for region in account.regions
        ],
    )
    with_warehouses = {(warehouse.account, warehouse.region) for warehouse in mesh.warehouses}
    sharing = [stack for stack in layers[2] if (stack.account, stack.region) in with_warehouses]
    before: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        for stack in layer:
            receives = stack.kind == "consumer" and (stack.account, stack.region) in with_warehouses
            elsewhere = [each.name for each in sharing if receives and each.region != stack.region]
            yield replace(stack, after=(*before.get(stack.region, roles), *elsewhere))
        for region in {stack.region for stack in layer}:
            before[region] = tuple(stack.name for stack in layer if stack.region == region)


def _placed(mesh: Mesh, plan: Plan) -> Iterator[tuple[str, str, Item]]:
    """The stack and the account of everything in the plan."""
    central = mesh.governance_account.id
    for key in plan.ontology:
        yield f"governance-{key.region}-{key.domain}", central, key
    for assignment in plan.assignments:
        yield f"governance-{assignment.region}-{assignment.domain}", assignment.catalog, assignment
    for location in plan.locations:
        yield f"governance-{location.region}-{location.domain}", central, location
    for role in plan.access_roles:
        yield f"{role.account}-roles", role.account, role
    for policy in plan.session_policies:
        yield f"{policy.account}-roles", policy.account, policy
    links = {(link.account, link.region, link.name) for link in plan.links}
    for link in plan.links:
        yield f"{link.account}-{link.region}-consumer", link.account, link
    for opt_in in plan.opt_ins:
        yield f"{opt_in.account}-{opt_in.region}-consumer", opt_in.account, opt_in
    for reconciler in reconcilers(mesh.accounts, plan.warehouses):
        yield f"{reconciler.account}-{reconciler.region}-{reconciler.side}", reconciler.account, reconciler
    for share in shares(plan):
        yield f"{share.producer.account}-{share.producer.region}-producer", share.grant.account, share
        if not share.direct:
            yield f"{share.consumer.account}-{share.consumer.region}-consumer", share.consumer.account, share
    tagged = {(item.region, item.domain, item.product) for item in plan.assignments}
    for grant in plan.grants:
        if isinstance(grant.target, ShareTarget):
            continue
        if isinstance(grant.target, LinkTarget):
            if (grant.account, grant.region, grant.target.database) not in links:
                raise PlanError(f"{_described(grant)} is on link `{grant.target.database}`, which the plan lacks")
            yield f"{grant.account}-{grant.region}-consumer", grant.account, grant
        else:
            if (grant.region, grant.domain, grant.product) not in tagged:
                raise PlanError(f"{_described(grant)} is on product `{grant.product}`, which the plan does not tag")
            yield f"governance-{grant.region}-{grant.domain}", grant.account, grant


def _filled(stack: StackPlan, items: list[Item]) -> StackPlan:
    return replace(
        stack,
        keys=tuple(item for item in items if isinstance(item, TagKey)),
        assignments=tuple(item for item in items if isinstance(item, DatabaseTags)),
        locations=tuple(item for item in items if isinstance(item, LocationPlan)),
        roles=tuple(item for item in items if isinstance(item, RolePlan)),
        session_policies=tuple(item for item in items if isinstance(item, SessionPolicyPlan)),
        links=tuple(item for item in items if isinstance(item, LinkPlan)),
        opt_ins=tuple(item for item in items if isinstance(item, OptIn)),
        grants=tuple(item for item in items if isinstance(item, Grant)),
        reconciler=next((item for item in items if isinstance(item, Reconciler)), None),
        shares=tuple(item for item in items if isinstance(item, Share)),
    )


def _described(item: Item) -> str:
    match item:
        case TagKey():
            return f"LF-tag `{item.key}` of {item.region}"
        case DatabaseTags():
            return f"database `{item.database}` of {item.region}"
        case LocationPlan():
            return f"location `{item.arn}` of {item.region}"
        case RolePlan():
            return f"access role `{item.id}`"
        case SessionPolicyPlan():
            return f"session policy `{item.id}`"
        case LinkPlan():
            return f"link `{item.id}`"
        case OptIn():
            return f"opt-in `{item.id}`"
        case Grant():
            return f"grant `{item.id}`"
        case Share():
            return f"grant `{item.grant.id}`"
        case Reconciler():
            return f"{item.side}'s reconciler of {item.region}"
