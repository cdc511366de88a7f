"""Which warehouses receive what a role reads in Amazon Redshift, and why no other does.

Every warehouse of the role's account in a region of its persona receives it, whatever the product's region: datashares
cross regions (https://docs.aws.amazon.com/redshift/latest/dg/across-region.html).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from engine.grants import names
from engine.grants.limits import ENCRYPTION, NO_WAREHOUSE, REDSHIFT_ROLES, REDSHIFT_SCHEMAS, Limit, allowance
from engine.model.decided import AccessRole
from engine.model.facts import Warehouse
from engine.model.mesh import Mesh

SESSION_TAG = "RedshiftDbRoles"
"""The session tag that names the database roles of a session in a serverless warehouse."""


@dataclass(frozen=True, slots=True)
class Receivers:
    """The warehouses that receive a product for a role, by id; `refusal` says why none does."""

    warehouses: tuple[str, ...] = ()
    refusal: tuple[Limit, str] | None = None


def warehouses_of(mesh: Mesh, role: AccessRole) -> list[Warehouse]:
    """The warehouses in which a role may read, by id; none in a region that is suspended."""
    persona, account = mesh.persona[role.persona], mesh.account[role.account]
    regions = set(persona.regions) - set(account.suspended_regions)
    return [item for item in mesh.warehouses if item.account == role.account and item.region in regions]


def session_tags(mesh: Mesh, role: AccessRole) -> dict[str, str]:
    """The tags by which a session of a role has its database role; none without a serverless warehouse to read in."""
    serverless = any(item.kind == "serverless" for item in warehouses_of(mesh, role))
    return {SESSION_TAG: names.redshift_role(role)} if serverless else {}


def receivers(mesh: Mesh, asking: Iterable[tuple[AccessRole, str]]) -> dict[tuple[AccessRole, str], Receivers]:
    """(role, product) → who receives it; where a warehouse is short of room, the first that ask have it."""
    room = _Room(mesh)
    return {key: _receivers(mesh, *key, room) for key in dict.fromkeys(asking)}


def can_share(producer: Warehouse, consumer: Warehouse) -> bool:
    """Whether AWS lets the one share with the other, as they are encrypted."""
    if producer.account == consumer.account:
        return producer.encrypted == consumer.encrypted
    return producer.encrypted and consumer.encrypted


class _Room:
    """Database roles and schemas that the warehouses hold so far."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._roles: dict[str, set[AccessRole]] = {}
        self._schemas: Counter[str] = Counter()

    def for_role(self, warehouse: Warehouse, role: AccessRole) -> bool:
        """Whether a warehouse has room for the role, and takes it."""
        roles = self._roles.setdefault(warehouse.id, set())
        if role not in roles and len(roles) >= allowance(REDSHIFT_ROLES, self._mesh.account[warehouse.account]):
            return False
        roles.add(role)
        return True

    def for_schema(self, warehouse: Warehouse) -> bool:
        """Whether a warehouse has room for one schema more, and takes it."""
        if self._schemas[warehouse.id] >= allowance(REDSHIFT_SCHEMAS, self._mesh.account[warehouse.account]):
            return False
        self._schemas[warehouse.id] += 1
        return True


def _receivers(mesh: Mesh, role: AccessRole, product: str, room: _Room) -> Receivers:
    server = mesh.product[product].server
    assert server is not None
    assert server.warehouse is not None
    producer = mesh.warehouse[server.warehouse]
    found = warehouses_of(mesh, role)
    if not found:
        where = f"account {role.account} has no warehouse in a region of persona `{role.persona}`"
        return Receivers(refusal=(NO_WAREHOUSE, f"`{product}` lies in warehouse `{producer.id}`, and {where}"))
    alike = [item for item in found if can_share(producer, item)]
    if not alike:
        refused = ", ".join(f"`{item.id}`" for item in found)
        return Receivers(refusal=(ENCRYPTION, f"warehouse `{producer.id}` cannot share with {refused}"))
    kept = [item for item in alike if room.for_role(item, role)]
    if not kept:
        refused = ", ".join(f"`{item.id}`" for item in alike)
        return Receivers(refusal=(REDSHIFT_ROLES, f"no room for the database role of `{role.id}` in {refused}"))
    kept = [item for item in kept if room.for_schema(producer)]
    if not kept:
        refused = f"no room in warehouse `{producer.id}` for the schema of `{role.id}` and `{product}`"
        return Receivers(refusal=(REDSHIFT_SCHEMAS, refused))
    return Receivers(tuple(item.id for item in kept))
