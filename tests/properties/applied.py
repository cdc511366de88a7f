"""A plan put into the emulated AWS, call by call, as the plan's JSON says it; in process, without Terraform.

Written from docs/plan.md and from AWS's API references alone: IAM (CreatePolicy, CreateRole, AttachRolePolicy), Lake
Formation (CreateLFTag, AddLFTagsToResource, RegisterResource, GrantPermissions, CreateLakeFormationOptIn), Glue
(CreateDatabase with TargetDatabase). Without a line of the engine, nor of what synthesizes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.request import Request
from moto.core.utils import get_service_model
from moto.iam.models import iam_backends
from werkzeug.test import EnvironBuilder

from tests.emulator import actions, checks, glue, iam, sts
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import OPERATIONS
from tests.emulator.identity import Caller, Credentials, add_user, caller_of
from tests.emulator.lakeformation import (
    grant_operations,
    location_operations,
    opt_in_operations,
    settings_operations,
    tag_operations,
)
from tests.emulator.lakeformation.permissions import IAM_ALLOWED_PRINCIPALS
from tests.emulator.seed import REGISTRATION, SeedDatabase, SeedTable, add_role, seed_lake
from tests.emulator.world import World

REGISTERED = (
    glue,
    grant_operations,
    location_operations,
    opt_in_operations,
    settings_operations,
    sts,
    tag_operations,
)
"""The modules that answer what is asked here: to import them registers their operations."""

Json = dict[str, Any]
REGIONS = ("eu-central-1", "eu-west-1")
BOUNDARY = "meshwarden-boundary"
_ALL_OF_A_ROLE = [
    *("lakeformation:GetDataAccess", "glue:Get*", "glue:BatchGetPartition", "athena:*"),
    *("redshift-data:*", "redshift-serverless:GetCredentials", "redshift:GetClusterCredentials*"),
]
_REQUEST = Request(EnvironBuilder(method="POST").get_environ())
_SETTINGS: Json = {
    "CreateDatabaseDefaultPermissions": [],
    "CreateTableDefaultPermissions": [],
    "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
}


class NotTaken(Exception):
    """AWS does not take the plan, or no page says what it would do: in its words."""


class Cloud:
    """The accounts of a mesh, as they are before the first deploy: data, catalogs, an administrator, their own roles.

    `starters` are the roles that may come to assume access roles: the broker and the workloads.
    """

    def __init__(self, facts: Json, databases: dict[str, str], world: World) -> None:
        """`databases`: product → its database in the central catalog."""
        self.world = world
        self.accounts: list[str] = [account["id"] for account in facts["accounts"]]
        self.governance = next(item["id"] for item in facts["accounts"] if "governance" in item["roles"])
        world.organization.update(self.accounts)
        self._administrators = {account: add_user(account, "administrator") for account in self.accounts}
        workloads = [item["id"] for item in facts["principals"] if item["kind"] == "workload"]
        self.starters: list[str] = [facts["broker"]["role_arn"], *workloads]
        for arn in self.starters:
            _add_starter(arn)
        self.products = [item for item in facts["products"] if item["id"] in databases]
        seed_lake(world, self.governance, [_seeded(item, databases[item["id"]]) for item in self.products])
        for account in self.accounts:
            _add_policy(account, BOUNDARY, _allowing(_ALL_OF_A_ROLE))
            for region in REGIONS:
                admin = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{account}:user/administrator"}
                settings = _SETTINGS | {"DataLakeAdmins": [admin]}
                self.ask("lakeformation:PutDataLakeSettings", account, region, DataLakeSettings=settings)
        for product in self.products:
            self._leave_to_iam(product, databases[product["id"]])

    def ask(self, action: str, account: str, region: str, **params: Any) -> Json:
        """One call by the account's administrator. Raises AwsError or Refused."""
        return self.ask_as(self._administrators[account], action, region, **params)

    def ask_as(self, who: Credentials, action: str, region: str, **params: Any) -> Json:
        service, _, operation = action.partition(":")
        model = get_service_model(service)
        caller: Caller = caller_of(self.world, who.access_key, who.token)
        call = Call(service, operation, region, caller, params, model.operation_model(operation), "json", _REQUEST, b"")
        checks.request(call)
        for needed, resource in actions.needed(call):
            iam.authorize(self.world, call, needed, resource)
        return dict(OPERATIONS[service, operation](self.world, call) or {})

    def _leave_to_iam(self, product: Json, database: str) -> None:
        """What is in use through IAM: IAMAllowedPrincipals holds Super on the table and on its database."""
        tables = [table["name"] for table in product["tables"] if table["managed"] == "hybrid"]
        resources: list[Json] = [{"Table": {"DatabaseName": database, "Name": name}} for name in tables]
        for resource in [*resources, *([{"Database": {"Name": database}}] if tables else [])]:
            self.ask(
                "lakeformation:GrantPermissions",
                self.governance,
                product["server"]["region"],
                Principal={"DataLakePrincipalIdentifier": IAM_ALLOWED_PRINCIPALS},
                Resource=resource,
                Permissions=["ALL"],
            )


def apply(cloud: Cloud, plan: Json) -> None:
    """Makes all that the plan says. Raises NotTaken at the first call that AWS would not take."""
    try:
        _make_roles(plan)
        for action, account, region, params in _calls(cloud, plan):
            answer = cloud.ask(action, account, region, **params)
            if answer.get("Failures"):
                raise NotTaken(f"{action}: {answer['Failures']}")
    except (AwsError, Refused, ServiceException) as error:
        raise NotTaken(str(error)) from error


def _make_roles(plan: Json) -> None:
    for role in plan["access_roles"]:
        backend = iam_backends[role["account"]]["aws"]
        boundary = f"arn:aws:iam::{role['account']}:policy/{BOUNDARY}"
        backend.create_role(role["name"], _text(role["trust"]), "/", boundary, "", [], str(role["max_session"]))
        for name, document in role["policies"].items():
            _add_policy(role["account"], name, document)
            backend.attach_role_policy(f"arn:aws:iam::{role['account']}:policy/{name}", role["name"])
    for policy in plan["session_policies"]:
        _add_policy(policy["account"], policy["name"], policy["document"])


def _calls(cloud: Cloud, plan: Json) -> Iterator[tuple[str, str, str, Json]]:
    """(action, account, region, parameters), in the order in which things need each other."""
    central = cloud.governance
    registration = f"arn:aws:iam::{central}:role/{REGISTRATION}"
    for item in plan["locations"]:
        named = {"ResourceArn": item["arn"], "RoleArn": registration, "HybridAccessEnabled": item["hybrid"]}
        yield "lakeformation:RegisterResource", central, item["region"], named
    for item in plan["ontology"]:
        tag = {"TagKey": item["key"], "TagValues": item["values"]}
        yield "lakeformation:CreateLFTag", central, item["region"], tag
    for item in plan["assignments"]:
        for resource, tags in _tagged(item):
            if tags:
                pairs = [{"TagKey": key, "TagValues": [value]} for key, value in tags.items()]
                assigned = {"Resource": resource, "LFTags": pairs}
                yield "lakeformation:AddLFTagsToResource", item["catalog"], item["region"], assigned
    for item in plan["links"]:
        target = {
            "CatalogId": item["target_catalog"],
            "DatabaseName": item["target_database"],
            "Region": item["region"],
        }
        database = {"DatabaseInput": {"Name": item["name"], "TargetDatabase": target}}
        yield "glue:CreateDatabase", item["account"], item["region"], database
    for item in (grant for grant in plan["grants"] if "views" not in grant["target"]):
        given = {"Resource": _granted_on(item["target"]), "Permissions": item["permissions"]}
        yield "lakeformation:GrantPermissions", item["account"], item["region"], _to(item) | given
    for item in plan["opt_ins"]:
        of = {"CatalogId": item["catalog"]}
        whole = {"Database": of | {"Name": item["database"]}}
        table = {"Table": of | {"DatabaseName": item["database"], "Name": item["table"]}}
        on = {"Resource": whole if item["table"] is None else table}
        yield "lakeformation:CreateLakeFormationOptIn", item["account"], item["region"], _to(item) | on


def _to(item: Json) -> Json:
    return {"Principal": {"DataLakePrincipalIdentifier": item["principal"]}}


def _tagged(item: Json) -> Iterator[tuple[Json, Json]]:
    yield {"Database": {"Name": item["database"]}}, item["tags"]
    for table in item["tables"]:
        named = {"DatabaseName": item["database"], "Name": table["name"]}
        yield {"Table": named}, table["tags"]
        for column, tags in table["columns"].items():
            yield {"TableWithColumns": named | {"ColumnNames": [column]}}, tags


def _granted_on(target: Json) -> Json:
    if "resource_type" in target:
        expression = [{"TagKey": key, "TagValues": values} for key, values in target["expression"].items()]
        return {"LFTagPolicy": {"ResourceType": target["resource_type"], "Expression": expression}}
    if "columns" in target:
        table = {"DatabaseName": target["database"], "Name": target["table"]}
        return {"TableWithColumns": table | {"ColumnNames": target["columns"]}}
    return {"Database": {"Name": target["database"]}}


def _seeded(product: Json, central: str) -> SeedDatabase:
    """A product whose location the mesh does not know lies somewhere all the same."""
    server, elsewhere = product["server"], f"s3://elsewhere/{product['id']}"
    return SeedDatabase(
        server["account"],
        server["region"],
        server["container"],
        central,
        tuple(
            SeedTable(
                table["name"],
                tuple((column["name"], "string") for column in table["columns"] if not column["partition_key"]),
                f"{server['location'] or elsewhere}/{table['name']}",
                tuple((column["name"], "string") for column in table["columns"] if column["partition_key"]),
            )
            for table in product["tables"]
        ),
    )


def _add_starter(arn: str) -> None:
    account, name = arn.split(":")[4], arn.partition(":role/")[2]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    add_role(
        account, name, {"Version": "2012-10-17", "Statement": [trust]}, _allowing(["sts:AssumeRole", "sts:TagSession"])
    )


def _allowing(allowed: list[str]) -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}


def _add_policy(account: str, name: str, document: Json) -> None:
    iam_backends[account]["aws"].create_policy("", "/", _text(document), name, [])


def _text(document: Json) -> str:
    return json.dumps(document, separators=(",", ":"))
