"""What of the entitlements AWS can say, before any quota: the parts that every kind of grant compiles.

The unit is (entitlement, table). A part that falls out is listed as unrealised and granted nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.grants.datashare.consumers import Receivers, receivers, session_tags
from engine.grants.documents import NEVER, characters, trust
from engine.grants.limits import (
    CONSUMER_REGION,
    LOCATION,
    NO_WORKLOAD,
    PARTITION_KEY,
    TAG_KEYS,
    TAG_VALUES,
    TRUST_POLICY,
    UNBOUND,
    Limit,
    allowance,
)
from engine.model.decided import AccessRole, Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised
from engine.model.products import Product


@dataclass(frozen=True, slots=True)
class Taggable:
    """What the LF-tags have a value for: products, and by region and domain the column classes.

    A domain for whose LF-tags a region has no room is not in `classes`.
    """

    products: frozenset[str]
    classes: dict[tuple[str, str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Realised:
    """The tables of an entitlement that are granted: table → columns, never empty.

    In the lake, in the catalog of `region`; in Amazon Redshift, from there to `warehouses`.
    """

    entitlement: Entitlement
    region: str
    domain: str
    columns: dict[str, tuple[str, ...]]
    warehouses: tuple[str, ...] = ()

    @property
    def role(self) -> AccessRole:
        return self.entitlement.role

    @property
    def product(self) -> str:
        return self.entitlement.product


def in_order(entitlements: Iterable[Entitlement]) -> list[Entitlement]:
    """The order in which a short quota is given out: by start, agreement and account."""
    return sorted(entitlements, key=lambda item: (item.start, item.agreement, item.role.account))


def realise(
    mesh: Mesh, entitlements: Iterable[Entitlement], taggable: Taggable
) -> tuple[list[Realised], list[Unrealised]]:
    """What can be granted of these entitlements, in the order of quotas, and what cannot, with the reason."""
    realised, unrealised = [], []
    ordered = in_order(entitlements)
    refused = _refused(mesh, ordered, taggable)
    received = _received(mesh, ordered, refused)
    readable = _readable(ordered, refused)
    for entitlement in ordered:
        product = mesh.product[entitlement.product]
        columns = {}
        for table, names in entitlement.columns.items():
            refusal = refused.get((entitlement.id, table)) or _hidden_key(mesh, entitlement, table, readable)
            if refusal:
                unrealised.append(refuse(entitlement, table, *refusal))
            else:
                columns[table] = names
        if columns and product.server is not None and product.domain is not None:
            to = received.get((entitlement.role, entitlement.product), _NOBODY).warehouses
            realised.append(Realised(entitlement, product.server.region, product.domain, columns, to))
    return realised, unrealised


def refuse(entitlement: Entitlement, table: str, limit: Limit, reason: str) -> Unrealised:
    return Unrealised(entitlement.id, table, limit.id, limit.source, reason, limit.way_out)


def refuse_whole(entitlement: Entitlement, limit: Limit, reason: str) -> Iterator[Unrealised]:
    for table in entitlement.columns:
        yield refuse(entitlement, table, limit, reason)


def is_granted_in_lake(product: Product) -> bool:
    """Whether a product's tables are granted in the governance account's catalog."""
    return product.domain is not None and product.server is not None and product.server.kind == "glue"


def is_granted_in_warehouse(product: Product) -> bool:
    """Whether a product's tables are shared from a warehouse."""
    return product.domain is not None and product.server is not None and product.server.warehouse is not None


def unassumable(mesh: Mesh, role: AccessRole) -> tuple[Limit, str] | None:
    """Why AWS takes no trust policy for an access role; None when it does."""
    persona = mesh.persona[role.persona]
    if persona.kind == "job":
        return None
    trusted = mesh.trusted(persona.id)
    if not trusted:
        return NO_WORKLOAD, f"no workload holds persona `{persona.id}`"
    room = allowance(TRUST_POLICY, mesh.account[role.account])
    if characters(trust(trusted, NEVER, session_tags(mesh, role))) > room:
        return TRUST_POLICY, f"the {len(trusted)} workloads of persona `{persona.id}` do not fit one trust policy"
    return None


def is_leaving(mesh: Mesh, product: Product) -> bool:
    """Whether the product's domain is suspended where it lies: nothing stands for it, unless it is granted."""
    if product.domain is None or product.server is None:
        return False
    domain = mesh.domain[product.domain]
    return domain.suspended or product.server.region in domain.suspended_regions


def _refused(
    mesh: Mesh, entitlements: Iterable[Entitlement], taggable: Taggable
) -> dict[tuple[str, str], tuple[Limit, str]]:
    """(entitlement, table) → why it cannot be granted by itself, whatever else the role reads."""
    return {
        (entitlement.id, table): refusal
        for entitlement in entitlements
        for table in entitlement.columns
        if (refusal := _refusal(mesh, entitlement, table, taggable))
    }


_NOBODY = Receivers()


def _received(
    mesh: Mesh, entitlements: Iterable[Entitlement], refused: dict[tuple[str, str], tuple[Limit, str]]
) -> dict[tuple[AccessRole, str], Receivers]:
    """(role, product) → the warehouses that receive it. Adds to `refused` what none receives."""
    granted = [
        (entitlement, table)
        for entitlement in entitlements
        for table in entitlement.columns
        if is_granted_in_warehouse(mesh.product[entitlement.product]) and (entitlement.id, table) not in refused
    ]
    received = receivers(mesh, ((entitlement.role, entitlement.product) for entitlement, _ in granted))
    for entitlement, table in granted:
        if refusal := received[entitlement.role, entitlement.product].refusal:
            refused[entitlement.id, table] = refusal
    return received


def _readable(
    entitlements: Iterable[Entitlement], refused: Container[tuple[str, str]]
) -> dict[tuple[AccessRole, str, str], set[str]]:
    """The columns of a table that a role reads by all of its entitlements that are not refused."""
    columns: dict[tuple[AccessRole, str, str], set[str]] = {}
    for entitlement in entitlements:
        for table, names in entitlement.columns.items():
            if (entitlement.id, table) not in refused:
                columns.setdefault((entitlement.role, entitlement.product, table), set()).update(names)
    return columns


def _hidden_key(
    mesh: Mesh, entitlement: Entitlement, table: str, readable: Mapping[tuple[AccessRole, str, str], set[str]]
) -> tuple[Limit, str] | None:
    product = mesh.product[entitlement.product]
    columns = product.tables_by_name[table].columns if is_granted_in_lake(product) else ()
    keys = {column.name for column in columns if column.partition_key}
    if hidden := sorted(keys - readable[entitlement.role, entitlement.product, table]):
        return PARTITION_KEY, f"role `{entitlement.role.id}` may not read partition key `{hidden[0]}` of `{table}`"
    return None


def _refusal(mesh: Mesh, entitlement: Entitlement, table: str, taggable: Taggable) -> tuple[Limit, str] | None:
    product = mesh.product[entitlement.product]
    account = mesh.account[entitlement.role.account]
    if product.server is None or product.domain is None or product.tables_by_name[table].location is None:
        return UNBOUND, f"product `{product.id}` has no domain, or no server that Meshwarden can grant on"
    if is_granted_in_warehouse(product):
        return unassumable(mesh, entitlement.role)
    if product.server.location is None:
        return LOCATION, f"nobody says where in S3 the data of `{product.id}` lie"
    if product.server.region not in account.regions:
        return (
            CONSUMER_REGION,
            f"`{product.id}` lies in {product.server.region}, which account {account.id} does not declare",
        )
    if untrusting := unassumable(mesh, entitlement.role):
        return untrusting
    if untagged := _untagged(mesh, product, (product.server.region, product.domain), taggable):
        return untagged
    classes = {product.class_ids[table][column] for column in entitlement.columns[table]}
    if unvalued := sorted(classes - taggable.classes[product.server.region, product.domain]):
        return (
            TAG_VALUES,
            f"the LF-tag of the classes of domain `{product.domain}` has no value left for `{unvalued[0]}`",
        )
    return None


def _untagged(mesh: Mesh, product: Product, place: tuple[str, str], taggable: Taggable) -> tuple[Limit, str] | None:
    """What keeps a product without an LF-tag: no room for the tags of its domain, or for its value of them."""
    region, domain = place
    if place not in taggable.classes:
        where = f"account {mesh.governance_account.id} has no room in {region}"
        return TAG_KEYS, f"{where} for the two LF-tags of domain `{domain}`"
    if product.id not in taggable.products:
        return TAG_VALUES, f"the LF-tag of domain `{domain}` has no value left for `{product.id}`"
    return None
