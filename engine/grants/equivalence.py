"""Does the plan, evaluated as AWS would, give each access role exactly what it is entitled to? The plan alone is read.

    granted(role) = the union of what is realised of the role's entitlements      (what should be)
    evaluated(role) = what its grants open, column by column                       (what would be)

Nothing less, nothing more; and a role is assumed by those it is meant for, exactly while it is granted something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Literal

from engine.errors import EquivalenceError
from engine.grants.access_role.evaluate import assumable_by
from engine.grants.lf_column.evaluate import readable_by_name
from engine.grants.lf_tag.evaluate import Place, readable_by_tags
from engine.model.plan import Grant, Plan

Column = tuple[str, str, str]
"""Product, table, column."""


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """A column that a role lacks or has in excess, with the grant at fault; or who may or may not assume it."""

    role: str
    kind: Literal["missing", "excess"]
    product: str
    table: str
    column: str
    grant: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared: columns are (role, column) pairs that are entitled and realised."""

    roles: int
    columns: int
    differences: tuple[Difference, ...]


def compare(plan: Plan) -> Comparison:
    """Evaluates the plan as AWS would, and compares. Raises EquivalenceError for a document it cannot evaluate."""
    expected = granted_columns(plan)
    products = {(item.catalog, item.region, item.database): item.product for item in plan.assignments}
    principals = {role.arn: role.id for role in plan.access_roles}
    opened: dict[str, set[Column]] = {}
    differences = [*_clashes(plan), *(_stranger(grant) for grant in plan.grants if grant.principal not in principals)]
    for grant, places in chain(readable_by_tags(plan), readable_by_name(plan)):
        if role := principals.get(grant.principal):
            opens = {_column(products, place) for place in places}
            differences.extend(_excess(role, column, grant.id) for column in opens - expected.get(role, set()))
            opened.setdefault(role, set()).update(opens)
    for role, wanted in expected.items():
        differences.extend(_missing(plan, role, column) for column in wanted - opened.get(role, set()))
    differences.extend(_trust_differences(plan, expected))
    compared = sum(map(len, expected.values()))
    return Comparison(len(plan.access_roles), compared, tuple(sorted(differences)))


def check_equivalence(plan: Plan) -> None:
    """Raises EquivalenceError, naming the first differences, unless the plan gives exactly what was decided."""
    differences = compare(plan).differences
    if differences:
        shown = "\n".join(f"  {difference.text}" for difference in differences[:10])
        raise EquivalenceError(f"the plan differs from the entitlements in {len(differences)} places:\n{shown}")


def granted_columns(plan: Plan) -> dict[str, set[Column]]:
    """Role id → the union of what is realised of its entitlements."""
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    granted: dict[str, set[Column]] = {}
    for entitlement in plan.entitlements:
        for table, columns in entitlement.columns.items():
            if (entitlement.id, table) not in unrealised:
                of_role = granted.setdefault(entitlement.role.id, set())
                of_role.update((entitlement.product, table, column) for column in columns)
    return granted


def _last_ends(plan: Plan) -> dict[str, datetime]:
    """Role id → the end of the last entitlement of which something is realised."""
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    ends: dict[str, datetime] = {}
    for entitlement in plan.entitlements:
        if any((entitlement.id, table) not in unrealised for table in entitlement.columns):
            role = entitlement.role.id
            ends[role] = max(entitlement.end, ends.get(role, entitlement.end))
    return ends


def _column(products: dict[tuple[str, str, str], str], place: Place) -> Column:
    catalog, region, database, table, column = place
    return products.get((catalog, region, database), f"{catalog}/{region}/{database}"), table, column


def _stranger(grant: Grant) -> Difference:
    text = f"grant `{grant.id}` goes to `{grant.principal}`, which is no access role"
    return Difference(grant.role, "excess", grant.product, "", "", grant.id, text)


def _missing(plan: Plan, role: str, column: Column) -> Difference:
    product, table, name = column
    near = next((grant.id for grant in plan.grants if grant.role == role and grant.product == product), "")
    fault = f"see grant `{near}`" if near else "no grant names the product"
    text = f"role `{role}` is entitled to `{product}/{table}/{name}` and would not read it; {fault}"
    return Difference(role, "missing", product, table, name, near, text)


def _excess(role: str, column: Column, grant: str) -> Difference:
    product, table, name = column
    text = f"role `{role}` would read `{product}/{table}/{name}`, to which it is not entitled, by grant `{grant}`"
    return Difference(role, "excess", product, table, name, grant, text)


def _clashes(plan: Plan) -> Iterator[Difference]:
    """Two things of one name in AWS: what is granted on one is granted on the other."""
    named = [
        *((f"database `{item.database}` of {item.region}", item.product) for item in plan.assignments),
        *((f"role `{role.arn}`", role.id) for role in plan.access_roles),
        *((f"policy `{policy.arn}`", policy.id) for policy in plan.session_policies),
        *(
            (f"policy `{role.account}/{name}`", f"{role.id}/{name}")
            for role in plan.access_roles
            for name in role.policies
        ),
        *(
            (f"value `{value}` of {item.region}", item.product)
            for item in plan.assignments
            for value in item.tags.items()
        ),
    ]
    first: dict[str, str] = {}
    for name, thing in named:
        if first.setdefault(name, thing) != thing:
            text = f"`{thing}` and `{first[name]}` share {name}"
            yield Difference(thing, "excess", "", "", "", name, text)


def _trust_differences(plan: Plan, expected: dict[str, set[Column]]) -> Iterator[Difference]:
    ends = _last_ends(plan)
    for role in plan.access_roles:
        if role.id in ends and assumable_by(role, ends[role.id]):
            text = f"role `{role.id}` could be assumed when the last of its entitlements is over"
            yield Difference(role.id, "excess", "", "", "", "trust", text)
        meant = frozenset(role.trusted) if expected.get(role.id) else frozenset[str]()
        may = assumable_by(role, plan.now)
        for arn in sorted(may ^ meant):
            kind: Literal["missing", "excess"] = "excess" if arn in may else "missing"
            verb = "could assume" if arn in may else "could not assume"
            text = f"`{arn}` {verb} role `{role.id}`, against the plan's word"
            yield Difference(role.id, kind, "", "", "", arn, text)
