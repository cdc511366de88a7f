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

from engine.model.plan import Grant, Plan, TagTarget

Place = tuple[str, str, str, str, str]
"""A column: catalog account, region, database, table, column."""


def readable_by_tags(plan: Plan) -> Iterator[tuple[Grant, frozenset[Place]]]:
    """Each grant by expression that gives SELECT, with the columns it opens."""
    defined = {(tag.region, tag.key, value) for tag in plan.ontology for value in tag.values}
    by_pair: dict[tuple[str, str, str, str], set[Place]] = {}
    for place, tags in _tagged_columns(plan, defined):
        for key, value in tags.items():
            by_pair.setdefault((place[0], place[1], key, value), set()).add(place)
    for grant in plan.grants:
        if not isinstance(grant.target, TagTarget) or "SELECT" not in grant.permissions:
            continue
        if grant.target.resource_type != "TABLE" or not grant.target.expression:
            yield grant, frozenset()
            continue
        carrying = [
            [by_pair.get((grant.account, grant.region, key, value), set()) for value in values]
            for key, values in grant.target.expression.items()
        ]
        # from the rarest key on, so that no grant walks over a whole domain
        carrying.sort(key=lambda of_values: sum(map(len, of_values)))
        matching = set[Place]().union(*carrying[0])
        for of_values in carrying[1:]:
            matching = set[Place]().union(*(matching & of_value for of_value in of_values))
        yield grant, frozenset(matching)


def _tagged_columns(plan: Plan, defined: set[tuple[str, str, str]]) -> Iterator[tuple[Place, dict[str, str]]]:
    for database in plan.assignments:
        for table in database.tables:
            for column, own in table.columns.items():
                inherited = {**database.tags, **table.tags, **own}
                tags = {key: value for key, value in inherited.items() if (database.region, key, value) in defined}
                yield (database.catalog, database.region, database.database, table.name, column), tags
