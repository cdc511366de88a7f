"""SearchDatabasesByLFTags and SearchTablesByLFTags.

https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-view-tag-resources.html: for each table and column found,
all its tags are told, not just those of the search.
"""

from __future__ import annotations

from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog
from tests.emulator.errors import AwsError
from tests.emulator.front import operation
from tests.emulator.lakeformation.authority import denied, lake_of, may_use_tag, who_calls
from tests.emulator.lakeformation.effective import database_permissions, table_rights
from tests.emulator.lakeformation.state import Lake
from tests.emulator.lakeformation.tag_operations import tag_pairs
from tests.emulator.lakeformation.tags import matches
from tests.emulator.paging import page
from tests.emulator.world import World

LARGEST_PAGE = 100


@operation("lakeformation", "SearchDatabasesByLFTags")
def search_databases(world: World, call: Call) -> dict[str, Any]:
    lake = lake_of(world, call)
    expression = _expression(world, lake, call)
    who = who_calls(world, lake, call)
    found = []
    for name in sorted(world.state(Catalog, lake.account, lake.region).databases):
        tags = lake.tags.effective((name,))
        if matches(expression, tags) and database_permissions(lake, who, name):
            database = {"CatalogId": lake.account, "Name": name}
            found.append({"Database": database, "LFTags": tag_pairs(lake, tags)})
    return page(found, call.params, "DatabaseList", LARGEST_PAGE)


@operation("lakeformation", "SearchTablesByLFTags")
def search_tables(world: World, call: Call) -> dict[str, Any]:
    """Tables that match, or of which a column does; of the columns those that match."""
    lake = lake_of(world, call)
    expression = _expression(world, lake, call)
    who = who_calls(world, lake, call)
    found = []
    for database in sorted(world.state(Catalog, lake.account, lake.region).databases.values(), key=lambda d: d.name):
        for name, table in sorted(database.tables.items()):
            place = (database.name, name)
            on_table, own = lake.tags.effective(place), lake.tags.with_own_tags(place)
            matching = [c for c in table.all_columns if matches(expression, own.get(c, on_table))]
            if not matching and not matches(expression, on_table):
                continue
            if table_rights(lake, who, database.name, name, table.all_columns):
                lists = {
                    "LFTagOnDatabase": tag_pairs(lake, lake.tags.effective((database.name,))),
                    "LFTagsOnTable": tag_pairs(lake, on_table),
                    "LFTagsOnColumns": [{"Name": c, "LFTags": tag_pairs(lake, own.get(c, on_table))} for c in matching],
                }
                resource = {"CatalogId": lake.account, "DatabaseName": database.name, "Name": name}
                found.append({"Table": resource, **{key: value for key, value in lists.items() if value}})
    return page(found, call.params, "TableList", LARGEST_PAGE)


def _expression(world: World, lake: Lake, call: Call) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The caller must see the tags that he asks for."""
    who = who_calls(world, lake, call)
    expression = tuple(
        (tag["TagKey"].lower(), tuple(value.lower() for value in tag["TagValues"])) for tag in call.params["Expression"]
    )
    for key, values in expression:
        if not lake.tags.exists(key, values):
            raise AwsError("EntityNotFoundException", "Tag or tag value does not exist.")
        if not any(may_use_tag(lake, who, key, values, permission) for permission in ("DESCRIBE", "ASSOCIATE")):
            raise denied(f"Required Describe on {key}")
    return expression
