"""The LF-tags on a product's central database, its tables and their columns; the catalog sync makes those.

Terraform can only replace an assignment: it takes the tag away, then gives it anew, and meanwhile nobody reads what
carries it. Hence a resource for each column: none loses its tag because another one changes. And of several columns in
one resource the provider would read back the first only, and never see what is changed by hand on the others.

    grants that end are revoked, old tags are taken away  →  turn  →  new tags are given  →  done  →  grants are given

Terraform orders what ends before what begins only through something that both depend on and that changes itself:
`turn`. Without it a column could join a class while a grant on that class still waits to be revoked. Grants wait for
`done`, or a grant on a class could be there before the columns that leave the class have left it. The keys come before
`turn`, so that a value leaves its key after the last column has dropped it, and joins before the first takes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

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
from cdktf_app.documents import as_text
from cdktf_app.ids import logical_id
from engine.model.plan import DatabaseTags, TableTags


def tag_assignment(
    stack: TerraformStack, assignment: DatabaseTags, keys: Sequence[LakeformationLfTag]
) -> TerraformResource:
    """Tags everything of one product, and gives `done`; `keys` are the LF-tags that this stack makes."""
    content = as_text({table.name: table.columns for table in assignment.tables})
    turn = TerraformResource(
        stack,
        logical_id("tags-turn", assignment.product),
        terraform_resource_type="terraform_data",
        depends_on=list(keys),
    )
    turn.add_override("input", hashlib.sha256(content.encode()).hexdigest())
    given = list(_database(stack, assignment, keys))
    for table in assignment.tables:
        given += _table(stack, assignment, table, keys)
        given += _columns(stack, assignment, table, turn)
    return TerraformResource(
        stack,
        logical_id("tags-done", assignment.product),
        terraform_resource_type="terraform_data",
        depends_on=given,
    )


def _database(
    stack: TerraformStack, assignment: DatabaseTags, keys: Sequence[LakeformationLfTag]
) -> Iterator[LakeformationResourceLfTag]:
    catalog, database = assignment.catalog, assignment.database
    for key, value in assignment.tags.items():
        yield LakeformationResourceLfTag(
            stack,
            logical_id("database-tag", f"{assignment.product}/{key}"),
            catalog_id=catalog,
            database=[LakeformationResourceLfTagDatabase(catalog_id=catalog, name=database)],
            lf_tag=[_tag(catalog, key, value)],
            depends_on=list(keys),
        )


def _table(
    stack: TerraformStack, assignment: DatabaseTags, table: TableTags, keys: Sequence[LakeformationLfTag]
) -> Iterator[LakeformationResourceLfTag]:
    catalog, database = assignment.catalog, assignment.database
    for key, value in table.tags.items():
        yield LakeformationResourceLfTag(
            stack,
            logical_id("table-tag", f"{assignment.product}/{table.name}/{key}"),
            catalog_id=catalog,
            table=[LakeformationResourceLfTagTable(catalog_id=catalog, database_name=database, name=table.name)],
            lf_tag=[_tag(catalog, key, value)],
            depends_on=list(keys),
        )


def _columns(
    stack: TerraformStack, assignment: DatabaseTags, table: TableTags, turn: TerraformResource
) -> Iterator[LakeformationResourceLfTag]:
    catalog, database = assignment.catalog, assignment.database
    for column, tags in table.columns.items():
        for key, value in tags.items():
            yield LakeformationResourceLfTag(
                stack,
                logical_id("column-tag", f"{assignment.product}/{table.name}/{column}/{key}"),
                catalog_id=catalog,
                table_with_columns=[
                    LakeformationResourceLfTagTableWithColumns(
                        catalog_id=catalog, database_name=database, name=table.name, column_names=[column]
                    )
                ],
                lf_tag=[_tag(catalog, key, value)],
                depends_on=[turn],
            )


def _tag(catalog: str, key: str, value: str) -> LakeformationResourceLfTagLfTag:
    return LakeformationResourceLfTagLfTag(catalog_id=catalog, key=key, value=value)
