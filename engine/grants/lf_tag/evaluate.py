"""What grants by LF-tag expression let a principal read, as Lake Formation evaluates them.

Written from the Lake Formation developer guide, and independent of what compiles the grants:
- "Lake Formation tag-based access control" / "How LF-tag inheritance works": a table inherits its database's LF-tags, a
  column its table's; a value assigned to the resource itself overrides the inherited value of the same key.
- "Managing LF-tag expressions": an expression matches a resource that carries, for every key, one of the key's values.
- "Granting data lake permissions using the LF-TBAC method": SELECT by an expression on tables covers the columns that
  match, also where the table's own tags do not.
- An LF-tag key or value that the catalog does not define cannot be assigned or granted (API LFTag, InvalidInput).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from engine.model.plan import Grant, Plan, TagTarget

Place = tuple[str, str, str, str, str]
"""A column: catalog account, region, database, table, column."""

Database = tuple[str, str, str]
"""Catalog account, region, database."""

T = TypeVar("T")
_Carriers = dict[tuple[str, str, str, str], set[T]]
"""(catalog account, region, key, value) → what carries it."""


def readable_by_tags(plan: Plan) -> Iterator[tuple[Grant, frozenset[Place]]]:
    """Each grant by expression that gives SELECT, with the columns it opens."""
    carriers: _Carriers[Place] = {}
    for place, tags in _tagged_columns(plan, _defined(plan)):
        for key, value in tags.items():
            carriers.setdefault((place[0], place[1], key, value), set()).add(place)
    for grant in plan.grants:
        if isinstance(grant.target, TagTarget) and "SELECT" in grant.permissions:
            is_on_tables = grant.target.resource_type == "TABLE"
            yield grant, _matching(carriers, grant, grant.target) if is_on_tables else frozenset()


def describable_by_tags(plan: Plan) -> Iterator[tuple[Grant, frozenset[Database]]]:
    """Each grant by expression on databases that gives DESCRIBE, with the databases that it lets be seen."""
    defined = _defined(plan)
    carriers: _Carriers[Database] = {}
    for item in plan.assignments:
        for key, value in item.tags.items():
            if (item.region, key, value) in defined:
                database = (item.catalog, item.region, item.database)
                carriers.setdefault((item.catalog, item.region, key, value), set()).add(database)
    for grant in plan.grants:
        target = grant.target
        if isinstance(target, TagTarget) and target.resource_type == "DATABASE" and "DESCRIBE" in grant.permissions:
            yield grant, _matching(carriers, grant, target)


def _matching(carriers: _Carriers[T], grant: Grant, target: TagTarget) -> frozenset[T]:
    """What carries, for every key of the expression, one of the key's values; nothing by an empty expression."""
    carrying = [
        [carriers.get((grant.account, grant.region, key, value), set()) for value in values]
        for key, values in target.expression.items()
    ]
    # from the rarest key on, so that no grant walks over a whole domain
    carrying.sort(key=lambda of_values: sum(map(len, of_values)))
    matching: set[T] = set().union(*carrying[0]) if carrying else set()
    for of_values in carrying[1:]:
        matching = set[T]().union(*(matching & of_value for of_value in of_values))
    return frozenset(matching)


def _defined(plan: Plan) -> set[tuple[str, str, str]]:
    return {(tag.region, tag.key, value) for tag in plan.ontology for value in tag.values}


def _tagged_columns(plan: Plan, defined: set[tuple[str, str, str]]) -> Iterator[tuple[Place, dict[str, str]]]:
    for database in plan.assignments:
        for table in database.tables:
            for column, own in table.columns.items():
                inherited = {**database.tags, **table.tags, **own}
                tags = {key: value for key, value in inherited.items() if (database.region, key, value) in defined}
                yield (database.catalog, database.region, database.database, table.name, column), tags
