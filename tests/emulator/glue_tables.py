"""Tables and partitions of the Glue Data Catalog, and links to tables.

https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html;
links: https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog, Database, Table, Target
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.glue import LARGEST_PAGE, default_grants
from tests.emulator.glue_access import View, require
from tests.emulator.lakeformation.authority import denied
from tests.emulator.lakeformation.permissions import ALL, IAM_ALLOWED_PRINCIPALS, LINK, TABLE
from tests.emulator.lakeformation.resources import TableKey
from tests.emulator.lakeformation.state import Lake
from tests.emulator.paging import page
from tests.emulator.world import World

_INPUT_ONLY = ("TransactionId", "PartitionIndexes", "OpenTableFormatInput")


@operation("glue", "CreateTable")
def create_table(world: World, call: Call) -> dict[str, Any]:
    view, database = _own_database(world, call)
    if any(call.params.get(name) for name in _INPUT_ONLY) or not call.params.get("TableInput"):
        raise Refused(f"CreateTable with {sorted(call.params)}")
    require("CREATE_TABLE", view.on_database(database), database.name)
    given = call.params["TableInput"]
    view.must_place(given.get("StorageDescriptor", {}).get("Location"), database)
    add_table(world, view.catalog, view.lake, database, given, view.who.arn)
    return {}


def add_table(
    world: World, catalog: Catalog, lake: Lake, database: Database, given: Mapping[str, Any], creator: str
) -> Table:
    """Makes a table or a link, with the permissions that come with it: implicit-permissions.html,
    change-settings.html."""
    name = given["Name"].lower()
    if name in database.tables:
        raise AwsError("AlreadyExistsException", "Table already exists.")
    link = given.get("TargetTable")
    target = None
    if link:
        target = Target(link["CatalogId"], link.get("Region") or catalog.region, link["DatabaseName"], link["Name"])
    definition = copy.deepcopy(dict(given)) | {"Name": name}
    table = Table(name, definition, world.now(), world.now(), creator, target)
    database.tables[name] = table
    granted = LINK if target else TABLE | {ALL}
    lake.grants.add(creator, TableKey(lake.account, database.name, name), granted, granted)
    if default_grants(database):
        lake.grants.add(IAM_ALLOWED_PRINCIPALS, TableKey(lake.account, database.name, name), {ALL})
    return table


@operation("glue", "UpdateTable")
def update_table(world: World, call: Call) -> dict[str, Any]:
    """A column that goes takes its LF-Tags with it."""
    view, database = _own_database(world, call)
    given = copy.deepcopy(call.params["TableInput"])
    table = _table(database, call.params.get("Name") or given["Name"])
    if table.target is not None or given["Name"].lower() != table.name:
        raise Refused("updating a table through a link, or renaming it")
    require("ALTER", view.on_table(database, table).permissions, table.name)
    location = given.get("StorageDescriptor", {}).get("Location")
    if location != table.location:
        view.must_place(location, database)
    before = set(table.all_columns)
    table.define(given | {"Name": table.name})
    table.updated, table.version = world.now(), table.version + 1
    for column in before - set(table.all_columns):
        view.lake.tags.forget((database.name, table.name, column))
    return {}


@operation("glue", "DeleteTable")
def delete_table(world: World, call: Call) -> dict[str, Any]:
    view, database = _own_database(world, call)
    _delete(view, database, call.params["Name"])
    return {}


@operation("glue", "BatchDeleteTable")
def batch_delete_table(world: World, call: Call) -> dict[str, Any]:
    view, database = _own_database(world, call)
    errors = []
    for name in call.params["TablesToDelete"]:
        try:
            _delete(view, database, name)
        except AwsError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            errors.append({"TableName": name, "ErrorDetail": detail})
    return {"Errors": errors}


def _delete(view: View, database: Database, name: str) -> None:
    """With its grants and LF-Tags; resource shares stay (cross-account-notes.html)."""
    table = _table(database, name)
    require("DROP", view.on_table(database, table).permissions, table.name)
    del database.tables[table.name]
    view.lake.grants.forget_table(view.lake.account, database.name, table.name)
    view.lake.tags.forget((database.name, table.name))


@operation("glue", "GetTable")
def get_table(world: World, call: Call) -> dict[str, Any]:
    """Through a link to its database, or to the table itself; only the first link is followed."""
    if call.params.get("AttributesToGet") or call.params.get("QueryAsOfTime"):
        raise Refused(f"GetTable with {sorted(call.params)}")
    view, database = _entered(world, call, "glue:GetTable", call.params["Name"])
    if not view.foreign:
        return {"Table": _followed(view, database, _table(database, call.params["Name"]))}
    found = database.tables.get(call.params["Name"].lower())
    require("DESCRIBE", _sight(view, database, found) if found else set(), call.params["Name"])
    assert found is not None
    return {"Table": described(view, database, found)}


@operation("glue", "GetTables")
def get_tables(world: World, call: Call) -> dict[str, Any]:
    """The tables the caller may see, sorted by name."""
    if call.params.get("AttributesToGet") or call.params.get("QueryAsOfTime"):
        raise Refused(f"GetTables with {sorted(call.params)}")
    view, database = _entered(world, call, "glue:GetTables", None)
    pattern = re.compile(call.params.get("Expression") or ".*")
    found = [
        described(view, database, table) if view.foreign or table.target is None else _followed(view, database, table)
        for name, table in sorted(database.tables.items())
        if pattern.fullmatch(name) and _sight(view, database, table)
    ]
    return page(found, call.params, "TableList", LARGEST_PAGE)


@operation("glue", "GetPartitions")
def get_partitions(world: World, call: Call) -> dict[str, Any]:
    if call.params.get("Expression") or call.params.get("Segment"):
        raise Refused(f"GetPartitions with {sorted(call.params)}")
    view, database = _entered(world, call, "glue:GetPartitions", call.params["TableName"])
    table = _table(database, call.params["TableName"])
    require("DESCRIBE", _sight(view, database, table), table.name)
    names = {"CatalogId": view.catalog.account, "DatabaseName": database.name, "TableName": table.name}
    return page([each | names for each in table.partitions], call.params, "Partitions", 1000)


def _entered(world: World, call: Call, action: str, table: str | None) -> tuple[View, Database]:
    """The database that the call names, or what it links to; with IAM's word on the target.

    "When accessing a target database or table through a resource link, you must have both IAM and Lake Formation
    permissions on both the target and the resource link. The Lake Formation permission that is required on resource
    links is DESCRIBE."
    """
    view = View.of(world, call, call.params.get("CatalogId"))
    name = call.params["DatabaseName"].lower()
    found = view.catalog.databases.get(name)
    if found is None and not view.foreign:
        raise AwsError("EntityNotFoundException", f"Database {name} not found.")
    if found is None:
        raise denied(f"Required Describe on {name}")
    if found.target is None:
        return view, found
    require("DESCRIBE", view.on_database(found), found.name)
    there = view.there(found.target)
    target = there.catalog.databases.get(found.target.database)
    if target is None:
        raise AwsError("EntityNotFoundException", f"Database {found.target.database} not found.")
    arns = [there.catalog.arn, there.catalog.database_arn(target.name)]
    arns += [there.catalog.table_arn(target.name, table)] if table else []
    if not (view.lake.link_alone or all(there.may(action, arn) for arn in arns)):
        raise denied(f"Required Describe on {target.name}")
    return there, target


def _followed(view: View, database: Database, table: Table) -> dict[str, Any]:
    require("DESCRIBE", _sight(view, database, table), table.name)
    if table.target is None:
        return described(view, database, table)
    there = view.there(table.target)
    assert table.target.table is not None
    target = there.catalog.databases.get(table.target.database)
    found = there.catalog.table(table.target.database, table.target.table)
    if target is None or found is None or not _sight(there, target, found):
        return described(view, database, table)
    return described(there, target, found)


def _sight(view: View, database: Database, table: Table) -> set[str]:
    rights = view.on_table(database, table)
    return rights.permissions | ({"DESCRIBE"} if rights else set())


def described(view: View, database: Database, table: Table) -> dict[str, Any]:
    """With the columns that the caller may see: lf-permissions-reference.html#perm-select."""
    shape = copy.deepcopy(table.definition)
    if table.target is None:
        seen = view.on_table(database, table).seen
        storage = shape.get("StorageDescriptor", {})
        if "Columns" in storage:
            storage["Columns"] = [column for column in storage["Columns"] if column["Name"] in seen]
        if "PartitionKeys" in shape:
            shape["PartitionKeys"] = [column for column in shape["PartitionKeys"] if column["Name"] in seen]
    return shape | {
        "DatabaseName": database.name,
        "CatalogId": view.catalog.account,
        "CreateTime": table.created,
        "UpdateTime": table.updated,
        "CreatedBy": table.creator,
        "VersionId": str(table.version),
        "IsRegisteredWithLakeFormation": view.enforced(database, table),
    }


def _own_database(world: World, call: Call) -> tuple[View, Database]:
    if call.params.get("CatalogId") not in {None, call.account}:
        raise Refused(f"{call} in the catalog of another account")
    view = View.of(world, call)
    database = view.database(call.params["DatabaseName"])
    if database.target is not None:
        raise Refused("changing tables through a link to their database")
    return view, database


def _table(database: Database, name: str) -> Table:
    found = database.tables.get(name.lower())
    if found is None:
        raise AwsError("EntityNotFoundException", f"Table {name.lower()} not found.")
    return found
