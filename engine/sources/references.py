"""What declared facts say of each other: every name is declared, and every rule between two files holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from engine.errors import Problem
from engine.grants.limits import LIMITS
from engine.grants.names import ROLE_PREFIX
from engine.model.facts import Account, Domain, Persona, Warehouse
from engine.model.fields import Fact
from engine.sources.declarations import Declarations
from engine.sources.deployment import Deployment, LakeAdmins
from engine.text.declared import Collection, Declared
from engine.text.wording import nearest, shown

F = TypeVar("F", bound=Fact)
G = TypeVar("G", bound=Fact)


def check_declarations(declared: Declarations) -> Iterator[Problem]:
    """Every problem between the declared facts other than products and agreements."""
    yield from _accounts(declared)
    yield from _quotas(declared)
    yield from _warehouses(declared)
    yield from _suspended_regions(declared.accounts)
    yield from _suspended_regions(declared.domains)
    yield from _domains(declared)
    for persona in declared.personas.declared:
        yield from _persona(persona, declared)


def check_deployment(item: Declared[Deployment], declared: Declarations) -> Iterator[Problem]:
    """Every problem between the deployment's settings and the declared facts.

    A lake administrator reads whatever he grants himself, so no access role is one.
    """
    for key, name in (("deploy_role", item.fact.deploy_role), ("plan_role", item.fact.plan_role)):
        if name.startswith(ROLE_PREFIX):
            yield item.problem(f"{key.replace('_', ' ')} `{name}` is named as access roles are", key)
    for at, admins in enumerate(item.fact.lake_admins):
        yield from _lake_admins(item, at, admins, declared)


def _lake_admins(item: Declared[Deployment], at: int, admins: LakeAdmins, declared: Declarations) -> Iterator[Problem]:
    if unknown := declared.accounts.unknown(admins.account):
        yield item.problem(f"`lake_admins` names {unknown}", "lake_admins", at, "account")
    account = declared.accounts.by_id.get(admins.account)
    if account is not None and not {"governance", "consumer"} & set(account.roles):
        said = f"`lake_admins` names account `{account.id}`, which is neither governance nor consumer"
        yield item.problem(said, "lake_admins", at, "account")
    for arn in admins.roles:
        refused = ""
        if arn.split(":")[4] != admins.account:
            refused = f"is no role of account `{admins.account}`"
        elif arn.rpartition("/")[2].startswith(ROLE_PREFIX):
            refused = "is named as access roles are, and those are granted what was decided and no more"
        if refused:
            yield item.problem(f"lake administrator `{arn}` {refused}", "lake_admins", at, "roles", value=arn)


def names(item: Declared[F], said: str, key: str, values: Iterable[str], among: Collection[G]) -> Iterator[Problem]:
    """A problem for each of a key's values that is not declared. `said` is who names it."""
    for value in values:
        if unknown := among.unknown(value):
            yield item.problem(f"{said} names {unknown}", key, value=value)


def _accounts(declared: Declarations) -> Iterator[Problem]:
    governing = [item for item in declared.accounts.declared if "governance" in item.fact.roles]
    if not governing and declared.accounts.valid and declared.accounts.declared:
        yield declared.accounts.declared[0].problem("no account has the role `governance`; exactly one has it")
    for item in governing[1:]:
        first = governing[0].fact.id
        yield item.problem(
            f"account `{item.fact.id}` has the role `governance`, as has `{first}`; exactly one account has it", "roles"
        )
    for item in governing:
        if item.fact.suspended or item.fact.suspended_regions:
            key = "suspended" if item.fact.suspended else "suspended_regions"
            yield item.problem(f"governance account `{item.fact.id}` has `{key}`; it cannot leave the mesh", key)
    for broker in declared.broker.declared:
        account = broker.fact.role_arn.split(":")[4]
        if len(governing) == 1 and account != governing[0].fact.id:
            said = f"broker role lies in account `{account}`; expected the governance account `{governing[0].fact.id}`"
            yield broker.problem(said, "role_arn")


def _quotas(declared: Declarations) -> Iterator[Problem]:
    raisable = sorted(limit.id for limit in LIMITS.values() if limit.raisable)
    for item in declared.accounts.declared:
        who = f"account `{item.fact.id}`"
        for quota in item.fact.quotas:
            if quota not in LIMITS:
                way_out = nearest(quota, raisable) or f"; expected one of {', '.join(raisable)}"
                yield item.problem(f"{who} raises unknown quota `{shown(quota)}`{way_out}", "quotas", quota)
            elif quota not in raisable:
                yield item.problem(f"{who} raises quota `{quota}`, which AWS raises for nobody", "quotas", quota)


def _warehouses(declared: Declarations) -> Iterator[Problem]:
    named: dict[tuple[str, ...], str] = {}
    for item in declared.warehouses.declared:
        yield from _told_apart(item, named)
        warehouse = item.fact
        who = f"warehouse `{warehouse.id}`"
        yield from names(item, who, "account", [warehouse.account], declared.accounts)
        account = declared.accounts.by_id.get(warehouse.account)
        if account is None:
            continue
        if warehouse.region not in account.regions:
            said = f"{who} lies in region `{warehouse.region}`, which account `{account.id}` does not declare"
            yield item.problem(said, "region")


def _told_apart(item: Declared[Warehouse], named: dict[tuple[str, ...], str]) -> Iterator[Problem]:
    """A namespace, and what computes in it, is one warehouse; `named` are those seen so far, to which it is added."""
    warehouse = item.fact
    names_it = {
        "namespace": (warehouse.namespace,),
        "compute": (warehouse.account, warehouse.region, warehouse.kind, warehouse.compute),
    }
    if warehouse.workgroup_id is not None:
        names_it["workgroup_id"] = ("workgroup", warehouse.workgroup_id)
    for key, name in names_it.items():
        if name in named:
            yield item.problem(f"warehouse `{warehouse.id}` has the {key} of `{named[name]}`; each has its own", key)
        named.setdefault(name, warehouse.id)


def _suspended_regions(collection: Collection[Account] | Collection[Domain]) -> Iterator[Problem]:
    for item in collection.declared:
        for region in item.fact.suspended_regions:
            if region not in item.fact.regions:
                said = f"{collection.kind} `{item.fact.id}` suspends region `{region}`, which it does not declare"
                yield item.problem(said, "suspended_regions", value=region)


def _domains(declared: Declarations) -> Iterator[Problem]:
    governance = declared.governance
    for item in declared.domains.declared if governance else ():
        for region in item.fact.regions:
            if governance and region not in governance.regions:
                said = f"domain `{item.fact.id}` has region `{region}`, which the governance account does not declare"
                yield item.problem(said, "regions", value=region)


def _persona(item: Declared[Persona], declared: Declarations) -> Iterator[Problem]:
    persona, who = item.fact, f"persona `{item.fact.id}`"
    yield from names(item, who, "groups", persona.groups, declared.groups)
    yield from names(item, who, "purposes", persona.purposes, declared.purposes)
    yield from names(item, who, "domains", persona.domains, declared.domains)
    yield from names(item, who, "accounts", persona.accounts, declared.accounts)
    yield from names(item, who, "owner", [persona.owner] if persona.owner else [], declared.groups)
    for account_id in persona.accounts:
        account = declared.accounts.by_id.get(account_id)
        if account is not None and "consumer" not in account.roles:
            yield item.problem(f"{who} has account `{account_id}`, which is no consumer", "accounts", value=account_id)
