"""What ends at once in the warehouses when an agreement is over: every datashare that can stand under it, by its name.

Names are functions of what is declared, so no plan is asked what once was granted. What another entitlement still needs
of a datashare stays, as narrow as that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import PlanError
from engine.grants import names
from engine.grants.datashare import things
from engine.grants.datashare.compile import target_between, warehouse_plans, warehouse_tables
from engine.grants.datashare.invocations import Share, shares
from engine.grants.datashare.live import expected_shares
from engine.model.agreements import Agreement
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import Grant, Plan, View
from engine.model.standing import Standing, Thing


@dataclass(frozen=True, slots=True)
class SharePart:
    """A datashare, or grants on views, at its widest; `needed` is what is planned of it once the agreement is over.

    `role_ends`: nothing else is planned for the database role where it reads.
    """

    widest: Share
    needed: Share | None
    role_ends: bool

    @property
    def thing(self) -> Thing:
        """What it is on the producer's side."""
        kind = things.SCHEMA if self.widest.direct else things.SHARE
        return things.inside(kind, self.widest.producer, self.widest.target.name)

    @property
    def database(self) -> Thing:
        return things.inside(things.DATABASE, self.widest.consumer, str(self.widest.target.database))

    @property
    def role(self) -> Thing:
        return things.inside(things.ROLE, self.widest.consumer, self.widest.target.redshift_role)


def widest_shares(mesh: Mesh, agreement: Agreement) -> tuple[Share, ...]:
    """What an agreement can have given in warehouses. Raises PlanError where that is nothing."""
    product = mesh.product[agreement.product]
    tables = next((item for item in warehouse_tables(mesh) if item.product == product.id), None)
    if tables is None or not tables.tables:
        raise PlanError(f"product `{product.id}` lies in no warehouse, so nothing can be cut there")
    found = tuple(_widest(mesh, agreement, tables.warehouse, tables.tables))
    if not found:
        accounts = ", ".join(agreement.accounts)
        raise PlanError(f"no warehouse is declared in {accounts}, so nothing can be cut under `{agreement.id}`")
    return found


def parts_after(plan: Plan, widest: tuple[Share, ...]) -> tuple[SharePart, ...]:
    """Each with what `plan` still holds of it."""
    held = shares(plan)
    needed = {(share.producer.id, share.target.name): share for share in held}
    reading = {(share.consumer.id, share.target.redshift_role) for share in held}
    return tuple(
        SharePart(
            share,
            needed.get((share.producer.id, share.target.name)),
            (share.consumer.id, share.target.redshift_role) not in reading,
        )
        for share in widest
    )


def unplanned(plan: Plan, found: Standing) -> list[Thing]:
    """What a producer's warehouse holds and should not; grants of others are theirs to take back."""
    expected = expected_shares(plan)
    others = things.lets_in_others({}, found)
    return sorted(
        thing
        for thing, value in found.items()
        if thing not in others
        and (thing not in expected or (thing.kind != things.CONSUMER and expected[thing] != value))
    )


def _widest(mesh: Mesh, agreement: Agreement, producer: str, tables: dict[str, str]) -> Iterator[Share]:
    warehouses = {warehouse.id: warehouse for warehouse in warehouse_plans(mesh)}
    product = mesh.product[agreement.product]
    views = tuple(
        View(table.name, tuple(sorted(column.name for column in table.columns)))
        for table in sorted(product.tables, key=lambda table: table.name)
        if table.name in tables
    )
    for account in agreement.accounts:
        role = AccessRole(agreement.persona, agreement.purpose, account)
        for consumer in warehouses.values():
            if consumer.account == account:
                target = target_between(mesh, role, product.id, producer, consumer.id, views)
                grant = Grant(
                    id=f"datashare/{role.id}/{product.id}/{consumer.id}",
                    kind="datashare",
                    account=warehouses[producer].account,
                    region=warehouses[producer].region,
                    domain=str(product.domain),
                    product=product.id,
                    role=role.id,
                    principal=names.role_arn(role),
                    permissions=("SELECT",),
                    target=target,
                    entitlements=(),
                    reason=f"what `{agreement.id}` can have given",
                )
                yield Share(grant, target, warehouses[producer], consumer, tables)
