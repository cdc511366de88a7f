"""Databases of the Glue Data Catalog, and links to databases.

https://docs.aws.amazon.com/glue/latest/webapi/API_CreateDatabase.html;
links: https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tests.emulator.call import Call
from tests.emulator.catalog import Catalog, Database, Target
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.glue_access import View, require
from tests.emulator.lakeformation.authority import denied
from tests.emulator.lakeformation.effective import catalog_permissions
from tests.emulator.lakeformation.permissions import ALL, DATABASE, IAM_ALLOWED_PRINCIPALS, LINK
from tests.emulator.lakeformation.resources import DatabaseKey
from tests.emulator.lakeformation.state import Lake
from tests.emulator.paging import page
from tests.emulator.world import World

LARGEST_PAGE = 100
"""https://docs.aws.amazon.com/glue/latest/webapi/API_GetDatabases.html"""


@operation("glue", "CreateDatabase")
def create_database(world: World, call: Call) -> dict[str, Any]:
    view = _own(world, call)
    if "CREATE_DATABASE" not in catalog_permissions(view.lake, view.who):
        raise denied("Required Create Database on Catalog")
    given = call.params["DatabaseInput"]
    view.must_place(given.get("LocationUri"), None)
    database = add_database(world, view.catalog, view.lake, given, view.who.arn)
    if tags := call.params.get("Tags"):
        view.catalog.tags[view.catalog.database_arn(database.name)] = dict(tags)
    return {}


def add_database(world: World, catalog: Catalog, lake: Lake, given: Mapping[str, Any], creator: str) -> Database:
    """Makes a database or a link, with the permissions that come with it.

    Its creator has them all, with the grant option (implicit-permissions.html); on a link those that a link takes. The
    settings may give Super to IAMAllowedPrincipals (change-settings.html). Whether a link leads anywhere is not
    looked at (resource-links-about.html).
    """
    if given.get("FederatedDatabase"):
        raise Refused("federated databases")
    name = given["Name"].lower()
    if name in catalog.databases:
        raise AwsError("AlreadyExistsException", "Database already exists.")
    definition = copy.deepcopy(dict(given)) | {"Name": name}
    defaults = definition.get("CreateTableDefaultPermissions")
    if defaults is None:
        definition["CreateTableDefaultPermissions"] = copy.deepcopy(lake.settings["CreateTableDefaultPermissions"])
    target = _target(given.get("TargetDatabase"), catalog)
    database = Database(name, definition, world.now(), creator, target)
    catalog.databases[name] = database
    key = DatabaseKey(lake.account, name)
    granted = LINK if target else DATABASE | {ALL}
    lake.grants.add(creator, key, granted, granted)
    for default in lake.settings["CreateDatabaseDefaultPermissions"]:
        lake.grants.add(default["Principal"]["DataLakePrincipalIdentifier"], key, default["Permissions"])
    return database


def _target(given: Mapping[str, str] | None, catalog: Catalog) -> Target | None:
    if not given:
        return None
    return Target(given["CatalogId"], given.get("Region") or catalog.region, given["DatabaseName"].lower())


@operation("glue", "GetDatabase")
def get_database(world: World, call: Call) -> dict[str, Any]:
    view = View.of(world, call, call.params.get("CatalogId"))
    database = view.database(call.params["Name"])
    require("DESCRIBE", view.on_database(database), database.name)
    return {"Database": _followed(view, database)}


def _followed(view: View, database: Database) -> dict[str, Any]:
    """With permissions on the target the target's properties, otherwise the link's. Only the first link is followed
    (resource-links-about.html).
    """
    if database.target is None:
        return described(view.catalog, database)
    there = view.there(database.target)
    found = there.catalog.databases.get(database.target.database)
    if found is None or not there.on_database(found):
        return described(view.catalog, database)
    if not there.may("glue:GetDatabase", there.catalog.database_arn(found.name)):
        return described(view.catalog, database)
    return described(there.catalog, found)


@operation("glue", "GetDatabases")
def get_databases(world: World, call: Call) -> dict[str, Any]:
    """Those the caller may see; with ResourceShareType also what others shared with him."""
    if call.params.get("AttributesToGet") or call.params.get("ResourceShareType") == "FEDERATED":
        raise Refused(f"GetDatabases with {sorted(call.params)}")
    here = View.of(world, call, call.params.get("CatalogId"))
    kind = call.params.get("ResourceShareType")
    views = [] if kind == "FOREIGN" else [here]
    if kind in {"ALL", "FOREIGN"}:
        others = sorted(key for key in world.states(Catalog) if key != (here.catalog.account, call.region))
        views += [View.of(world, call, account) for account, region in others if region == call.region]
    found = [
        described(view.catalog, database) if view.foreign else _followed(view, database)
        for view in views
        for _, database in sorted(view.catalog.databases.items())
        if view.on_database(database)
    ]
    return page(found, call.params, "DatabaseList", LARGEST_PAGE)


@operation("glue", "UpdateDatabase")
def update_database(world: World, call: Call) -> dict[str, Any]:
    view = _own(world, call)
    database = view.database(call.params["Name"])
    if database.target is not None:
        raise Refused("updating a database through a link")
    require("ALTER", view.on_database(database), database.name)
    given = copy.deepcopy(call.params["DatabaseInput"])
    if given["Name"].lower() != database.name:
        raise AwsError("InvalidInputException", "The name of a database cannot be changed.")
    if given.get("LocationUri") != database.definition.get("LocationUri"):
        view.must_place(given.get("LocationUri"), None)
    defaults = database.definition["CreateTableDefaultPermissions"]
    database.definition = {"CreateTableDefaultPermissions": defaults} | given | {"Name": database.name}
    return {}


@operation("glue", "DeleteDatabase")
def delete_database(world: World, call: Call) -> dict[str, Any]:
    """The database with its tables, or the link alone; with the grants and LF-Tags on them.

    Resource shares stay as they are: "Revoke cross-account permissions before you delete a database or table"
    (https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html).
    """
    view = _own(world, call)
    database = view.database(call.params["Name"])
    require("DROP", view.on_database(database), database.name)
    del view.catalog.databases[database.name]
    view.catalog.tags.pop(view.catalog.database_arn(database.name), None)
    view.lake.grants.forget_database(view.lake.account, database.name)
    view.lake.tags.forget((database.name,))
    return {}


@operation("glue", "GetTags")
def get_tags(world: World, call: Call) -> dict[str, Any]:
    """Tags of AWS, which are no LF-Tags. https://docs.aws.amazon.com/glue/latest/webapi/API_GetTags.html"""
    return {"Tags": dict(_tagged(world, call))}


@operation("glue", "TagResource")
def tag_resource(world: World, call: Call) -> dict[str, Any]:
    _tagged(world, call).update(call.params["TagsToAdd"])
    return {}


@operation("glue", "UntagResource")
def untag_resource(world: World, call: Call) -> dict[str, Any]:
    tags = _tagged(world, call)
    for key in call.params["TagsToRemove"]:
        tags.pop(key, None)
    return {}


def _tagged(world: World, call: Call) -> dict[str, str]:
    arn = call.params["ResourceArn"]
    catalog = world.state(Catalog, call.account, call.region)
    if not any(arn == catalog.database_arn(name) for name in catalog.databases):
        raise Refused(f"tags of {arn}")
    return catalog.tags.setdefault(arn, {})


def _own(world: World, call: Call) -> View:
    """Databases are made and changed in the caller's own catalog."""
    if call.params.get("CatalogId") not in {None, call.account}:
        raise Refused(f"{call} in the catalog of another account")
    return View.of(world, call)


def described(catalog: Catalog, database: Database) -> dict[str, Any]:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_Database.html"""
    return copy.deepcopy(database.definition) | {"CreateTime": database.created, "CatalogId": catalog.account}


def default_grants(database: Database) -> bool:
    """Whether new tables of the database are IAM's: https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html"""
    defaults = database.definition["CreateTableDefaultPermissions"]
    return any(each["Principal"]["DataLakePrincipalIdentifier"] == IAM_ALLOWED_PRINCIPALS for each in defaults)
