"""What grants on named columns let a principal read, as Lake Formation evaluates them.

Lake Formation developer guide, "Granting table permissions using the named resource method": SELECT with a list of
included columns covers those columns of that table, as far as it has them.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.model.plan import ColumnTarget, Grant, Plan

Place = tuple[str, str, str, str, str]
"""A column: catalog account, region, database, table, column."""


def readable_by_name(plan: Plan) -> Iterator[tuple[Grant, frozenset[Place]]]:
    """Each grant on named columns that gives SELECT, with the columns it opens."""
    existing = {
        (database.catalog, database.region, database.database, table.name): table.columns.keys()
        for database in plan.assignments
        for table in database.tables
    }
    for grant in plan.grants:
        target = grant.target
        if isinstance(target, ColumnTarget) and "SELECT" in grant.permissions:
            table = (grant.account, grant.region, target.database, target.table)
            columns = existing.get(table, set[str]()) & set(target.columns)
            yield grant, frozenset((*table, column) for column in columns)
