"""A mesh with one thing of every kind that Terraform emits, and plans on it, without policies: entitlements by hand.

analyst ── modelling ── 300…3: lending/loans by tags, lending/payments by named columns, at a hybrid location, and
                               lending/accounts from the producer's warehouse in a warehouse of its own
scoring (a workload) ── scorer ── modelling ── 300…3
auditor ── modelling ── 300…4: nothing
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cdktf_app.layout import StackPlan, as_terraform_reads, lay_out
from engine.grants.compile import compile_plan
from engine.model.decided import AccessRole, Entitlement
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Warehouse
from engine.model.mesh import Mesh
from engine.model.plan import Plan, write_plan
from engine.model.products import Column, Product, Server
from engine.sources.deployment import Deployment, LakeAdmins
from tests import declared
from tests.declared import column

NOW = datetime(2026, 6, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
GOVERNANCE, PRODUCER, CONSUMER, IDLE = "100000000001", "200000000002", "300000000003", "300000000004"
SCORING = f"arn:aws:iam::{CONSUMER}:role/scoring"


def product(id: str, region: str, **tables: tuple[Column, ...]) -> Product:
    server = Server(
        kind="glue",
        account=PRODUCER,
        region=region,
        container=id.replace("/", "_"),
        location=f"s3://lake-{region}/{id}",
    )
    return declared.product(id, server, ("modelling",), tables)


LOAN = (column("amount"), column("email", "confidential", True), column("id", "public"), column("note", None, None))
LOANS = product("lending/loans", "eu-west-1", loan=LOAN)
PAYMENTS = declared.hybrid(
    product("lending/payments", "eu-west-1", payment=(column("id"), column("paid")), refund=(column("id"),)), "refund"
)
ACCOUNTS = declared.product(
    "lending/accounts",
    Server(kind="redshift", account=PRODUCER, region="eu-west-1", container="core", warehouse="lending-dwh"),
    ("modelling",),
    {"account": (column("email", "confidential", True), column("id"), column("opened")), "branch": (column("id"),)},
)
RATES = product("claims/rates", "eu-central-1", rate=(column("day", "public"), column("rate")))


def _persona(id: str, accounts: tuple[str, ...]) -> Persona:
    return Persona(
        id=id,
        title=id,
        kind="application" if id == "scorer" else "job",
        groups=(f"{id}s",),
        purposes=("modelling",),
        clearance="confidential",
        regions=("eu-central-1", "eu-west-1"),
        accounts=accounts,
        max_session=28800,
        owner="owners" if id == "scorer" else None,
    )


def made_warehouse(id: str, account: str, kind: Literal["cluster", "serverless"], number: int) -> Warehouse:
    return Warehouse(
        id=id,
        account=account,
        region="eu-west-1",
        namespace=f"{number}0000000-0000-4000-8000-000000000000",
        kind=kind,
        compute=id,
        workgroup_id=f"{number}0000000-0000-4000-9000-000000000000" if kind == "serverless" else None,
        database="dev",
        encrypted=True,
    )


def _account(id: str, name: str, role: str, *regions: str) -> Account:
    return Account.model_validate({"id": id, "name": name, "environment": "prod", "regions": regions, "roles": (role,)})


MESH = Mesh(
    broker=Broker(role_arn=f"arn:aws:iam::{GOVERNANCE}:role/broker"),
    accounts=(
        _account(GOVERNANCE, "control", "governance", "eu-west-1", "eu-central-1"),
        _account(PRODUCER, "lake", "producer", "eu-west-1"),
        _account(CONSUMER, "analytics", "consumer", "eu-west-1", "eu-central-1"),
        _account(IDLE, "audit", "consumer", "eu-west-1"),
    ),
    warehouses=(
        made_warehouse("analytics", CONSUMER, "serverless", 2),
        made_warehouse("lending-dwh", PRODUCER, "cluster", 1),
    ),
    groups=(
        Group(id="analysts", members=("anna",)),
        Group(id="auditors", members=("anna",)),
        Group(id="governors", members=("gwen",), governance=True),
        Group(id="owners", members=("olga",)),
        Group(id="scorers", members=(SCORING,)),
    ),
    principals=(
        *(Principal(id=id, kind="person") for id in ("anna", "gwen", "olga")),
        Principal(id=SCORING, kind="workload"),
    ),
    purposes=(Purpose(id="modelling", title="Building models", allows_personal=True),),
    domains=(
        Domain(id="claims", title="Claims", regions=("eu-central-1", "eu-west-1")),
        Domain(id="lending", title="Lending", regions=("eu-west-1",)),
    ),
    tags=(),
    personas=(_persona("analyst", (CONSUMER,)), _persona("auditor", (IDLE,)), _persona("scorer", (CONSUMER,))),
    products=(RATES, ACCOUNTS, LOANS, PAYMENTS),
    agreements=(),
)

ANALYST = AccessRole("analyst", "modelling", CONSUMER)


def entitlement(
    agreement: str, product_id: str, columns: dict[str, tuple[str, ...]], role: AccessRole = ANALYST, whole: bool = True
) -> Entitlement:
    return Entitlement(
        f"{agreement}@{role.account}", agreement, 1, role, product_id, whole, columns, NOW, END, session=3600
    )


DEPLOYMENT = Deployment(
    lake_admins=(
        LakeAdmins(account=GOVERNANCE, roles=(f"arn:aws:iam::{GOVERNANCE}:role/lake-admin",)),
        LakeAdmins(account=CONSUMER, roles=()),
    )
)
"""The lake settings of one consumer account are ours, and those of the other are not."""

BY_TAGS = entitlement("loans", "lending/loans", {"loan": ("amount", "id")})
BY_NAME = entitlement("payments", "lending/payments", {"payment": ("id", "paid")}, whole=False)
SCORED = entitlement("scored", "lending/loans", {"loan": ("id",)}, AccessRole("scorer", "modelling", CONSUMER))
SHARED = entitlement("accounts", "lending/accounts", {"account": ("id", "opened"), "branch": ("id",)})
ENTITLED = (BY_TAGS, BY_NAME, SCORED, SHARED)
NEW = entitlement("rates", "claims/rates", {"rate": ("day", "rate")})
"""An agreement on a product on which there is none."""


def plan(entitlements: Sequence[Entitlement] = ENTITLED, mesh: Mesh = MESH) -> Plan:
    compiled = compile_plan(mesh, entitlements, "0" * 64, NOW, END)
    assert not compiled.unrealised
    return compiled


def stacks(entitlements: Sequence[Entitlement] = ENTITLED, mesh: Mesh = MESH) -> tuple[StackPlan, ...]:
    return lay_out(mesh, as_terraform_reads(write_plan(plan(entitlements, mesh))))


def with_products(*products: Product) -> Mesh:
    """The mesh with these products in place of those of the same id."""
    return MESH.model_copy(update={"products": tuple((MESH.product | {item.id: item for item in products}).values())})


@dataclass(frozen=True)
class Emitted:
    """The stacks in a folder, as Terraform reads them; what cdktf notes for itself under `//` is left out."""

    folder: Path
    stacks: dict[str, dict[str, Any]]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """`stack: type.name` → a resource's arguments; copies, for a test to take apart."""
        return {
            f"{stack}: {kind}.{name}": copy.deepcopy(arguments)
            for stack, content in self.stacks.items()
            for kind, named in content.get("resource", {}).items()
            for name, arguments in named.items()
        }


def read_stacks(folder: Path) -> Emitted:
    files = sorted(folder.glob("stacks/*/cdk.tf.json"))
    return Emitted(folder, {path.parent.name: _without_notes(json.loads(path.read_bytes())) for path in files})


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if key != "//"}
    return [_without_notes(item) for item in value] if isinstance(value, list) else value
