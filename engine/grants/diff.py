"""What one plan gives and takes against another, in words: the `+ - ~` lines that a person reads before a deploy.

Only what stands in AWS is compared, and what cannot stand there. Two plans of other instants or other facts that grant
the same have no changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import groupby
from typing import Generic, Literal, TypeVar

from engine.model.decided import Entitlement
from engine.model.instants import format_instant
from engine.model.plan import (
    ColumnTarget,
    DatabaseTags,
    Document,
    Grant,
    LinkPlan,
    LinkTarget,
    Plan,
    RolePlan,
    SessionPolicyPlan,
    TagKey,
    Unrealised,
)

T = TypeVar("T")

Sign = Literal["+", "-", "~"]
SectionName = Literal[
    "entitlements", "access_roles", "grants", "session_policies", "links", "ontology", "assignments", "unrealised"
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
    | _Section[DatabaseTags]
    | _Section[Unrealised]
)


def _sections(before: Plan | None, after: Plan) -> tuple[_Any, ...]:
    standing = {entitlement.id for entitlement in after.entitlements}
    plans = [plan for plan in (before, after) if plan]
    roles = {entitlement.id: entitlement.role.id for plan in plans for entitlement in plan.entitlements}

    def grant_reason(sign: Sign, grant: Grant) -> str:
        gone = [id for id in grant.entitlements if id not in standing]
        return f"{_listed(gone)} {_is(gone)} no more" if sign == "-" and gone else grant.reason

    return (
        _Section(
            "entitlements",
            lambda plan: plan.entitlements,
            lambda entitlement: entitlement.id,
            lambda entitlement: f"access role {entitlement.role.id}",
            _entitlement_words,
            _entitlement_differences,
        ),
        _Section(
            "access_roles",
            lambda plan: plan.access_roles,
            lambda role: role.id,
            lambda role: f"access role {role.id}",
            lambda role: f"IAM role `{role.name}`, sessions up to {_hours(role.max_session)}, {_trusted(role.trusted)}",
            _role_differences,
        ),
        _Section(
            "grants",
            lambda plan: plan.grants,
            lambda grant: grant.id,
            lambda grant: f"access role {grant.role}",
            _grant_words,
            _grant_differences,
            grant_reason,
        ),
        _Section(
            "session_policies",
            lambda plan: plan.session_policies,
            lambda policy: policy.id,
            lambda policy: f"access role {policy.role}",
            lambda policy: f"sessions for `{policy.product}`, up to {_hours(policy.longest_session)}",
            _session_differences,
        ),
        _Section(
            "links",
            lambda plan: plan.links,
            lambda link: link.id,
            lambda link: f"consumer account {link.account}",
            lambda link: f"resource link `{link.name}` in {link.region} to database `{link.target_database}`",
            lambda old, new: [
                f"points to `{new.target_database}` in {new.target_catalog}, before `{old.target_database}`"
            ],
        ),
        _Section(
            "ontology",
            lambda plan: plan.ontology,
            lambda key: f"{key.region}/{key.key}",
            lambda key: f"central catalog {key.region}",
            lambda key: f"LF-tag `{key.key}` with {_count(key.values, 'value')}",
            lambda old, new: _set_differences("value", old.values, new.values),
        ),
        _Section(
            "assignments",
            lambda plan: plan.assignments,
            lambda database: f"{database.region}/{database.database}",
            lambda database: f"central catalog {database.region}",
            lambda database: f"tags of `{database.product}` on {_count(database.tables, 'table')}",
            _assignment_differences,
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


def _entitlement_words(entitlement: Entitlement) -> str:
    tables = ", ".join(f"{_count(columns, 'column')} of `{table}`" for table, columns in entitlement.columns.items())
    return f"reads `{entitlement.product}`: {tables}; until {format_instant(entitlement.end)}"


def _entitlement_differences(old: Entitlement, new: Entitlement) -> Iterator[str]:
    for table in sorted(old.columns.keys() | new.columns.keys()):
        yield from _set_differences(f"`{table}`", old.columns.get(table, ()), new.columns.get(table, ()))
    for field, was, now in (
        ("version", str(old.version), str(new.version)),
        ("product", old.product, new.product),
        ("role", old.role.id, new.role.id),
        ("start", format_instant(old.start), format_instant(new.start)),
        ("end", format_instant(old.end), format_instant(new.end)),
        ("longest session", _hours(old.session), _hours(new.session)),
        ("covers", "whole product" if old.whole else "named tables", "whole product" if new.whole else "named tables"),
    ):
        if was != now:
            yield f"{field} {now}, before {was}"


def _role_differences(old: RolePlan, new: RolePlan) -> Iterator[str]:
    if old.name != new.name or old.arn != new.arn:
        yield f"IAM role `{new.name}`, before `{old.name}`"
    if old.max_session != new.max_session:
        yield f"sessions up to {_hours(new.max_session)}, before {_hours(old.max_session)}"
    if old.trusted != new.trusted:
        yield f"{_trusted(new.trusted)}, before {_trusted(old.trusted)}"
    yield from _document_differences("trust", old.trust, new.trust)
    for name in sorted(old.policies.keys() | new.policies.keys()):
        if name not in old.policies:
            yield f"policy `{name}` comes"
        elif name not in new.policies:
            yield f"policy `{name}` goes"
        else:
            yield from _document_differences(f"policy `{name}`", old.policies[name], new.policies[name])


def _session_differences(old: SessionPolicyPlan, new: SessionPolicyPlan) -> Iterator[str]:
    if old.longest_session != new.longest_session:
        yield f"up to {_hours(new.longest_session)}, before {_hours(old.longest_session)}"
    yield from _document_differences("policy", old.document, new.document)


def _document_differences(name: str, old: Document, new: Document) -> Iterator[str]:
    """What an IAM document says more and less: resources, actions, principals, and when its statements end."""
    if old == new:
        return
    said = [
        difference
        for key, noun in (
            ("Resource", "resource"),
            ("Action", "action"),
            ("AWS", "principal"),
            ("aws:CurrentTime", "end"),
        )
        for difference in _set_differences(noun, sorted(_under(old, key)), sorted(_under(new, key)), most=2)
    ]
    yield f"{name}: {', '.join(said) or 'its statements are arranged otherwise'}"


def _under(node: object, key: str) -> set[str]:
    """Every text below `key` in an IAM document, where one stands for a list of one."""
    if isinstance(node, list):
        return {text for item in node for text in _under(item, key)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for name, value in node.items():
        if name == key:
            found.update([value] if isinstance(value, str) else value)
        else:
            found |= _under(value, key)
    return found


def _grant_words(grant: Grant) -> str:
    match grant.target:
        case ColumnTarget() as target:
            on = f"{_count(target.columns, 'column')} of `{target.database}.{target.table}`"
        case LinkTarget() as target:
            on = f"resource link `{target.database}` in {grant.account}"
        case target:
            expression = " and ".join(f"{key} = {' | '.join(values)}" for key, values in target.expression.items())
            on = f"each {target.resource_type.lower()} where {expression}"
    return f"{', '.join(grant.permissions)} on {on}"


def _grant_differences(old: Grant, new: Grant) -> Iterator[str]:
    if old.permissions != new.permissions:
        yield from _set_differences("permission", old.permissions, new.permissions)
    if isinstance(old.target, ColumnTarget) and isinstance(new.target, ColumnTarget):
        yield from _set_differences("column", old.target.columns, new.target.columns)
    if old.target != new.target and not isinstance(new.target, ColumnTarget):
        yield f"{_grant_words(new)}, before {_grant_words(old)}"
    if old.principal != new.principal:
        yield f"goes to `{new.principal}`, before `{old.principal}`"
    yield from _set_differences("entitlement", old.entitlements, new.entitlements)


def _assignment_differences(old: DatabaseTags, new: DatabaseTags) -> Iterator[str]:
    if old.tags != new.tags:
        yield "other tags on the database"
    was, now = ({table.name: table for table in database.tables} for database in (old, new))
    yield from _set_differences("table", tuple(was), tuple(now))
    for name in sorted(was.keys() & now.keys()):
        if was[name].tags != now[name].tags:
            yield f"other tags on `{name}`"
        before, after = was[name].columns, now[name].columns
        yield from _set_differences(f"`{name}`", tuple(before), tuple(after))
        retagged = sorted(column for column in before.keys() & after.keys() if before[column] != after[column])
        for tags, columns in groupby(retagged, key=lambda column: (before[column], after[column])):
            yield f"`{name}`: {_listed(list(columns))} {_tags(tags[1])}, before {_tags(tags[0])}"


def _fields_apart(old: object, new: object) -> list[str]:
    """The fields in which two items of one type differ, but for `reason`, which stands nowhere in AWS."""
    assert is_dataclass(old)
    assert not isinstance(old, type)
    names = [field.name for field in fields(old) if getattr(old, field.name) != getattr(new, field.name)]
    return [f"other {name.replace('_', ' ')}" for name in names if name != "reason"]


def _set_differences(noun: str, old: Sequence[str], new: Sequence[str], most: int = 6) -> Iterator[str]:
    """`+ column a, b` for what `new` has more, `- …` for what it lacks."""
    if more := sorted(set(new) - set(old)):
        yield f"+ {noun} {_listed(more, most)}"
    if less := sorted(set(old) - set(new)):
        yield f"- {noun} {_listed(less, most)}"


def _tags(tags: dict[str, str]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in tags.items()) or "as the table"


def _trusted(arns: Sequence[str]) -> str:
    return f"assumed by {', '.join(arns)}" if arns else "assumed by nobody"


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _hours(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h" if not rest else f"{seconds // 60} min"
