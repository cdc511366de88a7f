"""Domains, accounts and warehouses."""

from __future__ import annotations

import uuid
from random import Random

from engine.generate.words import AREAS, REGIONS, numbered, title
from engine.grants.limits import POLICIES_PER_ACCOUNT, POLICIES_PER_ROLE
from engine.model.facts import Account, Domain, Warehouse

DOMAINS, PRODUCERS, CONSUMERS = 10, 8, 12
"""At scale 1. The last producer and the last consumer of each scale are of no production environment."""

_CLUSTERS = 3
"""The warehouses of every so many-th account are clusters."""

_GOVERNANCE = "100000000001"
BROKER = f"arn:aws:iam::{_GOVERNANCE}:role/meshwarden-broker"
_RAISED = {POLICIES_PER_ACCOUNT.id: 5_000, POLICIES_PER_ROLE.id: 20}
"""As far as AWS raises them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


def producer(number: int) -> str:
    return f"2{number + 1:011d}"


def is_nonprod_producer(number: int) -> bool:
    return number % PRODUCERS == PRODUCERS - 1


def warehouse_id(account: str, region: str) -> str:
    return f"dwh-{account}-{region}"


def invent_domains(random: Random, scale: int) -> list[Domain]:
    return [
        Domain(id=name, title=title(name), regions=tuple(random.sample(REGIONS, random.choice((2, 2, 3)))))
        for name in (numbered(AREAS, number) for number in range(scale * DOMAINS))
    ]


def invent_accounts(random: Random, scale: int) -> list[Account]:
    """The governance account, then producers in every region, then consumers, the first of which lacks one."""
    governance = Account(id=_GOVERNANCE, name="governance", environment="prod", regions=REGIONS, roles=("governance",))
    producers = [
        Account(
            id=producer(number),
            name=f"producer-{number + 1}",
            environment="nonprod" if is_nonprod_producer(number) else "prod",
            regions=tuple(random.sample(REGIONS, len(REGIONS))),
            roles=("producer",),
        )
        for number in range(scale * PRODUCERS)
    ]
    consumers = [
        Account(
            id=f"3{number + 1:011d}",
            name=f"consumer-{number + 1}",
            environment="nonprod" if number % CONSUMERS == CONSUMERS - 1 else "prod",
            regions=tuple(random.sample(REGIONS, len(REGIONS) - (number % CONSUMERS == 0))),
            roles=("consumer",),
            quotas=_RAISED,
        )
        for number in range(scale * CONSUMERS)
    ]
    return [governance, *producers, *consumers]


def invent_warehouses(random: Random, scale: int, accounts: list[Account]) -> list[Warehouse]:
    """One in every region of every producer account, and one at home in every consumer account: some are clusters."""
    producers = [(producer(number), region, number) for number in range(scale * PRODUCERS) for region in REGIONS]
    consumers = [
        (account.id, account.regions[0], number)
        for number, account in enumerate(account for account in accounts if "consumer" in account.roles)
    ]
    return [_warehouse(random, *place) for place in (*producers, *consumers)]


def _warehouse(random: Random, account: str, region: str, number: int) -> Warehouse:
    serverless = number % _CLUSTERS > 0
    return Warehouse(
        id=warehouse_id(account, region),
        account=account,
        region=region,
        namespace=str(uuid.UUID(int=random.getrandbits(128), version=4)),
        kind="serverless" if serverless else "cluster",
        compute=f"dwh-{region}",
        workgroup_id=str(uuid.UUID(int=random.getrandbits(128), version=4)) if serverless else None,
        database="dwh",
        encrypted=True,
    )
