"""LF-Tags and their assignments.

https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-creating-tags.html, TBAC-assigning-tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog, Table
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.lakeformation.authority import denied, lake_of, may_use_tag, must_exist, who_calls
from tests.emulator.lakeformation.effective import Who, catalog_permissions, is_admin
from tests.emulator.lakeformation.permissions import ALL, DATABASE, TABLE
from tests.emulator.lakeformation.resources import (
    ALL_TABLES,
    ColumnKey,
    DatabaseKey,
    Key,
    TableKey,
    keys_of,
)
from tests.emulator.lakeformation.state import Lake
from tests.emulator.lakeformation.tags import Place
from tests.emulator.paging import page
from tests.emulator.world import World

MOST_LISTED = 50
"""Of LFTagsList: https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListLFTags.html"""


@operation("lakeformation", "CreateLFTag")
def create_lf_tag(world: World, call: Call) -> dict[str, Any]:
    lake, who = _lake_and_caller(world, call)
    if not is_admin(lake, who) and "CREATE_LF_TAG" not in catalog_permissions(lake, who):
        raise denied("Required Create LF-Tag on Catalog")
    key = call.params["TagKey"].lower()
    if lake.grants.naming_tag(key):
        raise Refused("an LF-Tag made anew while a grant still names the deleted one")
    lake.tags.create(key, call.params["TagValues"], who.arn)
    return {}


@operation("lakeformation", "GetLFTag")
def get_lf_tag(world: World, call: Call) -> dict[str, Any]:
    lake, who = _lake_and_caller(world, call)
    key = call.params["TagKey"].lower()
    values = lake.tags.values(key)
    if not _may_see(lake, who, key, values):
        raise denied(f"Required Describe on {key}")
    return {"CatalogId": lake.account, "TagKey": key, "TagValues": values}


@operation("lakeformation", "UpdateLFTag")
def update_lf_tag(world: World, call: Call) -> dict[str, Any]:
    lake, who = _lake_and_caller(world, call)
    key = call.params["TagKey"].lower()
    if not may_use_tag(lake, who, key, lake.tags.values(key), "ALTER"):
        raise denied(f"Required Alter on {key}")
    lake.tags.update(key, call.params.get("TagValuesToAdd") or (), call.params.get("TagValuesToDelete") or ())
    return {}


@operation("lakeformation", "DeleteLFTag")
def delete_lf_tag(world: World, call: Call) -> dict[str, Any]:
    """Policies that name it become invalid: they are still listed and open nothing.

    https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DeleteLFTag.html
    """
    lake, who = _lake_and_caller(world, call)
    key = call.params["TagKey"].lower()
    if not may_use_tag(lake, who, key, lake.tags.values(key), "DROP"):
        raise denied(f"Required Drop on {key}")
    lake.tags.delete(key)
    lake.grants.forget_tag(key)
    return {}


@operation("lakeformation", "ListLFTags")
def list_lf_tags(world: World, call: Call) -> dict[str, Any]:
    if call.params.get("ResourceShareType"):
        raise Refused("LF-Tags shared by other accounts")
    lake, who = _lake_and_caller(world, call)
    tags = [
        {"CatalogId": lake.account, "TagKey": key, "TagValues": lake.tags.values(key)}
        for key in lake.tags
        if _may_see(lake, who, key, lake.tags.values(key))
    ]
    answer = page(tags, call.params, "LFTags", MOST_LISTED)
    return answer if answer["LFTags"] else {}


@operation("lakeformation", "AddLFTagsToResource", "RemoveLFTagsFromResource")
def tag_resource(world: World, call: Call) -> dict[str, Any]:
    """Each tag by itself; those that fail are named, the others stand."""
    lake, who = _lake_and_caller(world, call)
    keys = keys_of(call.params["Resource"], lake.account)
    places = [_place(world, lake, key) for key in keys]
    if not all(_owns(lake, who, key) for key in keys):
        raise denied("Required Super with grant option on the resource")
    failures = []
    for tag in call.params["LFTags"]:
        try:
            _tag_places(lake, who, places, tag, adding=call.operation == "AddLFTagsToResource")
        except AwsError as error:
            failures.append({"LFTag": tag, "Error": {"ErrorCode": error.code, "ErrorMessage": error.message}})
    return {"Failures": failures}


def _tag_places(lake: Lake, who: Who, places: list[Place], tag: Mapping[str, Any], *, adding: bool) -> None:
    key, values = tag["TagKey"].lower(), [value.lower() for value in tag["TagValues"]]
    if (tag.get("CatalogId") or lake.account) != lake.account:
        raise AwsError("InvalidInputException", "The LF-Tag and the resource must be in the same account.")
    if len(values) != 1:
        # https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html
        raise AwsError("InvalidInputException", "Only one value of a key can be assigned to a resource.")
    if not lake.tags.exists(key, values) or values == ["*"]:
        raise AwsError("EntityNotFoundException", "Tag or tag value does not exist.")
    if not may_use_tag(lake, who, key, values, "ASSOCIATE"):
        raise denied(f"Required Associate on {key}")
    if adding:
        for place in places:
            lake.tags.assign(place, key, values[0])
        return
    removed = [lake.tags.unassign(place, key, values[0]) for place in places]
    if not all(removed):
        raise AwsError("EntityNotFoundException", "The LF-Tag is not assigned to the resource.")


@operation("lakeformation", "GetResourceLFTags")
def get_resource_lf_tags(world: World, call: Call) -> dict[str, Any]:
    """What is in effect, or with ShowAssignedLFTags only what is assigned to the resource itself and what is in it."""
    lake, who = _lake_and_caller(world, call)
    keys = keys_of(call.params["Resource"], lake.account)
    places = [_place(world, lake, key) for key in keys]
    own = bool(call.params.get("ShowAssignedLFTags"))
    view = _View(lake, who, own=own)
    if isinstance(keys[0], DatabaseKey):
        return view.answer(LFTagOnDatabase=view.of(places[0]))
    table = places[0][:2]
    columns = [place[2] for place in places if len(place) == 3] or _table(world, lake, table).all_columns
    return view.answer(
        LFTagOnDatabase=view.of(table[:1]),
        LFTagsOnTable=view.of(table),
        LFTagsOnColumns=[{"Name": name, "LFTags": tags} for name in columns if (tags := view.of((*table, name)))],
    )


class _View:
    """The tags of places as one caller sees them."""

    def __init__(self, lake: Lake, who: Who, *, own: bool) -> None:
        self.lake, self.who, self.own = lake, who, own

    def of(self, place: Place) -> list[dict[str, Any]]:
        tags = self.lake.tags.assigned(place) if self.own else self.lake.tags.effective(place)
        seen = {key: value for key, value in tags.items() if _may_see(self.lake, self.who, key, [value])}
        return [{"CatalogId": self.lake.account, "TagKey": k, "TagValues": [v]} for k, v in sorted(seen.items())]

    @staticmethod
    def answer(**lists: list[dict[str, Any]]) -> dict[str, Any]:
        """Without empty lists: the model wants one tag at least in each."""
        return {name: tags for name, tags in lists.items() if tags}


def tag_pairs(lake: Lake, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"CatalogId": lake.account, "TagKey": key, "TagValues": [value]} for key, value in sorted(tags.items())]


def _lake_and_caller(world: World, call: Call) -> tuple[Lake, Who]:
    lake = lake_of(world, call)
    return lake, who_calls(world, lake, call)


def _may_see(lake: Lake, who: Who, key: str, values: Iterable[str]) -> bool:
    """DESCRIBE, or ASSOCIATE, which implies it: lf-permissions-reference.html#perm-associate."""
    values = list(values)
    if who.account == lake.account and who.arn in lake.read_only_admins():
        return True
    return any(may_use_tag(lake, who, key, values, permission) for permission in ("DESCRIBE", "ASSOCIATE"))


def _place(world: World, lake: Lake, key: Key) -> Place:
    if key.catalog != lake.account:
        raise AwsError("InvalidInputException", "The LF-Tag and the resource must be in the same account.")
    if isinstance(key, TableKey) and key.table == ALL_TABLES:
        raise Refused("LF-Tags on all tables of a database")
    must_exist(world, lake, key)
    match key:
        case DatabaseKey(database=database):
            return (database,)
        case TableKey(database=database, table=table):
            return (database, table)
        case ColumnKey(database=database, table=table, column=column):
            return (database, table, column)
    raise AwsError("InvalidInputException", "Only database, table, or tableWithColumns resource are allowed.")


def _table(world: World, lake: Lake, place: Place) -> Table:
    table = world.state(Catalog, lake.account, lake.region).table(*place)
    assert table is not None
    return table


def _owns(lake: Lake, who: Who, key: Key) -> bool:
    """Who may tag a resource: https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html"""
    if is_admin(lake, who):
        return True
    if isinstance(key, ColumnKey):
        key = TableKey(key.catalog, key.database, key.table)
    held = lake.grants.held(who.arn, key)
    whole = DATABASE if isinstance(key, DatabaseKey) else TABLE
    return held is not None and (ALL in held.grantable or whole <= held.grantable)
