"""The LF-tags on a product's central database, its tables and their columns; the catalog sync makes those.

Terraform can only replace an assignment: it takes the tag away, then gives it anew. One resource holds all columns of a
table and class, so a column that joins a class has its neighbours inherit `unclassified`, which nobody reads, for the
moment between.
"""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_app.bindings import (
    LakeformationLfTag,
    LakeformationResourceLfTag,
    LakeformationResourceLfTagDatabase,
    LakeformationResourceLfTagLfTag,
    LakeformationResourceLfTagTable,
    LakeformationResourceLfTagTableWithColumns,
    TerraformResource,
    TerraformStack,
)
from cdktf_app.ids import logical_id
from engine.model.plan import DatabaseTags, TableTags


def tag_assignment(stack: TerraformStack, assignment: DatabaseTags, keys: Sequence[LakeformationLfTag]) -> None:
    """Tags everything of one product; `keys` are the LF-tags that this stack makes."""
    catalog, database = assignment.catalog, assignment.database
    for key, value in assignment.tags.items():
        LakeformationResourceLfTag(
            stack,
            logical_id("database-tag", f"{assignment.product}/{key}"),
            catalog_id=catalog,
            database=[LakeformationResourceLfTagDatabase(catalog_id=catalog, name=database)],
            lf_tag=[_tag(catalog, key, value)],
            depends_on=list(keys),
        )
    for table in assignment.tables:
        _table(stack, assignment, table)


def _table(stack: TerraformStack, assignment: DatabaseTags, table: TableTags) -> None:
    catalog, database = assignment.catalog, assignment.database
    for key, value in table.tags.items():
        LakeformationResourceLfTag(
            stack,
            logical_id("table-tag", f"{assignment.product}/{table.name}/{key}"),
            catalog_id=catalog,
            table=[LakeformationResourceLfTagTable(catalog_id=catalog, database_name=database, name=table.name)],
            lf_tag=[_tag(catalog, key, value)],
        )
    columns: dict[tuple[str, str], list[str]] = {}
    for column, tags in table.columns.items():
        for key, value in tags.items():
            columns.setdefault((key, value), []).append(column)
    if not columns:
        return
    turn = _turn(stack, f"{assignment.product}/{table.name}", table)
    for (key, value), names in columns.items():
        LakeformationResourceLfTag(
            stack,
            logical_id("column-tag", f"{assignment.product}/{table.name}/{key}/{value}"),
            catalog_id=catalog,
            table_with_columns=[
                LakeformationResourceLfTagTableWithColumns(
                    catalog_id=catalog, database_name=database, name=table.name, column_names=sorted(names)
                )
            ],
            lf_tag=[_tag(catalog, key, value)],
            depends_on=[turn],
        )


def _turn(stack: TerraformStack, name: str, table: TableTags) -> TerraformResource:
    """What changes with any column's tag, so that a table's old tags are all taken away before new ones are given.

    A column that changes its class leaves one resource and joins another. Terraform orders those two only through
    something that both depend on and that changes itself; the other way round, the new tag would be taken away.
    """
    turn = TerraformResource(stack, logical_id("column-tags", name), terraform_resource_type="terraform_data")
    tagged = {
        column: [f"{key}={value}" for key, value in tags.items()] for column, tags in table.columns.items() if tags
    }
    turn.add_override("input", tagged)
    return turn


def _tag(catalog: str, key: str, value: str) -> LakeformationResourceLfTagLfTag:
    return LakeformationResourceLfTagLfTag(catalog_id=catalog, key=key, value=value)
