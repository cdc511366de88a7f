"""Where what stands in AWS differs from what should: both ways, with grants that others made as kinds of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.grants.datashare import things
from engine.grants.lf_grants_live import IAM_ALLOWED_PRINCIPALS, KIND, database_of, principal_of
from engine.model.plan import Plan
from engine.model.standing import Standing, Thing, Value

DriftKind = Literal["missing", "changed", "excess", "by others", "IAMAllowedPrincipals"]


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: `expected` is None for what nobody planned, `found` for what is not there."""

    kind: DriftKind
    thing: Thing
    expected: Value | None
    found: Value | None
    mend: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What drift answers for.

    `admins` are the declared lake administrators of each (account, region), who hold everything anyway. `databases` are
    the central databases and the links of each (account, region); grants on others are their owners' affair, and so
    are, outside of the governance account, grants on no database at all. `roles` are the access roles' ARNs.
    """

    governance: str
    admins: dict[tuple[str, str], frozenset[str]]
    databases: dict[tuple[str, str], frozenset[str]]
    hybrid: frozenset[tuple[str, str, str]]
    roles: frozenset[str]


def scope_of(plan: Plan, governance: str, admins: dict[tuple[str, str], frozenset[str]], found: Standing) -> Scope:
    """The central databases and links that are planned or stand, and the plan's access roles."""
    databases: dict[tuple[str, str], set[str]] = {}
    for item in plan.assignments:
        databases.setdefault((item.catalog, item.region), set()).add(item.database)
    for link in plan.links:
        databases.setdefault((link.account, link.region), set()).add(link.name)
    for thing in found:
        if thing.kind == "resource link":
            databases.setdefault((thing.account, thing.region), set()).add(thing.name)
    return Scope(
        governance,
        admins,
        {place: frozenset(names) for place, names in databases.items()},
        _hybrid(plan),
        frozenset(role.arn for role in plan.access_roles),
    )


def _hybrid(plan: Plan) -> frozenset[tuple[str, str, str]]:
    products = {location.product for location in plan.locations if location.hybrid}
    return frozenset(
        (item.catalog, item.region, item.database) for item in plan.assignments if item.product in products
    )


def compare_standing(expected: Standing, found: Standing, scope: Scope) -> tuple[Drift, ...]:
    """Every difference, sorted by account, region and name. What is out of scope is left to its owner."""
    return tuple(
        sorted(
            _differences(expected, found, scope),
            key=lambda drift: (drift.thing.account, drift.thing.region, drift.thing.kind, drift.thing.name),
        )
    )


def _differences(expected: Standing, found: Standing, scope: Scope) -> Iterator[Drift]:
    for thing, value in expected.items():
        stands = found.get(thing)
        if stands is None:
            yield Drift("missing", thing, value, None, _mend("missing", thing))
        elif stands != value:
            yield Drift("changed", thing, value, stands, _mend("changed", thing))
    others = things.lets_in_others(expected, found)
    for thing, stands in found.items():
        if thing not in expected and (kind := "by others" if thing in others else _kind_of(thing, scope)):
            yield Drift(kind, thing, None, stands, _mend(kind, thing))


_MENDS: dict[DriftKind, str] = {
    "missing": "deploy its stack",
    "changed": "deploy its stack; what Terraform does not mend, undo by hand",
    "excess": "deploy its stack; if it stays, no state knows it: remove it by hand",
    "by others": "revoke it, or ask for an agreement: nobody has decided it",
    "IAMAllowedPrincipals": "revoke it: whoever IAM lets in reads past Lake Formation",
}
_IN_WAREHOUSE = (
    "deploy its stack; Terraform does not read warehouses, so if it stays, replace its settled invocation"
    " (docs/deploy.md, what was changed in a warehouse)"
)
_MENDS_IN_WAREHOUSE: dict[DriftKind, str] = {
    "missing": _IN_WAREHOUSE,
    "changed": _IN_WAREHOUSE,
    "excess": f"{_IN_WAREHOUSE}; if no invocation knows it, drop it by hand",
}


def _mend(kind: DriftKind, thing: Thing) -> str:
    if things.warehouse_of(thing) is not None and kind in _MENDS_IN_WAREHOUSE:
        return _MENDS_IN_WAREHOUSE[kind]
    return _MENDS[kind]


def _kind_of(thing: Thing, scope: Scope) -> DriftKind | None:
    """What an unplanned thing is; None when it is its account's own affair."""
    if thing.kind != KIND:
        return "excess"
    principal = principal_of(thing)
    if principal in scope.roles or ":role/mw." in principal:
        return "excess"
    place = (thing.account, thing.region)
    if principal in scope.admins.get(place, frozenset()):
        return None
    database = database_of(thing)
    if database is None and thing.account != scope.governance:
        return None
    if database is not None and database not in scope.databases.get(place, frozenset()):
        return None
    if principal != IAM_ALLOWED_PRINCIPALS:
        return "by others"
    return None if database is not None and (*place, database) in scope.hybrid else "IAMAllowedPrincipals"
