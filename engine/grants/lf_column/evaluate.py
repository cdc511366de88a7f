"""What grants on named columns let a principal read, as Lake Formation evaluates them.

Lake Formation developer guide, "Granting table permissions using the named resource method": SELECT with a list of
included columns covers those columns of that table. One that the plan does not know may stand there tomorrow, and
counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.plan import ColumnTarget, Grant, Plan

Place = tuple[str, str, str, str, str]
"""A column: catalog account, region, database, table, column."""


def readable_by_name(plan: Plan) -> Iterator[tuple[Grant, frozenset[Place]]]:
    """Each grant on named columns that gives SELECT, with the columns it opens."""
    for grant in plan.grants:
        target = grant.target
        if isinstance(target, ColumnTarget) and "SELECT" in grant.permissions:
            table = (grant.account, grant.region, target.database, target.table)
            yield grant, frozenset((*table, column) for column in target.columns)
