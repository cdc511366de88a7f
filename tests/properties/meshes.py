"""Random small meshes, biased so that about half of the agreements let somebody read, and each refusal has its turn.

They are what the sources let through: every name is declared, groups are acyclic, jobs are held by persons and
applications by workloads of their account. Instants lie around `NOW`, by seconds and by days.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar

from hypothesis import strategies as st

from engine.model.agreements import Agreement, Approval, StateChange
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Tag, Warehouse
from engine.model.fields import CLASSIFICATIONS
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

PAST = [NOW - timedelta(days=3), NOW - timedelta(days=2), NOW - timedelta(days=1), NOW - timedelta(seconds=1)]
COMING = [NOW + timedelta(seconds=1), NOW + timedelta(days=1), NOW + timedelta(days=2), NOW + timedelta(days=3)]
AT = [*PAST, NOW, *COMING]


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    """The usual, but once in twenty times."""
    return st.sampled_from([usual] * (19 * len(others)) + list(others))


@st.composite
def meshes(draw: st.DrawFn, quotas: bool = False) -> Mesh:
    """A mesh of five accounts, two domains, one to four products and up to eight agreements.

    In one of two, a single persona has agreed on a single product, again and again.
    """
    purposes = [
        Purpose(
            id=id,
            title=id,
            allows_personal=draw(st.booleans()) if id == "service" else id == "fraud",
        )
        for id in PURPOSES
    ]
    crowded = draw(st.booleans())
    personas = [
        *(draw(jobs(f"job-{number}")) for number in range(1 if crowded else 2)),
        *(draw(applications(f"app-{number}")) for number in range(0 if crowded else draw(st.integers(0, 1)))),
    ]
    products = [
        draw(products_of(f"{DOMAINS[number % 2]}/p{number}"))
        for number in range(1 if crowded else draw(st.integers(1, 4)))
    ]
    mesh = Mesh(
        broker=Broker(role_arn=f"arn:aws:iam::{GOVERNANCE}:role/broker"),
        accounts=tuple(draw(accounts(id, quotas)) for id in (GOVERNANCE, PRODUCER, OTHER_PRODUCER, CONSUMER, BOTH)),
        warehouses=(
            Warehouse(
                id="dwh",
                account=PRODUCER,
                region="eu-west-1",
                namespace="11111111-2222-3333-4444-555555555555",
                kind="serverless",
                compute="dwh",
                database="dev",
                encrypted=True,
            ),
        ),
        groups=tuple(draw(directory())),
        principals=(
            *(Principal(id=id, kind="workload") for id in WORKLOADS),
            *(Principal(id=id, kind="person") for id in PEOPLE),
        ),
        purposes=tuple(purposes),
        domains=tuple(
            Domain(
                id=id,
                title=id,
                regions=REGIONS,
            )
            for id in DOMAINS
        ),
        tags=tuple(Tag(id=id, title=id) for id in TAGS),
        personas=tuple(sorted(personas, key=lambda persona: persona.id)),
        products=tuple(sorted(products, key=lambda product: product.id)),
        agreements=(),
    )
    mesh = draw(suspended(mesh)) if draw(st.integers(0, 7)) == 5 else mesh
    agreed = tuple(draw(agreements(mesh, f"a{number}")) for number in range(draw(st.integers(2, 8))))
    return mesh.model_copy(update={"agreements": agreed})


@st.composite
def suspended(draw: st.DrawFn, mesh: Mesh) -> Mesh:
    """The same mesh, with one of its facts suspended: whole, or in a region."""
    kind = draw(st.sampled_from(["accounts", "domains", "personas", "purposes"]))
    facts: list[Account | Domain | Persona | Purpose] = list(getattr(mesh, kind))
    number = draw(st.integers(0, len(facts) - 1))
    regional = kind in {"accounts", "domains"} and draw(st.booleans())
    change = {"suspended_regions": (draw(st.sampled_from(REGIONS)),)} if regional else {"suspended": True}
    facts[number] = facts[number].model_copy(update=change)
    return mesh.model_copy(update={kind: tuple(facts)})


@st.composite
def accounts(draw: st.DrawFn, id: str, quotas: bool) -> Account:
    """An account; with `quotas`, sometimes so short of one that not everything fits."""
    short = st.fixed_dictionaries(
        {},
        optional={
            "iam-policies-per-role": st.integers(1, 2),
            "iam-policies-per-account": st.integers(1, 5),
            "iam-roles-per-account": st.integers(1, 3),
            "lf-values-per-tag": st.integers(1, 6),
            "lf-tags-per-account": st.integers(1, 3),
        },
    )
    roles: dict[str, tuple[Literal["consumer", "governance", "producer"], ...]] = {
        GOVERNANCE: ("governance",),
        CONSUMER: ("consumer",),
        BOTH: ("consumer", "producer"),
    }
    return Account(
        id=id,
        name=f"account-{id[-1]}",
        environment=draw(mostly("prod", "nonprod")) if id == OTHER_PRODUCER else "prod",
        regions=REGIONS if id != CONSUMER else draw(st.sampled_from([REGIONS, REGIONS, ("eu-west-1",)])),
        roles=roles.get(id, ("producer",)),
        quotas=draw(short) if quotas else {},
    )


@st.composite
def directory(draw: st.DrawFn) -> list[Group]:
    """Readers, owners and governance; some reach their group through another."""
    some = st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3)
    return [
        Group(id="applications", members=tuple(draw(st.lists(st.sampled_from(WORKLOADS), unique=True)))),
        Group(id="governors", members=("eve", "stewards"), governance=True),
        Group(id="modellers", members=tuple({"ada", *draw(some)})),
        Group(id="owners", members=("cleo", "dan", "stewards")),
        Group(id="servicers", members=tuple({"ben", *draw(some), *draw(mostly((), ("modellers",)))})),
        Group(id="stewards", members=("fay", *draw(mostly((), ("gus",))))),
    ]


@st.composite
def jobs(draw: st.DrawFn, id: str) -> Persona:
    return Persona(
        id=id,
        title=id,
        kind="job",
        groups=tuple(draw(st.sampled_from([("modellers",), ("servicers",), ("modellers", "servicers")]))),
        purposes=tuple(draw(st.lists(st.sampled_from(PURPOSES), unique=True, min_size=1))),
        clearance=draw(mostly(draw(st.sampled_from(CLASSIFICATIONS[1:])), "public")),
        regions=draw(mostly(REGIONS, ("eu-west-1",), ("eu-central-1",))),
        domains=tuple(draw(st.lists(st.sampled_from(DOMAINS), unique=True))),
        accounts=draw(st.sampled_from([(CONSUMER,), (BOTH,), (CONSUMER, BOTH)])),
        max_session=draw(st.sampled_from([900, 3600, 43200])),
    )


@st.composite
def applications(draw: st.DrawFn, id: str) -> Persona:
    job = draw(jobs(id))
    return job.model_copy(
        update={"kind": "application", "groups": ("applications",), "accounts": (CONSUMER,), "owner": "owners"}
    )


@st.composite
def products_of(draw: st.DrawFn, id: str) -> Product:
    lake = st.builds(
        Server,
        kind=st.just("glue"),
        account=st.sampled_from([PRODUCER, OTHER_PRODUCER, BOTH]),
        region=st.sampled_from(REGIONS),
        container=st.just(id.replace("/", "_")),
    )
    dwh = Server(kind="redshift", account=PRODUCER, region="eu-west-1", container="s", warehouse="dwh")
    server = draw(st.sampled_from([lake] * 8 + [st.just(dwh), st.none()]).flatmap(lambda server: server))
    names = draw(st.lists(st.sampled_from(sorted(TABLES)), unique=True, min_size=1))
    return Product(
        id=id,
        title=id,
        domain=draw(mostly(id.partition("/")[0], None)),
        version="1.0.0",
        status=draw(mostly("active", "deprecated", "draft", "retired")),
        owner=draw(mostly("owners", None)),
        kind=draw(st.sampled_from(["curated", "raw", None])),
        audience=draw(st.sampled_from(["open", "open", "open", "domain"])),
        embargoed_until=draw(mostly(None, *AT)),
        purposes=draw(mostly(PURPOSES, (), ("modelling",), ("fraud", "service"))),
        server=server,
        tables=tuple(draw(tables_of(name, server)) for name in sorted(names)),
    )


@st.composite
def tables_of(draw: st.DrawFn, name: str, server: Server | None) -> Table:
    keys = draw(st.sampled_from([(), (), (), ("day",), ("id", "day")]))
    return Table(
        name=name,
        location=f"{server.container}.{name}" if server else None,
        columns=tuple(
            Column(
                name=column,
                classification=draw(st.sampled_from(["internal", *CLASSIFICATIONS, None])),
                personal=draw(st.sampled_from([False, False, False, True, True, None])),
                tags=draw(mostly((), ("pii",), ("money", "pii"))),
                partition_key=column in keys,
            )
            for column in TABLES[name]
        ),
    )


@st.composite
def agreements(draw: st.DrawFn, mesh: Mesh, id: str) -> Agreement:
    """An agreement, mostly active, running and signed by those who should; some of it is wrong now and then."""
    persona, product = draw(st.sampled_from(mesh.personas)), draw(st.sampled_from(mesh.products))
    named = [table.name for table in product.tables]
    start = draw(mostly(PAST[0], *AT[:-1]))
    later = [instant for instant in AT if instant > start]
    requested = PAST[0] - timedelta(days=7)
    changes = draw(mostly(("active",), (), ("rejected",), ("revoked",), ("active", "revoked"), ("active", "revoked")))
    moments = sorted(draw(st.lists(mostly(PAST[0], *AT), min_size=len(changes), max_size=len(changes))))
    agreement = Agreement(
        id=id,
        version=draw(mostly(2, 1)),
        persona=persona.id,
        product=product.id,
        tables=draw(st.one_of(st.none(), st.lists(st.sampled_from(named), unique=True, min_size=1).map(tuple))),
        purpose=draw(mostly(persona.purposes[draw(st.integers(0, len(persona.purposes) - 1))], *PURPOSES)),
        accounts=tuple(draw(st.lists(st.sampled_from(persona.accounts), unique=True, min_size=1))),
        max_classification=draw(mostly(draw(st.sampled_from(CLASSIFICATIONS[1:])), "public")),
        personal=draw(st.booleans()),
        start=start,
        end=draw(mostly(draw(st.sampled_from(later[-3:])), *later)),
        history=(
            StateChange.model_validate({"state": "pending", "at": requested}),
            *(
                StateChange.model_validate({"state": state, "at": at})
                for state, at in zip(changes, moments, strict=True)
            ),
        ),
        requester=draw(mostly("ada", "ben", "cleo", "fay")),
    )
    return agreement.model_copy(update={"approvals": tuple(draw(approvals(agreement)))})


@st.composite
def approvals(draw: st.DrawFn, agreement: Agreement) -> list[Approval]:
    """The signatures of the owner, a second owner and governance, each mostly right; sometimes others."""
    right = {"owner": "cleo", "second owner": "dan", "governance": "eve"}
    wrong = ("ada", "dan", "fay", WORKLOADS[0], "cleo", "gus")
    signed = [signs_as for signs_as in right if draw(mostly(True, False))]
    signed += draw(st.lists(st.sampled_from(sorted(right)), max_size=1))
    return sorted(
        (
            Approval.model_validate(
                {
                    "approver": draw(mostly(right[signs_as], *wrong)),
                    "as": signs_as,
                    "at": draw(mostly(PAST[1], *AT)),
                    "version": draw(mostly(agreement.version, 1)),
                    "terms": draw(mostly(agreement.terms, "0" * 64)),
                }
            )
            for signs_as in signed
        ),
        key=lambda approval: (approval.at, approval.approver, approval.signs_as),
    )
