"""What one plan gives and takes against another, in words: the `+ - ~` lines that a person reads before a deploy.

Only what stands in AWS is compared, and what cannot stand there. Two plans of other instants or other facts that grant
the same have no changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Generic, Literal, TypeVar

from engine.grants.diff_words import (
    assignment_differences,
    count,
    entitlement_differences,
    entitlement_words,
    grant_differences,
    grant_words,
    hours,
    link_differences,
    listed,
    location_words,
    opt_in_words,
    role_differences,
    session_differences,
    set_differences,
    trusted,
    warehouse_words,
)
from engine.model.decided import Entitlement
from engine.model.plan import (
    DatabaseTags,
    Grant,
    LinkPlan,
    LocationPlan,
    OptIn,
    Plan,
    RolePlan,
    SessionPolicyPlan,
    TagKey,
    Unrealised,
    WarehousePlan,
    WarehouseTables,
)

T = TypeVar("T")

Sign = Literal["+", "-", "~"]
SectionName = Literal[
    "entitlements",
    "access_roles",
    "grants",
    "session_policies",
    "links",
    "opt_ins",
    "ontology",
    "assignments",
    "locations",
    "warehouses",
    "warehouse_tables",
    "unrealised",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that comes (`+`), goes (`-`) or becomes other (`~`).

    `group` is the access role it concerns, or the place when it serves several; `words` say what it is or how it
    changes, `reason` why it stands or no longer does, empty where the words suffice.
    """

    sign: Sign
    section: SectionName
    group: str
    id: str
    words: str
    reason: str = ""


def diff_plans(before: Plan | None, after: Plan) -> tuple[Change, ...]:
    """Every change from `before` (None: nothing stands yet) to `after`, sorted by group; empty when there is none."""
    changes: list[Change] = []
    for section in _sections(before, after):
        changes.extend(section.changes(before, after))
    order = [section.name for section in _sections(before, after)]
    return tuple(sorted(changes, key=lambda change: (change.group, order.index(change.section), change.id)))


@dataclass(frozen=True, slots=True)
class _Section(Generic[T]):
    """How the items of one field of the plan are told apart and put into words.

    An item that differs in nothing that the words cover is a change all the same, named by its fields.
    """

    name: SectionName
    items: Callable[[Plan], Sequence[T]]
    id: Callable[[T], str]
    group: Callable[[T], str]
    words: Callable[[T], str]
    differences: Callable[[T, T], Iterable[str]] = lambda _old, _new: ()
    reason: Callable[[Sign, T], str] = lambda _sign, _item: ""

    def changes(self, before: Plan | None, after: Plan) -> Iterator[Change]:
        old = {self.id(item): item for item in self.items(before)} if before else {}
        new = {self.id(item): item for item in self.items(after)}
        for id in old.keys() | new.keys():
            if id not in old:
                yield self._change("+", new[id], self.words(new[id]))
            elif id not in new:
                yield self._change("-", old[id], self.words(old[id]))
            elif old[id] != new[id]:
                differences = list(self.differences(old[id], new[id])) or _fields_apart(old[id], new[id])
                if differences:
                    yield self._change("~", new[id], "; ".join(differences))

    def _change(self, sign: Sign, item: T, words: str) -> Change:
        return Change(sign, self.name, self.group(item), self.id(item), words, self.reason(sign, item))


_Any = (
    _Section[Entitlement]
    | _Section[RolePlan]
    | _Section[Grant]
    | _Section[SessionPolicyPlan]
    | _Section[LinkPlan]
    | _Section[TagKey]
    | _Section[OptIn]
    | _Section[DatabaseTags]
    | _Section[LocationPlan]
    | _Section[WarehousePlan]
    | _Section[WarehouseTables]
    | _Section[Unrealised]
)


def _sections(before: Plan | None, after: Plan) -> tuple[_Any, ...]:
    standing = {entitlement.id for entitlement in after.entitlements}
    plans = [plan for plan in (before, after) if plan]
    roles = {entitlement.id: entitlement.role.id for plan in plans for entitlement in plan.entitlements}

    def grant_reason(sign: Sign, grant: Grant) -> str:
        gone = [id for id in grant.entitlements if id not in standing]
        if sign != "-" or not gone:
            return grant.reason
        return f"{listed(gone)} {'is' if len(gone) == 1 else 'are'} no more"

    return (
        _Section(
            "entitlements",
            lambda plan: plan.entitlements,
            lambda entitlement: entitlement.id,
            lambda entitlement: f"access role {entitlement.role.id}",
            entitlement_words,
            entitlement_differences,
        ),
        _Section(
            "access_roles",
            lambda plan: plan.access_roles,
            lambda role: role.id,
            lambda role: f"access role {role.id}",
            lambda role: f"IAM role `{role.name}`, sessions up to {hours(role.max_session)}, {trusted(role.trusted)}",
            role_differences,
        ),
        _Section(
            "grants",
            lambda plan: plan.grants,
            lambda grant: grant.id,
            lambda grant: f"access role {grant.role}",
            grant_words,
            grant_differences,
            grant_reason,
        ),
        _Section(
            "session_policies",
            lambda plan: plan.session_policies,
            lambda policy: policy.id,
            lambda policy: f"access role {policy.role}",
            lambda policy: f"sessions for `{policy.product}`, up to {hours(policy.longest_session)}",
            session_differences,
        ),
        _Section(
            "links",
            lambda plan: plan.links,
            lambda link: link.id,
            lambda link: f"consumer account {link.account}",
            lambda link: f"resource link `{link.name}` in {link.region} to database `{link.target_database}`",
            link_differences,
        ),
        _Section(
            "opt_ins",
            lambda plan: plan.opt_ins,
            lambda opt_in: opt_in.id,
            lambda opt_in: f"access role {opt_in.role}",
            opt_in_words,
        ),
        _Section(
            "ontology",
            lambda plan: plan.ontology,
            lambda key: f"{key.region}/{key.key}",
            lambda key: f"central catalog {key.region}",
            lambda key: f"LF-tag `{key.key}` with {count(key.values, 'value')}",
            lambda old, new: set_differences("value", old.values, new.values),
        ),
        _Section(
            "assignments",
            lambda plan: plan.assignments,
            lambda database: f"{database.region}/{database.database}",
            lambda database: f"central catalog {database.region}",
            lambda database: f"tags of `{database.product}` on {count(database.tables, 'table')}",
            assignment_differences,
        ),
        _Section(
            "locations",
            lambda plan: plan.locations,
            lambda location: f"{location.region}/{location.product}",
            lambda location: f"central catalog {location.region}",
            location_words,
            lambda old, new: [f"{location_words(new)}, before {location_words(old)}"],
        ),
        _Section(
            "warehouses",
            lambda plan: plan.warehouses,
            lambda warehouse: warehouse.id,
            lambda warehouse: f"warehouse {warehouse.id}",
            warehouse_words,
            lambda old, new: [f"{warehouse_words(new)}, before {warehouse_words(old)}"],
        ),
        _Section(
            "warehouse_tables",
            lambda plan: plan.warehouse_tables,
            lambda tables: tables.product,
            lambda tables: f"warehouse {tables.warehouse}",
            lambda tables: f"{count(list(tables.tables), 'table')} of `{tables.product}`",
            lambda old, new: set_differences("table", _located(old), _located(new)),
        ),
        _Section(
            "unrealised",
            lambda plan: plan.unrealised,
            lambda item: f"{item.entitlement}/{item.table}",
            lambda item: f"access role {roles[item.entitlement]}" if item.entitlement in roles else "unrealised",
            lambda item: f"table `{item.table}` of `{item.entitlement}` is granted nothing, by limit `{item.limit}`",
            lambda old, new: [f"limit `{new.limit}`, before `{old.limit}`" if old.limit != new.limit else new.reason],
            lambda sign, item: "" if sign == "-" else f"{item.reason}; {item.way_out}",
        ),
    )


def _located(tables: WarehouseTables) -> tuple[str, ...]:
    return tuple(f"{table} at {location}" for table, location in tables.tables.items())


def _fields_apart(old: object, new: object) -> list[str]:
    """The fields in which two items of one type differ, but for `reason`, which stands nowhere in AWS."""
    assert is_dataclass(old)
    assert not isinstance(old, type)
    names = [field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name)]
    return [f"other {name.replace('_', ' ')}" for name in names if name != "reason"]
