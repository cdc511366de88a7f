"""What a change gives and takes, exact to the principal, the purpose and the column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from engine.graph.changes import Kind, Shift, Standing, TableChange, Version, find_shifts
from engine.graph.tally import Tally, tally_all, tally_columns, tally_personas, tally_principals, tally_products
from engine.model.decided import Entitlement
from engine.model.instants import format_instant
from engine.model.mesh import Mesh

__all__ = [
    "EntitlementChange",
    "FailOn",
    "Impact",
    "Kind",
    "Row",
    "Shift",
    "Standing",
    "TableChange",
    "Tally",
    "Version",
    "compare",
    "dates_of_changes",
    "fails",
]

FailOn = Literal["gained-personal", "gained", "lost", "any"]


@dataclass(frozen=True, slots=True)
class Row:
    """One principal, one column, for one purpose in one account: what changed.

    `personas` are those by which it is, or was, read.
    """

    principal: str
    purpose: str
    account: str
    product: str
    table: str
    column: str
    personal: bool
    change: Kind
    before: Standing
    after: Standing
    personas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntitlementChange:
    """An entitlement gained (`before` is None), lost (`after` is None) or changed; `texts` say how it changed."""

    id: str
    before: Entitlement | None
    after: Entitlement | None
    texts: tuple[str, ...]

    @property
    def change(self) -> Literal["gained", "lost", "changed"]:
        return "gained" if self.before is None else "lost" if self.after is None else "changed"


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change gives and takes. `entitlements` are sorted by id, tallies with personal data first."""

    shifts: tuple[Shift, ...]
    entitlements: tuple[EntitlementChange, ...]
    total: Tally
    by_principal: tuple[Tally, ...]
    by_persona: tuple[Tally, ...]
    by_product: tuple[Tally, ...]
    by_column: tuple[Tally, ...]

    def rows(self) -> Iterator[Row]:
        """Every principal and column that changed: personal data first, then by principal, product, table, column."""
        shift_of = {principal: shift for shift in self.shifts for principal in shift.principals}
        for personal in (True, False):
            cells = {shift.principals: _cells(shift, personal) for shift in self.shifts}
            for principal, shift in sorted(shift_of.items(), key=lambda item: item[0]):
                for product, table, column, purpose, account, change in cells[shift.principals]:
                    yield Row(
                        principal,
                        purpose,
                        account,
                        product,
                        table,
                        column,
                        personal,
                        change.kind,
                        change.before,
                        change.after,
                        change.personas,
                    )


def _cells(shift: Shift, personal: bool) -> list[tuple[str, str, str, str, str, TableChange]]:
    return sorted(
        (
            (change.product, change.table, column, change.purpose, change.account, change)
            for change in shift.changes
            for column in change.columns
            if (column in change.personal) is personal
        ),
        key=lambda cell: cell[:5],
    )


def compare(before: Version, after: Version) -> Impact:
    """The exact difference of who can read what for what: each principal, purpose, account and column.

    A column counts as personal when either version declares it so: a change that relabels it gives away no less.
    """
    shifts = find_shifts(before, after)
    return Impact(
        shifts=shifts,
        entitlements=_entitlement_changes(before, after),
        total=tally_all(shifts),
        by_principal=tally_principals(shifts),
        by_persona=tally_personas(shifts),
        by_product=tally_products(shifts),
        by_column=tally_columns(shifts),
    )


def dates_of_changes(before: Mesh, after: Mesh, now: datetime) -> list[datetime]:
    """The dates after `now` in agreements and embargoes that are not the same in both versions, sorted.

    What changes today may open tomorrow: an agreement that starts later gains nothing at `now`.
    """
    changed = {*before.agreements} ^ {*after.agreements}
    dates = {
        date
        for agreement in changed
        for date in (agreement.start, agreement.end, *(change.at for change in agreement.history))
    }
    dates |= {approval.at for agreement in changed for approval in agreement.approvals}
    embargoes = {(product.id, product.embargoed_until) for product in before.products} ^ {
        (product.id, product.embargoed_until) for product in after.products
    }
    dates |= {date for _, date in embargoes if date}
    return sorted(date for date in dates if date > now)


def fails(impact: Impact, on: FailOn) -> bool:
    """Whether a check that forbids such changes fails.

    Gained and lost are what was decided; `any` is any change of a row or an entitlement, also of its dates or of
    whether it is granted.
    """
    match on:
        case "gained-personal":
            return impact.total.gained_personal > 0
        case "gained":
            return impact.total.gained > 0
        case "lost":
            return impact.total.lost > 0
        case "any":
            return bool(impact.shifts or impact.entitlements)


def _entitlement_changes(before: Version, after: Version) -> tuple[EntitlementChange, ...]:
    refused = {(item.entitlement, item.table): item.reason for item in before.unrealised}
    refuses = {(item.entitlement, item.table): item.reason for item in after.unrealised}
    old = {entitlement.id: entitlement for entitlement in before.entitlements}
    new = {entitlement.id: entitlement for entitlement in after.entitlements}
    changes = []
    for id in sorted(old.keys() | new.keys()):
        was, is_now = old.get(id), new.get(id)
        texts: tuple[str, ...] = ()
        if was and is_now:
            texts = (*_differences(was, is_now, refused, refuses), *_moves(before.mesh, after.mesh, was, is_now))
        if texts or was is None or is_now is None:
            changes.append(EntitlementChange(id, was, is_now, texts))
    return tuple(changes)


def _moves(before: Mesh, after: Mesh, was: Entitlement, is_now: Entitlement) -> Iterator[str]:
    """Who may assume the access role, and where its tables lie: the same words may give another thing to others."""
    trusted, trusts = before.trusted(was.role.persona), after.trusted(is_now.role.persona)
    if trusted != trusts:
        named = [", ".join(f"`{arn}`" for arn in arns) or "nobody" for arns in (trusted, trusts)]
        yield f"its role was assumed by {named[0]}, and is by {named[1]}"
    for table in sorted(was.columns.keys() & is_now.columns.keys()):
        lay, lies = _location(before, was.product, table), _location(after, is_now.product, table)
        if lay != lies:
            yield f"`{table}` lay in `{lay}`, and lies in `{lies}`"


def _location(mesh: Mesh, product_id: str, table: str) -> str:
    product = mesh.product[product_id]
    server, location = product.server, product.tables_by_name[table].location
    return f"{server.account}/{server.region}/{server.warehouse or ''}/{location}" if server else "nowhere"


def _differences(
    was: Entitlement, is_now: Entitlement, refused: dict[tuple[str, str], str], refuses: dict[tuple[str, str], str]
) -> Iterator[str]:
    for what, old, new in (
        ("version", str(was.version), str(is_now.version)),
        ("access role", was.role.id, is_now.role.id),
        ("product", was.product, is_now.product),
        ("start", format_instant(was.start), format_instant(is_now.start)),
        ("end", format_instant(was.end), format_instant(is_now.end)),
        ("longest session", f"{was.session} s", f"{is_now.session} s"),
    ):
        if old != new:
            yield f"{what} `{old}` becomes `{new}`"
    if was.whole != is_now.whole:
        yield "it covers new tables too" if is_now.whole else "it covers new tables no longer"
    for table in sorted(was.columns.keys() | is_now.columns.keys()):
        had, has = set(was.columns.get(table, ())), set(is_now.columns.get(table, ()))
        for verb, columns in (("gains", has - had), ("loses", had - has)):
            if columns:
                yield f"`{table}` {verb} {', '.join(f'`{column}`' for column in sorted(columns))}"
    for table in sorted(was.columns.keys() & is_now.columns.keys()):
        before, after = refused.get((was.id, table)), refuses.get((is_now.id, table))
        if before and not after:
            yield f"`{table}` is granted now; it was unrealised: {before}"
        elif after and not before:
            yield f"`{table}` is unrealised now: {after}"
