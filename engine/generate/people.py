"""Personas, and the directory of those who hold them, own products and govern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from engine.generate.words import FIRST_NAMES, LAST_NAMES, PURPOSES, REGIONS, pick, spread, title
from engine.model.facts import Account, Domain, Group, Persona, Principal
from engine.model.fields import Classification

PERSONAS, APPLICATIONS, PRINCIPALS = 50, 5, 2_000
"""At scale 1; applications are personas too."""

_HOLDERS = 44
"""Of a job, on average: 40 of a persona. Many a person has two jobs, and some have none."""

_SITES = ("dublin", "frankfurt", "new-york")
_PARTS = ("batch", "service")
_CLEARANCES: dict[Classification, int] = {"internal": 15, "confidential": 55, "restricted": 30}


@dataclass(frozen=True, slots=True)
class People:
    """The directory; who asks for access, by persona; and who signs, by group of owners and for `governance`."""

    personas: list[Persona]
    groups: list[Group]
    principals: list[Principal]
    requesters: dict[str, list[str]]
    signers: dict[str, list[str]]


def owner_group(domain: str) -> str:
    return f"{domain}-owners"


def invent_people(random: Random, scale: int, domains: list[Domain], accounts: list[Account]) -> People:
    persons = [_person(number) for number in range(scale * (PRINCIPALS - len(_PARTS) * APPLICATIONS))]
    people = People([], [], [Principal(id=person, kind="person") for person in persons], {}, {})
    names = [domain.id for domain in domains]
    for signers in (*(owner_group(name) for name in names), "governance"):
        people.signers[signers] = random.sample(persons, 8)
        members = tuple(people.signers[signers])
        people.groups.append(Group(id=signers, members=members, governance=signers == "governance"))
    consumers = [account for account in accounts if "consumer" in account.roles]
    prod = [account.id for account in consumers if account.environment == "prod"]
    nonprod = [account.id for account in consumers if account.environment == "nonprod"]
    jobs = scale * (PERSONAS - APPLICATIONS)
    for number, size in enumerate(spread(random, jobs * _HOLDERS, jobs, 3)):
        id = f"analyst-{number + 1}"
        used = random.sample(prod, random.choice((1, 1, 2))) + random.sample(nonprod, random.random() < 0.15)
        people.personas.append(_persona(random, id, names, used))
        people.requesters[id] = random.sample(persons, size)
        people.groups.extend(_sites(f"{id}s", people.requesters[id]))
    for number in range(scale * APPLICATIONS):
        id, account = f"application-{number + 1}", random.choice(prod)
        people.personas.append(_persona(random, id, names, [account], owner=owner_group(id)))
        people.requesters[id] = random.sample(persons, 3)
        workloads = tuple(f"arn:aws:iam::{account}:role/{id}-{part}" for part in _PARTS)
        people.groups.append(Group(id=f"{id}s", members=workloads))
        people.groups.append(Group(id=owner_group(id), members=tuple(people.requesters[id])))
        people.principals.extend(Principal(id=workload, kind="workload") for workload in workloads)
    return people


def _person(number: int) -> str:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return f"{first}.{LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]}{number}@meshbank.example"


def _persona(random: Random, id: str, domains: list[str], accounts: list[str], owner: str | None = None) -> Persona:
    return Persona(
        id=id,
        title=title(id),
        kind="application" if owner else "job",
        groups=(f"{id}s",),
        purposes=tuple(random.sample(sorted(PURPOSES), random.choice((1, 2, 2, 3)))),
        clearance=pick(random, _CLEARANCES),
        regions=tuple(random.sample(REGIONS, random.choice((2, 3, 3)))),
        domains=tuple(random.sample(domains, random.randrange(1, 4))),
        accounts=tuple(accounts),
        max_session=random.choice((3600, 14400, 28800)),
        owner=owner,
    )


def _sites(group: str, persons: list[str]) -> Iterator[Group]:
    """A group of groups by site, the first of which holds another."""
    names = [f"{group}-{site}" for site in _SITES]
    yield Group(id=group, members=tuple(names))
    for number, name in enumerate(names):
        here = persons[number :: len(_SITES)]
        if number == 0:
            night = here[: len(here) // 3]
            yield Group(id=f"{name}-night", members=tuple(night))
            here = [*here[len(night) :], f"{name}-night"]
        yield Group(id=name, members=tuple(here))
