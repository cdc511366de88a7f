"""Does the plan, evaluated as AWS would, give each access role exactly what it is entitled to? The plan alone is read.

    granted(role) = the union of what is realised of the role's entitlements      (what should be)
    evaluated(role) = what its grants open, column by column                       (what would be)

Nothing less, nothing more. A role is assumed by those it is meant for, exactly while it is granted something; and its
documents, those of its sessions and its links open its tables, at every instant no more than is granted then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from engine.errors import EquivalenceError
from engine.grants.access_role.evaluate import assumable_by
from engine.grants.datashare.differences import clashing, tag_differences, warehouse_differences, warehoused
from engine.grants.difference import Difference
from engine.grants.granted import Column, granted_columns, granted_terms, last_end
from engine.grants.iam import holds_after, holds_until
from engine.grants.lf_column.evaluate import readable_by_name
from engine.grants.lf_tag.evaluate import Database, Place, describable_by_tags, readable_by_tags
from engine.grants.location.evaluate import handed_out
from engine.grants.reach import reach_differences
from engine.model.instants import format_instant
from engine.model.plan import ColumnTarget, Grant, LinkTarget, Plan, ShareTarget, TagTarget

_TARGETS = {"lf_tag": TagTarget, "lf_column": ColumnTarget, "link": LinkTarget, "datashare": ShareTarget}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared: columns are (role, column) pairs that are entitled and realised."""

    roles: int
    sessions: int
    columns: int
    differences: tuple[Difference, ...]


def compare(plan: Plan) -> Comparison:
    """Evaluates the plan as AWS would, and compares. Raises EquivalenceError for a document it cannot evaluate."""
    expected = granted_columns(plan)
    products = {(item.catalog, item.region, item.database): item.product for item in plan.assignments}
    principals = {role.arn: role.id for role in plan.access_roles}
    hands_out, in_warehouses = handed_out(plan), warehoused(plan)
    opened: dict[str, set[Column]] = {}
    differences = [*_clashes(plan), *(_stranger(grant) for grant in plan.grants if grant.principal not in principals)]
    differences.extend(_mistaken(grant) for grant in plan.grants if not isinstance(grant.target, _TARGETS[grant.kind]))
    for grant, places in chain(readable_by_tags(plan), readable_by_name(plan)):
        if role := principals.get(grant.principal):
            opens = {_column(products, place) for place in places}
            differences.extend(_excess(role, column, grant.id) for column in opens - expected.get(role, set()))
            handed = hands_out(grant.principal, places)
            read = opens if handed is places else {_column(products, place) for place in handed}
            opened.setdefault(role, set()).update(read)
    for role, wanted in expected.items():
        in_lake = {column for column in wanted if column[0] not in in_warehouses}
        differences.extend(_missing(plan, role, column) for column in in_lake - opened.get(role, set()))
    differences.extend(warehouse_differences(plan, expected))
    differences.extend(_trust_differences(plan))
    differences.extend(_sight_differences(plan, expected, products))
    differences.extend(reach_differences(plan))
    compared = sum(map(len, expected.values()))
    return Comparison(len(plan.access_roles), len(plan.session_policies), compared, tuple(sorted(differences)))


def check_equivalence(plan: Plan) -> None:
    """Raises EquivalenceError, naming the first differences, unless the plan gives exactly what was decided."""
    differences = compare(plan).differences
    if differences:
        shown = "\n".join(f"  {difference.text}" for difference in differences[:10])
        raise EquivalenceError(f"the plan differs from the entitlements in {len(differences)} places:\n{shown}")


def _column(products: dict[tuple[str, str, str], str], place: Place) -> Column:
    catalog, region, database, table, column = place
    return products.get((catalog, region, database), f"{catalog}/{region}/{database}"), table, column


def _stranger(grant: Grant) -> Difference:
    text = f"grant `{grant.id}` goes to `{grant.principal}`, which is no access role"
    return Difference(grant.role, "excess", grant.product, "", "", grant.id, text)


def _mistaken(grant: Grant) -> Difference:
    text = f"grant `{grant.id}` is on nothing that a grant of kind `{grant.kind}` is on"
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
    """Two things of one name in AWS, or one that stands there twice: what is granted on one is granted on the other."""
    named = [
        *((f"LF-tag `{key.key}` of {key.region}", key.domain) for key in plan.ontology),
        *((f"database `{item.database}` of {item.region}", item.product) for item in plan.assignments),
        *(
            (f"table `{item.database}/{table.name}` of {item.region}", item.product)
            for item in plan.assignments
            for table in item.tables
        ),
        *((f"role `{role.arn}`", role.id) for role in plan.access_roles),
        *((f"policy `{policy.arn}`", policy.id) for policy in plan.session_policies),
        *(
            (f"policy `arn:aws:iam::{role.account}:policy/{name}`", f"{role.id}/{name}")
            for role in plan.access_roles
            for name in role.policies
        ),
        *(
            (f"value `{value}` of {item.region}", item.product)
            for item in plan.assignments
            for value in item.tags.items()
        ),
        *((f"link `{link.account}/{link.name}` of {link.region}", link.id) for link in plan.links),
        *((f"the place of product `{item.product}`", f"{item.catalog}/{item.region}") for item in plan.assignments),
        *clashing(plan),
    ]
    first: dict[str, str] = {}
    for name, thing in named:
        if name in first:
            text = f"`{thing}` and `{first[name]}` share {name}"
            yield Difference(thing, "excess", "", "", "", name, text)
        first.setdefault(name, thing)


def _sight_differences(
    plan: Plan, expected: dict[str, set[Column]], products: dict[Database, str]
) -> Iterator[Difference]:
    """A role sees the central databases of what it reads, and no others."""
    principals = {role.arn: role.id for role in plan.access_roles}
    seen: dict[tuple[str, str], str] = {}
    for one, databases in describable_by_tags(plan):
        for database in databases if one.principal in principals else ():
            seen[principals[one.principal], products[database]] = one.id
    in_warehouses = warehoused(plan)
    wanted = {
        (role, product)
        for role, columns in expected.items()
        for product, _, _ in columns
        if product not in in_warehouses
    }
    for role, product in wanted - seen.keys():
        text = f"role `{role}` is entitled to `{product}` and would not see its database"
        yield Difference(role, "missing", product, "", "", "", text)
    for role, product in seen.keys() - wanted:
        grant = seen[role, product]
        text = f"role `{role}` would see `{product}`, to which it is not entitled, by grant `{grant}`"
        yield Difference(role, "excess", product, "", "", grant, text)


def _trust_differences(plan: Plan) -> Iterator[Difference]:
    ends: dict[str, datetime] = {}
    for (id, _), terms in granted_terms(plan).items():
        ends[id] = max(ends.get(id, plan.now), last_end(terms))
    for role in plan.access_roles:
        end = ends.get(role.id, plan.now)
        may, meant = assumable_by(role), set(role.trusted) if role.id in ends else set[str]()
        yield from tag_differences(role, meant, plan.now, end)
        for arn in sorted(may.keys() | meant):
            windows = may.get(arn, ())
            if arn in meant and not holds_until(windows, plan.now, end):
                text = f"`{arn}` could not assume role `{role.id}` until {format_instant(end)}, as it should"
                yield Difference(role.id, "missing", "", "", "", arn, text)
            if holds_after(windows, end if arn in meant else plan.now):
                since = f"after {format_instant(end)}" if arn in meant else "against the plan's word"
                text = f"`{arn}` could assume role `{role.id}` {since}"
                yield Difference(role.id, "excess", "", "", "", arn, text)
