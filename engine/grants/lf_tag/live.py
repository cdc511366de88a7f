"""LF-tags and their assignments as they stand in the central catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.model.plan import Plan
from engine.model.standing import Standing, Thing

if TYPE_CHECKING:
    from types_boto3_lakeformation import LakeFormationClient

KEY = "LF-tag"
ASSIGNMENT = "LF-tag assignment"
_OURS = "mw-"


def expected_tags(plan: Plan, catalog: str) -> Standing:
    """The keys with their values, and the tags that databases, tables and columns carry themselves."""
    standing: Standing = {
        Thing(KEY, catalog, key.region, key.key): {"values": sorted(key.values)} for key in plan.ontology
    }
    for item in plan.assignments:
        places = {item.database: item.tags}
        for table in item.tables:
            places[f"{item.database}.{table.name}"] = table.tags
            places |= {f"{item.database}.{table.name}.{column}": tags for column, tags in table.columns.items()}
        for place, tags in places.items():
            if tags:
                standing[Thing(ASSIGNMENT, item.catalog, item.region, place)] = dict(sorted(tags.items()))
    return standing


def read_tags(client: LakeFormationClient, catalog: str, region: str) -> Standing:
    """The keys of Meshwarden that stand, with their values. Raises botocore's ClientError."""
    standing: Standing = {}
    token: dict[str, Any] = {}
    while True:
        page = client.list_lf_tags(CatalogId=catalog, **token)
        for tag in page["LFTags"]:
            if tag["TagKey"].startswith(_OURS):
                standing[Thing(KEY, catalog, region, tag["TagKey"])] = {"values": sorted(tag["TagValues"])}
        if not page.get("NextToken"):
            return standing
        token = {"NextToken": page["NextToken"]}


def read_assignments(
    client: LakeFormationClient, catalog: str, region: str, tables: Mapping[str, Sequence[str]]
) -> Standing:
    """The tags that each central database, table and column carries itself; `tables` are those of each database.

    Inherited tags are left out (ShowAssignedLFTags). What is not there carries none, for a client that sees everything.
    Raises botocore's ClientError.
    """

    def tags_of(resource: Any) -> Mapping[str, Any]:
        try:
            return client.get_resource_lf_tags(CatalogId=catalog, Resource=resource, ShowAssignedLFTags=True)
        except client.exceptions.EntityNotFoundException:
            return {}

    standing: Standing = {}
    for database, names in sorted(tables.items()):
        said = tags_of({"Database": {"CatalogId": catalog, "Name": database}})
        _add(standing, catalog, region, database, said.get("LFTagOnDatabase", []))
        for name in sorted(names):
            place = f"{database}.{name}"
            told = tags_of({"Table": {"CatalogId": catalog, "DatabaseName": database, "Name": name}})
            _add(standing, catalog, region, place, told.get("LFTagsOnTable", []))
            for column in told.get("LFTagsOnColumns", []):
                _add(standing, catalog, region, f"{place}.{column['Name']}", column.get("LFTags", []))
    return standing


def _add(standing: Standing, catalog: str, region: str, place: str, tags: Sequence[Mapping[str, Any]]) -> None:
    ours = {tag["TagKey"]: "|".join(tag["TagValues"]) for tag in tags if tag["TagKey"].startswith(_OURS)}
    if ours:
        standing[Thing(ASSIGNMENT, catalog, region, place)] = dict(sorted(ours.items()))
