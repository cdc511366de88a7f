"""The plan: everything that is to stand in AWS, in the order in which it is written, and what cannot stand there.

Canonical JSON: keys in the order in which they are declared here, each list sorted by the ids of what it holds. Two
plans are equal when their bytes are.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from engine.errors import PlanError
from engine.model.decided import Entitlement
from engine.model.instants import Instant

PLAN_VERSION: Literal[1] = 1

Document = dict[str, object]
"""An IAM policy document, as JSON."""


@dataclass(frozen=True, slots=True)
class TagKey:
    """An LF-tag of the governance account's catalog in one region, with the values that a domain's products need."""

    region: str
    domain: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableTags:
    """A central table: its own tags, and for each of its columns the column's own tags; an empty map inherits."""

    name: str
    tags: dict[str, str]
    columns: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class DatabaseTags:
    """A product's central database in the governance account's catalog, with the tags of all that it holds."""

    catalog: str
    region: str
    domain: str
    product: str
    database: str
    tags: dict[str, str]
    tables: tuple[TableTags, ...]


@dataclass(frozen=True, slots=True)
class LocationPlan:
    """The S3 location of a product's data, registered with the Lake Formation that holds the central catalog.

    `hybrid`: its permissions count for those alone who are opted in; IAM's for the others.
    """

    region: str
    domain: str
    product: str
    arn: str
    hybrid: bool


@dataclass(frozen=True, slots=True)
class OptIn:
    """An access role for which Lake Formation's permissions count on a table in a hybrid location, or a database.

    `account` is the role's own, whose Lake Formation keeps it; `table` is None for the database.
    """

    id: str
    account: str
    region: str
    product: str
    role: str
    principal: str
    catalog: str
    database: str
    table: str | None


@dataclass(frozen=True, slots=True)
class WarehousePlan:
    """A declared Amazon Redshift namespace; `compute` is the cluster identifier or the workgroup name."""

    id: str
    account: str
    region: str
    namespace: str
    kind: Literal["cluster", "serverless"]
    compute: str
    workgroup_id: str | None
    database: str
    encrypted: bool


@dataclass(frozen=True, slots=True)
class WarehouseTables:
    """Where the tables of a product lie in a warehouse: table → `schema.table`."""

    warehouse: str
    domain: str
    product: str
    tables: dict[str, str]


@dataclass(frozen=True, slots=True)
class RolePlan:
    """An access role as an IAM role of its consumer account.

    `trusted` are the ARNs of the roles that may assume it; `trust` is the document that says so to AWS. `session_tags`
    are those that its sessions may pass. `policies` are its managed policies by name.
    """

    id: str
    persona: str
    purpose: str
    account: str
    name: str
    arn: str
    max_session: int
    trusted: tuple[str, ...]
    trust: Document
    session_tags: dict[str, str]
    policies: dict[str, Document]


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """A resource link in a consumer account's catalog to a product's central database."""

    id: str
    account: str
    region: str
    product: str
    name: str
    target_catalog: str
    target_database: str


@dataclass(frozen=True, slots=True)
class SessionPolicyPlan:
    """The managed policy that narrows a session of an access role to one product; `longest_session` is in seconds."""

    id: str
    role: str
    account: str
    product: str
    name: str
    arn: str
    longest_session: int
    document: Document


@dataclass(frozen=True, slots=True)
class TagTarget:
    """Whatever carries, for each key of `expression`, one of the key's values."""

    resource_type: Literal["DATABASE", "TABLE"]
    expression: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ColumnTarget:
    """Named columns of a table."""

    database: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """A resource link, by its name."""

    database: str


@dataclass(frozen=True, slots=True)
class View:
    """A view of our own on one table of a product, under the table's name; it names its columns."""

    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShareTarget:
    """What one warehouse shares with another for one access role and product.

    `name` is that of the schema that holds the views, in the database of the warehouse `producer`, and of the datashare
    over it. `database` is made of the datashare in the warehouse `consumer`; it is None where both are one warehouse,
    which needs no datashare: the grants are on the schema. `redshift_role` is the database role of the access role
    there; `redshift_user` the user who holds it, where sessions sign in as one.
    """

    name: str
    producer: str
    consumer: str
    database: str | None
    views: tuple[View, ...]
    redshift_role: str
    redshift_user: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant to an access role, for the entitlements it serves.

    Those of Lake Formation stand in the catalog of `account`, a datashare in the warehouse of `account` and `region`.
    """

    id: str
    kind: Literal["lf_tag", "lf_column", "link", "datashare"]
    account: str
    region: str
    domain: str
    product: str
    role: str
    principal: str
    permissions: tuple[Literal["DESCRIBE", "SELECT"], ...]
    target: TagTarget | ColumnTarget | LinkTarget | ShareTarget
    entitlements: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Unrealised:
    """A table of an entitlement that is granted to nobody on its account: which limit, who says so, and the way out."""

    entitlement: str
    table: str
    limit: str
    source: str
    reason: str
    way_out: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All grants of a run."""

    version: Literal[1]
    policy_hash: str
    facts_hash: str
    now: Instant
    valid_until: Instant | None
    ontology: tuple[TagKey, ...]
    assignments: tuple[DatabaseTags, ...]
    locations: tuple[LocationPlan, ...]
    warehouses: tuple[WarehousePlan, ...]
    warehouse_tables: tuple[WarehouseTables, ...]
    access_roles: tuple[RolePlan, ...]
    links: tuple[LinkPlan, ...]
    opt_ins: tuple[OptIn, ...]
    session_policies: tuple[SessionPolicyPlan, ...]
    entitlements: tuple[Entitlement, ...]
    grants: tuple[Grant, ...]
    unrealised: tuple[Unrealised, ...]


_PLAN = TypeAdapter(Plan)


def write_plan(plan: Plan) -> bytes:
    """The canonical JSON."""
    return _PLAN.dump_json(plan, indent=1) + b"\n"


def read_plan(text: bytes) -> Plan:
    """The inverse of `write_plan`. Raises PlanError for anything that is no plan of this version."""
    try:
        plan = _PLAN.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = f"`{'.'.join(str(step) for step in first['loc'])}`: " if first["loc"] else ""
        raise PlanError(f"no plan of version {PLAN_VERSION}: {place}{first['msg'].lower()}") from None
    # dataclasses take no notice of keys that they do not know
    if json.loads(text) != json.loads(write_plan(plan)):
        raise PlanError(f"no plan of version {PLAN_VERSION}: it says more than a plan does")
    return plan


def plan_hash(text: bytes) -> str:
    """SHA-256 over a plan's canonical JSON, hex."""
    return hashlib.sha256(text).hexdigest()
