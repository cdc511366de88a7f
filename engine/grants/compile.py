"""Entitlements → the plan. Each kind of grant is compiled in its own folder; here they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.grants.access_role.compile import role_plan
from engine.grants.datashare.compile import share_grants, warehouse_plans, warehouse_tables
from engine.grants.lf_column.compile import column_grants
from engine.grants.lf_tag.compile import database_grant, table_grants, tag_assignments, tag_ontology
from engine.grants.link.compile import link_grant, link_plan
from engine.grants.location.compile import location_plans, opt_ins
from engine.grants.quotas import fit, grouped, planned_roles
from engine.grants.realise import Realised
from engine.grants.session_policy.compile import session_policy
from engine.model.decided import Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import PLAN_VERSION, Grant, Plan


def compile_plan(
    mesh: Mesh, entitlements: Iterable[Entitlement], policy_hash: str, now: datetime, valid_until: datetime | None
) -> Plan:
    """The plan that grants these entitlements, as far as AWS can say them exactly; the rest is in `unrealised`."""
    entitled = sorted(entitlements, key=lambda entitlement: entitlement.id)
    parts, unrealised, taggable = fit(mesh, entitled)
    by_role = grouped(parts, lambda part: part.role)
    by_product = grouped(parts, lambda part: (part.role, part.product))
    grants = [grant for of in by_product.values() for grant in _grants(mesh, of)]
    in_lake = [part for part in parts if not part.warehouses]
    opted_in = [opt_in for of in by_product.values() for opt_in in opt_ins(mesh, of)]
    return Plan(
        version=PLAN_VERSION,
        policy_hash=policy_hash,
        facts_hash=mesh.content_hash,
        now=now,
        valid_until=valid_until,
        ontology=tag_ontology(mesh, taggable),
        assignments=tag_assignments(mesh, taggable),
        locations=location_plans(mesh),
        warehouses=warehouse_plans(mesh),
        warehouse_tables=warehouse_tables(mesh),
        access_roles=tuple(role_plan(mesh, role, by_role.get(role, [])) for role in planned_roles(mesh, parts)),
        links=tuple(
            link_plan(mesh, *at) for at in sorted({(part.role.account, part.product, part.region) for part in in_lake})
        ),
        opt_ins=tuple(sorted(opted_in, key=lambda opt_in: opt_in.id)),
        session_policies=tuple(session_policy(mesh, *of, by_product[of]) for of in sorted(by_product)),
        entitlements=tuple(entitled),
        grants=tuple(sorted(grants, key=lambda grant: grant.id)),
        unrealised=tuple(sorted(unrealised, key=lambda item: (item.entitlement, item.table))),
    )


def _grants(mesh: Mesh, parts: Sequence[Realised]) -> list[Grant]:
    """The grants of one (access role, product): tags where they say exactly what is entitled, else names, or shares."""
    if parts[0].warehouses:
        return share_grants(mesh, parts)
    by_tags = [part for part in parts if part.entitlement.whole]
    if by_tags and not _tags_are_exact(mesh, by_tags):
        by_tags = []
    by_name = [part for part in parts if part not in by_tags]
    return [
        database_grant(mesh, parts),
        link_grant(parts),
        *(table_grants(mesh, by_tags) if by_tags else []),
        *(column_grants(mesh, by_name) if by_name else []),
    ]


def _tags_are_exact(mesh: Mesh, parts: Sequence[Realised]) -> bool:
    """Whether these parts' classes, in every table of the product, are these parts' columns and no others."""
    class_ids = mesh.product[parts[0].product].class_ids
    wanted = {(table, column) for part in parts for table, columns in part.columns.items() for column in columns}
    classes = {class_ids[table][column] for table, column in wanted}
    granted = {
        (table, column) for table, ids in class_ids.items() for column, class_id in ids.items() if class_id in classes
    }
    return granted == wanted
