"""What is granted, by the plan's word: what is realised of its entitlements. What evaluation is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.model.decided import Entitlement
from engine.model.plan import Plan

Column = tuple[str, str, str]
"""Product, table, column."""


@dataclass(frozen=True, slots=True)
class Term:
    """Until when a role is granted a table.

    `least` is until when it has to stay open: the end of its entitlements, where they hold different columns the first.
    `whole` is the instant at which the first of its granted columns is granted no more, `last` the end of the last
    entitlement.
    """

    least: datetime
    whole: datetime
    last: datetime


def granted_columns(plan: Plan) -> dict[str, set[Column]]:
    """Role id → the union of what is realised of its entitlements."""
    granted: dict[str, set[Column]] = {}
    for entitlement, table, columns in _realised(plan):
        of_role = granted.setdefault(entitlement.role.id, set())
        of_role.update((entitlement.product, table, column) for column in columns)
    return granted


def granted_terms(plan: Plan) -> dict[tuple[str, str], dict[str, Term]]:
    """(role id, product) → table → until when it is granted."""
    held: dict[tuple[str, str], dict[str, list[tuple[tuple[str, ...], datetime]]]] = {}
    for entitlement, table, columns in _realised(plan):
        of_product = held.setdefault((entitlement.role.id, entitlement.product), {})
        of_product.setdefault(table, []).append((columns, entitlement.end))
    return {key: {table: _term(of) for table, of in tables.items()} for key, tables in held.items()}


def longest_sessions(plan: Plan) -> dict[tuple[str, str], int]:
    """(role id, product) → the longest session that every entitlement of it allows, in seconds."""
    longest: dict[tuple[str, str], int] = {}
    for entitlement, _, _ in _realised(plan):
        key = entitlement.role.id, entitlement.product
        longest[key] = min(entitlement.session, longest.get(key, entitlement.session))
    return longest


def last_end(terms: Mapping[str, Term]) -> datetime:
    return max(term.last for term in terms.values())


def _realised(plan: Plan) -> Iterator[tuple[Entitlement, str, tuple[str, ...]]]:
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    for entitlement in plan.entitlements:
        for table, columns in entitlement.columns.items():
            if (entitlement.id, table) not in unrealised:
                yield entitlement, table, columns


def _term(held: list[tuple[tuple[str, ...], datetime]]) -> Term:
    last = max(end for _, end in held)
    if len({columns for columns, _ in held}) == 1:
        return Term(last, last, last)
    until: dict[str, datetime] = {}
    for columns, end in held:
        until.update({column: max(end, until.get(column, end)) for column in columns})
    return Term(min(end for _, end in held), min(until.values()), last)
