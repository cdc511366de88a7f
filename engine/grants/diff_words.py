"""Items of a plan in words, and how one of them differs from what it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from engine.model.decided import Entitlement
from engine.model.instants import format_instant
from engine.model.plan import (
    ColumnTarget,
    DatabaseTags,
    Document,
    Grant,
    LinkPlan,
    LinkTarget,
    LocationPlan,
    OptIn,
    RolePlan,
    SessionPolicyPlan,
    ShareTarget,
    WarehousePlan,
)


def entitlement_words(entitlement: Entitlement) -> str:
    tables = ", ".join(f"{count(columns, 'column')} of `{table}`" for table, columns in entitlement.columns.items())
    return f"reads `{entitlement.product}`: {tables}; until {format_instant(entitlement.end)}"


def entitlement_differences(old: Entitlement, new: Entitlement) -> Iterator[str]:
    for table in sorted(old.columns.keys() | new.columns.keys()):
        yield from set_differences(f"`{table}`", old.columns.get(table, ()), new.columns.get(table, ()))
    for field, was, now in (
        ("version", str(old.version), str(new.version)),
        ("product", old.product, new.product),
        ("role", old.role.id, new.role.id),
        ("start", format_instant(old.start), format_instant(new.start)),
        ("end", format_instant(old.end), format_instant(new.end)),
        ("longest session", hours(old.session), hours(new.session)),
        ("covers", "whole product" if old.whole else "named tables", "whole product" if new.whole else "named tables"),
    ):
        if was != now:
            yield f"{field} {now}, before {was}"


def role_differences(old: RolePlan, new: RolePlan) -> Iterator[str]:
    if old.name != new.name or old.arn != new.arn:
        yield f"IAM role `{new.name}`, before `{old.name}`"
    if old.max_session != new.max_session:
        yield f"sessions up to {hours(new.max_session)}, before {hours(old.max_session)}"
    if old.trusted != new.trusted:
        yield f"{trusted(new.trusted)}, before {trusted(old.trusted)}"
    yield from set_differences("session tag", _session_tags(old), _session_tags(new))
    yield from _document_differences("trust", old.trust, new.trust)
    for name in sorted(old.policies.keys() | new.policies.keys()):
        if name not in old.policies:
            yield f"policy `{name}` comes"
        elif name not in new.policies:
            yield f"policy `{name}` goes"
        else:
            yield from _document_differences(f"policy `{name}`", old.policies[name], new.policies[name])


def _session_tags(role: RolePlan) -> list[str]:
    return [f"{key}={value}" for key, value in role.session_tags.items()]


def session_differences(old: SessionPolicyPlan, new: SessionPolicyPlan) -> Iterator[str]:
    if old.longest_session != new.longest_session:
        yield f"up to {hours(new.longest_session)}, before {hours(old.longest_session)}"
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
        for difference in set_differences(noun, sorted(_under(old, key)), sorted(_under(new, key)), most=2)
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


def grant_words(grant: Grant) -> str:
    match grant.target:
        case ColumnTarget() as target:
            on = f"{count(target.columns, 'column')} of `{target.database}.{target.table}`"
        case LinkTarget() as target:
            on = f"resource link `{target.database}` in {grant.account}"
        case ShareTarget() as target:
            on = f"{_views(target)} in warehouse `{target.consumer}`, {_way(target)}"
        case target:
            expression = " and ".join(f"{key} = {' | '.join(values)}" for key, values in target.expression.items())
            on = f"each {target.resource_type.lower()} where {expression}"
    return f"{', '.join(grant.permissions)} on {on}"


def _views(target: ShareTarget) -> str:
    return ", ".join(f"{count(view.columns, 'column')} of `{view.table}`" for view in target.views)


def _way(target: ShareTarget) -> str:
    """How a role comes to read the views of a warehouse."""
    if target.database is None:
        return f"by schema `{target.name}` there"
    return f"by datashare `{target.name}` of warehouse `{target.producer}`"


def grant_differences(old: Grant, new: Grant) -> Iterator[str]:
    if old.permissions != new.permissions:
        yield from set_differences("permission", old.permissions, new.permissions)
    if isinstance(old.target, ColumnTarget) and isinstance(new.target, ColumnTarget):
        yield from set_differences("column", old.target.columns, new.target.columns)
    if isinstance(old.target, ShareTarget) and isinstance(new.target, ShareTarget):
        yield from _share_differences(old.target, new.target)
    elif old.target != new.target and not isinstance(new.target, ColumnTarget):
        yield f"{grant_words(new)}, before {grant_words(old)}"
    if old.principal != new.principal:
        yield f"goes to `{new.principal}`, before `{old.principal}`"
    yield from set_differences("entitlement", old.entitlements, new.entitlements)


def _share_differences(old: ShareTarget, new: ShareTarget) -> Iterator[str]:
    was, now = ({view.table: view.columns for view in target.views} for target in (old, new))
    for table in sorted(was.keys() | now.keys()):
        yield from set_differences(f"`{table}`", was.get(table, ()), now.get(table, ()))
    if _way(old) != _way(new):
        yield f"{_way(new)}, before {_way(old)}"
    for field, before, after in (
        ("database", old.database, new.database),
        ("database role", old.redshift_role, new.redshift_role),
        ("database user", old.redshift_user, new.redshift_user),
    ):
        if before != after:
            yield f"{field} {f'`{after}`' if after else 'none'}, before {f'`{before}`' if before else 'none'}"


def link_differences(old: LinkPlan, new: LinkPlan) -> Iterator[str]:
    if old.region != new.region:
        yield f"stands in {new.region}, before {old.region}"
    if old.name != new.name:
        yield f"is named `{new.name}`, before `{old.name}`"
    was, now = (f"`{link.target_database}` in {link.target_catalog}" for link in (old, new))
    if was != now:
        yield f"points to {now}, before {was}"


def opt_in_words(opt_in: OptIn) -> str:
    on = f"database `{opt_in.database}`" if opt_in.table is None else f"table `{opt_in.database}.{opt_in.table}`"
    return f"Lake Formation decides on {on}, where IAM alone still lets others in"


def location_words(location: LocationPlan) -> str:
    mode = ", in hybrid access mode" if location.hybrid else ""
    return f"Lake Formation takes over `{location.arn}` of `{location.product}`{mode}"


def warehouse_words(warehouse: WarehousePlan) -> str:
    encrypted = "encrypted" if warehouse.encrypted else "not encrypted"
    what = f"{warehouse.kind} `{warehouse.compute}` in {warehouse.region} of account {warehouse.account}"
    return f"{what}, database `{warehouse.database}`, namespace {warehouse.namespace}, {encrypted}"


def assignment_differences(old: DatabaseTags, new: DatabaseTags) -> Iterator[str]:
    if old.tags != new.tags:
        yield "other tags on the database"
    was, now = ({table.name: table for table in database.tables} for database in (old, new))
    yield from set_differences("table", tuple(was), tuple(now))
    for name in sorted(was.keys() & now.keys()):
        if was[name].tags != now[name].tags:
            yield f"other tags on `{name}`"
        before, after = was[name].columns, now[name].columns
        yield from set_differences(f"`{name}`", tuple(before), tuple(after))
        retagged = sorted(column for column in before.keys() & after.keys() if before[column] != after[column])
        for tags, columns in groupby(retagged, key=lambda column: (before[column], after[column])):
            yield f"`{name}`: {listed(list(columns))} {_tags(tags[1])}, before {_tags(tags[0])}"


def set_differences(noun: str, old: Sequence[str], new: Sequence[str], most: int = 6) -> Iterator[str]:
    """`+ column a, b` for what `new` has more, `- …` for what it lacks."""
    if more := sorted(set(new) - set(old)):
        yield f"+ {noun} {listed(more, most)}"
    if less := sorted(set(old) - set(new)):
        yield f"- {noun} {listed(less, most)}"


def _tags(tags: dict[str, str]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in tags.items()) or "as the table"


def trusted(arns: Sequence[str]) -> str:
    return f"assumed by {', '.join(arns)}" if arns else "assumed by nobody"


def listed(names: Sequence[str], most: int = 6) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def count(items: Sequence[object], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def hours(seconds: int) -> str:
    whole, rest = divmod(seconds, 3600)
    return f"{whole} h" if not rest else f"{seconds // 60} min"
