"""Random small meshes, biased so that about half of the agreements let somebody read, and each refusal has its turn.

They are what the sources let through: every name is declared, groups are acyclic, jobs are held by persons and
applications by workloads of their account. Instants lie around `NOW`, by seconds and by days.

A mesh is drawn from a seed, evenly; what Hypothesis varies, and makes smaller, is the seed and which agreements stay.
Drawn choice by choice, its examples resemble each other too much to meet what is rare.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from hypothesis import strategies as st

from engine.model.agreements import Agreement, Approval, StateChange
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Tag, Warehouse
from engine.model.fields import Classification, Signature
from engine.model.mesh import Mesh
from engine.model.products import Column, Product, Server, Table

T = TypeVar("T")

NOW = datetime(2026, 6, 1, tzinfo=UTC)
GOVERNANCE, PRODUCER, OTHER_PRODUCER, CONSUMER, BOTH = (f"{number:012}" for number in range(1, 6))
REGIONS = ("eu-central-1", "eu-west-1")
PEOPLE = ("ada", "ben", "cleo", "dan", "eve", "fay", "gus")
WORKLOADS = tuple(f"arn:aws:iam::{CONSUMER}:role/{name}" for name in ("scoring", "screening"))
PURPOSES = ("fraud", "modelling", "service")
DOMAINS = ("mortgage", "treasury")
TAGS = ("money", "pii")
TABLES = {"loan": ("id", "amount", "borrower", "day"), "payment": ("id", "paid"), "note": ("id", "text")}
LEVELS: list[Classification] = ["public", "internal", "confidential", "restricted"]

PAST = [NOW - timedelta(days=3), NOW - timedelta(days=2), NOW - timedelta(days=1), NOW - timedelta(seconds=1)]
COMING = [NOW + timedelta(seconds=1), NOW + timedelta(days=1), NOW + timedelta(days=2), NOW + timedelta(days=3)]
AT = [*PAST, NOW, *COMING]

ROLES: dict[str, tuple[Literal["consumer", "governance", "producer"], ...]] = {
    GOVERNANCE: ("governance",),
    PRODUCER: ("producer",),
    OTHER_PRODUCER: ("producer",),
    CONSUMER: ("consumer",),
    BOTH: ("consumer", "producer"),
}


class Chance(random.Random):
    """Choices, evenly drawn."""

    def mostly(self, usual: T, *others: T) -> T:
        """The usual, but once in thirty times."""
        return usual if self.random() < 29 / 30 else self.choice(others)

    def some(self, among: Sequence[T], least: int = 0) -> tuple[T, ...]:
        """A part of them, in their order."""
        chosen = set(self.sample(range(len(among)), self.randint(least, len(among))))
        return tuple(item for number, item in enumerate(among) if number in chosen)


@st.composite
def meshes(draw: st.DrawFn, quotas: bool = False) -> Mesh:
    """A mesh of five accounts, two domains, one to four products and up to eight agreements.

    In one of two, a single persona has agreed on a single product, again and again. With `quotas`, accounts are now and
    then so short of one that not everything fits.
    """
    # a list, since Hypothesis likes to repeat what it drew: a part that repeats another is a new seed still
    chance = Chance(str(draw(st.lists(st.integers(0, 2**32), min_size=8, max_size=8))))
    mesh = random_mesh(chance, quotas)
    kept = tuple(agreement for agreement in mesh.agreements if draw(st.integers(0, 99)) > 0)
    return mesh.model_copy(update={"agreements": kept})


def random_mesh(chance: Chance, quotas: bool) -> Mesh:
    """One of the meshes, drawn from a seed alone."""
    mesh = _mesh(chance, crowded=chance.random() < 0.5, quotas=quotas)
    agreed = (_agreement(chance, mesh, f"a{number}") for number in range(chance.randint(4, 8)))
    return mesh.model_copy(update={"agreements": tuple(agreed)})


def _mesh(chance: Chance, crowded: bool, quotas: bool) -> Mesh:
    personas = [_job(chance, f"job-{number}") for number in range(1 if crowded else 2)]
    if not crowded and chance.random() < 0.5:
        personas.insert(0, _application(chance, "app"))
    count = 1 if crowded else chance.randint(1, 4)
    warehouses = _warehouses(chance)
    products = [_product(chance, f"{DOMAINS[number % 2]}/p{number}", warehouses) for number in range(count)]
    suspended = _suspended(chance, personas) if chance.random() < 0.15 else {}
    return Mesh(
        broker=Broker(role_arn=f"arn:aws:iam::{GOVERNANCE}:role/broker"),
        accounts=tuple(_account(chance, id, quotas, suspended.get(id, {})) for id in ROLES),
        warehouses=tuple(sorted(warehouses, key=lambda item: item.id)),
        groups=_groups(chance),
        principals=(
            *(Principal(id=id, kind="workload") for id in WORKLOADS),
            *(Principal(id=id, kind="person") for id in PEOPLE),
        ),
        purposes=tuple(
            Purpose.model_validate(
                {"id": id, "title": id, "allows_personal": id == "fraud" or (id == "service" and chance.random() < 0.5)}
                | suspended.get(id, {})
            )
            for id in PURPOSES
        ),
        domains=tuple(
            Domain.model_validate({"id": id, "title": id, "regions": REGIONS} | suspended.get(id, {})) for id in DOMAINS
        ),
        tags=tuple(Tag(id=id, title=id) for id in TAGS),
        personas=tuple(persona.model_copy(update=suspended.get(persona.id, {})) for persona in personas),
        products=tuple(sorted(products, key=lambda product: product.id)),
        agreements=(),
    )


def _suspended(chance: Chance, personas: list[Persona]) -> dict[str, dict[str, object]]:
    """One fact that is suspended, whole or in a region: its id, and what it says."""
    regional = [PRODUCER, OTHER_PRODUCER, CONSUMER, BOTH, *DOMAINS]
    id = chance.choice([*regional, *PURPOSES, *(persona.id for persona in personas)])
    if id in regional and chance.random() < 0.5:
        # a region that an account does not declare could not be suspended
        return {id: {"suspended_regions": ("eu-west-1",) if id == CONSUMER else (chance.choice(REGIONS),)}}
    return {id: {"suspended": True}}


def _account(chance: Chance, id: str, quotas: bool, suspended: dict[str, object]) -> Account:
    short = {
        "iam-policies-per-role": chance.randint(1, 2),
        "iam-policies-per-account": chance.randint(1, 5),
        "iam-roles-per-account": chance.randint(1, 3),
        "lf-values-per-tag": chance.randint(1, 6),
        "lf-tags-per-account": chance.randint(1, 3),
    }
    return Account.model_validate(
        {
            "id": id,
            "name": f"account-{id[-1]}",
            "environment": chance.mostly("prod", "nonprod") if id == OTHER_PRODUCER else "prod",
            "regions": chance.choice([REGIONS, ("eu-west-1",)]) if id == CONSUMER else REGIONS,
            "roles": ROLES[id],
            "quotas": {name: short[name] for name in chance.some(sorted(short))} if quotas else {},
        }
        | suspended
    )


def _groups(chance: Chance) -> tuple[Group, ...]:
    """Readers, owners and governance; some reach their group through another."""
    return (
        Group(id="applications", members=chance.some(WORKLOADS)),
        Group(id="governors", members=("eve", "stewards"), governance=True),
        Group(id="modellers", members=chance.some(PEOPLE, 1)),
        Group(id="owners", members=("cleo", "dan", "stewards")),
        Group(id="servicers", members=(*chance.some(PEOPLE, 1), *chance.mostly((), ("modellers",)))),
        Group(id="stewards", members=chance.choice([("fay",), ("fay", "gus")])),
    )


def _job(chance: Chance, id: str) -> Persona:
    return Persona(
        id=id,
        title=id,
        kind="job",
        groups=chance.choice([("modellers",), ("servicers",), ("modellers", "servicers")]),
        purposes=chance.some(PURPOSES, 1),
        clearance=chance.mostly(chance.choice(LEVELS[1:]), "public"),
        regions=chance.mostly(REGIONS, ("eu-west-1",), ("eu-central-1",)),
        domains=chance.some(DOMAINS),
        accounts=chance.choice([(CONSUMER,), (BOTH,), (CONSUMER, BOTH)]),
        max_session=chance.choice([900, 3600, 43200]),
    )


def _application(chance: Chance, id: str) -> Persona:
    return _job(chance, id).model_copy(
        update={"kind": "application", "groups": ("applications",), "accounts": (CONSUMER,), "owner": "owners"}
    )


def _warehouses(chance: Chance) -> list[Warehouse]:
    """One of a producer, one of an account that reads from it itself, and up to two that only read."""
    found = [
        _warehouse(chance, 1, "dwh", PRODUCER, "eu-west-1"),
        _warehouse(chance, 2, "own", BOTH, chance.choice(REGIONS)),
    ]
    if chance.random() < 0.8:
        found.append(_warehouse(chance, 3, "near", CONSUMER, "eu-west-1"))
    if chance.random() < 0.5:
        found.append(_warehouse(chance, 4, "far", chance.choice([CONSUMER, BOTH]), "eu-west-1"))
    return found


def _warehouse(chance: Chance, number: int, id: str, account: str, region: str) -> Warehouse:
    kind = chance.choice(["cluster", "serverless"])
    return Warehouse.model_validate(
        {
            "id": id,
            "account": account,
            "region": region,
            "namespace": f"11111111-2222-3333-4444-{number:012}",
            "kind": kind,
            "compute": f"compute-{id}",
            "workgroup_id": f"99999999-2222-3333-4444-{number:012}" if kind == "serverless" else None,
            "database": chance.choice(["dev", "prod"]),
            "encrypted": chance.random() < 0.9,
        }
    )


def _product(chance: Chance, id: str, warehouses: list[Warehouse]) -> Product:
    lake = Server(
        kind="glue",
        account=chance.choice([PRODUCER, OTHER_PRODUCER, BOTH]),
        region=chance.choice(REGIONS),
        container=id.replace("/", "_"),
        location=chance.mostly(f"s3://lake/{id}", None),
    )
    dwh = chance.choice(warehouses[:2])
    redshift = Server(
        kind="redshift", account=dwh.account, region=dwh.region, container=lake.container, warehouse=dwh.id
    )
    server = chance.choice([lake] * 6 + [redshift] * 4 + [None])
    return Product(
        id=id,
        title=id,
        domain=chance.mostly(id.partition("/")[0], None),
        version="1.0.0",
        status=chance.mostly("active", "deprecated", "draft", "retired"),
        owner=chance.mostly("owners", None),
        kind=chance.choice(["curated", "raw", None]),
        audience=chance.choice(["open", "open", "open", "domain"]),
        embargoed_until=chance.mostly(None, *AT),
        purposes=chance.mostly(PURPOSES, (), ("modelling",), ("fraud", "service")),
        server=server,
        tables=tuple(_table(chance, name, server) for name in chance.some(sorted(TABLES), 1)),
    )


def _table(chance: Chance, name: str, server: Server | None) -> Table:
    keys = chance.choice([(), (), (), ("day",), ("id", "day")])
    return Table(
        name=name,
        location=f"{server.container}.{name}" if server else None,
        managed=chance.choice(["lf", "lf", "lf", "hybrid"] if server is None or server.kind == "glue" else ["lf"]),
        columns=tuple(
            Column(
                name=column,
                classification=chance.choice([*LEVELS, *LEVELS, None]),
                personal=chance.choice([False] * 4 + [True] * 3 + [None]),
                tags=chance.mostly((), ("pii",), ("money", "pii")),
                partition_key=column in keys,
            )
            for column in sorted(TABLES[name])
        ),
    )


def _agreement(chance: Chance, mesh: Mesh, id: str) -> Agreement:
    """An agreement, mostly active, running and signed by those who should; some of it is wrong now and then."""
    persona, product = chance.choice(mesh.personas), chance.choice(mesh.products)
    start = chance.mostly(PAST[0], *AT[:-1])
    later = [instant for instant in AT if instant > start]
    changes = chance.mostly(("active",), (), ("rejected",), ("revoked",), ("active", "revoked"))
    moments = sorted(chance.mostly(PAST[0], *AT) for _ in changes)
    agreement = Agreement(
        id=id,
        version=chance.mostly(2, 1),
        persona=persona.id,
        product=product.id,
        tables=chance.choice([None, chance.some([table.name for table in product.tables], 1)]),
        purpose=chance.mostly(chance.choice(persona.purposes), *PURPOSES),
        accounts=chance.some(persona.accounts, 1),
        max_classification=chance.mostly(chance.choice(LEVELS[1:]), "public"),
        personal=chance.choice([True, False]),
        start=start,
        end=chance.choice([chance.choice(later[-3:]), later[-1], chance.choice(later)]),
        history=(
            StateChange.model_validate({"state": "pending", "at": PAST[0] - timedelta(days=7)}),
            *(
                StateChange.model_validate({"state": state, "at": at})
                for state, at in zip(changes, moments, strict=True)
            ),
        ),
        requester=chance.mostly("ada", "ben", "cleo", "fay"),
    )
    approvals = _approvals(chance, agreement)
    return Agreement.model_validate(
        {**agreement.model_dump(), "approvals": [approval.model_dump() for approval in approvals]}
    )


def _approvals(chance: Chance, agreement: Agreement) -> list[Approval]:
    """The signatures of the owner, a second owner and governance, each mostly right; sometimes others."""
    right: dict[Signature, str] = {"owner": "cleo", "second owner": "dan", "governance": "eve"}
    wrong = ("ada", "dan", "fay", WORKLOADS[0], "cleo", "gus")
    signed = [signs_as for signs_as in right if chance.mostly(True, False)]
    signed += [chance.choice(list(right))] if chance.random() < 0.2 else []
    return [
        Approval(
            approver=chance.mostly(right[signs_as], *wrong),
            signs_as=signs_as,
            at=chance.mostly(PAST[1], *AT),
            version=chance.mostly(agreement.version, 1),
            terms=chance.mostly(agreement.terms, "0" * 64),
        )
        for signs_as in signed
    ]
