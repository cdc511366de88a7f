"""A lake to test on: a governance account with an administrator, a producer's data, a consumer's role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.identity import Credentials, add_user
from tests.emulator.lakeformation.state import Lake
from tests.emulator.seed import SeedDatabase, SeedTable, add_role, register_locations, seed_lake
from tests.emulator.server import Server, serve
from tests.emulator.world import World

GOVERNANCE, PRODUCER, CONSUMER = "100000000001", "200000000001", "300000000001"
REGION = "eu-west-1"
ADMIN = f"arn:aws:iam::{GOVERNANCE}:user/admin"
READER = f"arn:aws:iam::{CONSUMER}:role/reader"
LOANS = SeedDatabase(
    account=PRODUCER,
    region=REGION,
    name="loans_raw",
    central="loans",
    tables=(
        SeedTable("loan", (("id", "string"), ("email", "string"), ("rate", "double")), "s3://lake/loan"),
        SeedTable("payment", (("id", "string"), ("sum", "double")), "s3://lake/payment", (("day", "string"),)),
    ),
)
Document = Mapping[str, Any]


@dataclass
class Setting:
    world: World
    server: Server
    users: dict[str, Credentials] = field(default_factory=dict)

    def client(self, service: str, account: str = GOVERNANCE, name: str = "admin") -> Any:
        """As a user of the account with every right in IAM, made when first asked for."""
        key = f"{account}/{name}"
        if key not in self.users:
            self.users[key] = add_user(account, name)
        return self.server.client(service, self.users[key], REGION)

    def lake(self, account: str = GOVERNANCE) -> Lake:
        return self.world.state(Lake, account, REGION)

    def settle(self, account: str) -> None:
        """The account's `admin` administers its lake, and Lake Formation alone decides on what is made from now on."""
        self.client("lakeformation", account).put_data_lake_settings(
            DataLakeSettings={
                "DataLakeAdmins": [{"DataLakePrincipalIdentifier": f"arn:aws:iam::{account}:user/admin"}],
                "CreateDatabaseDefaultPermissions": [],
                "CreateTableDefaultPermissions": [],
                "Parameters": {"CROSS_ACCOUNT_VERSION": "4"},
            }
        )

    def link(self, name: str = "loans") -> None:
        """The consumer's resource link to the central database, which the reader may see."""
        self.client("glue", CONSUMER).create_database(
            DatabaseInput={"Name": name, "TargetDatabase": {"CatalogId": GOVERNANCE, "DatabaseName": "loans"}}
        )
        self.grant({"Database": {"Name": name}}, ["DESCRIBE"], account=CONSUMER)

    def grant(self, resource: Document, permissions: list[str], to: str = READER, account: str = GOVERNANCE) -> None:
        self.client("lakeformation", account).grant_permissions(
            Principal={"DataLakePrincipalIdentifier": to}, Resource=resource, Permissions=permissions
        )

    def revoke(self, resource: Document, permissions: list[str], to: str = READER, account: str = GOVERNANCE) -> None:
        self.client("lakeformation", account).revoke_permissions(
            Principal={"DataLakePrincipalIdentifier": to}, Resource=resource, Permissions=permissions
        )

    def listed(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.client("lakeformation").list_permissions(**asked)
        found: list[dict[str, Any]] = answer["PrincipalResourcePermissions"]
        return found

    def session(self, policy: Document | None = None) -> Credentials:
        """A session of the reader, narrowed by a session policy."""
        given = {"Policy": json.dumps(policy)} if policy else {}
        answer = self.client("sts", CONSUMER).assume_role(RoleArn=READER, RoleSessionName="reader", **given)
        found = answer["Credentials"]
        return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def trust(account: str) -> Document:
    return document("sts:AssumeRole", None, Principal={"AWS": f"arn:aws:iam::{account}:root"})


def document(action: str | list[str], resource: str | list[str] | None, **more: Any) -> Document:
    statement = {"Effect": "Allow", "Action": action, **more} | ({"Resource": resource} if resource else {})
    return {"Version": "2012-10-17", "Statement": [statement]}


READS = document(["glue:Get*", "lakeformation:GetDataAccess"], "*")


def start(*, register: bool = True, hybrid: bool = False, iam_only: bool = False) -> Setting:
    """Central tables over a producer's data; the consumer's role may call what a reader calls, and holds no grant."""
    world = World()
    world.organization |= {GOVERNANCE, PRODUCER, CONSUMER}
    setting = Setting(world, serve(world))
    setting.client("sts")
    setting.settle(GOVERNANCE)
    setting.settle(CONSUMER)
    add_role(CONSUMER, "reader", trust(CONSUMER), READS)
    if iam_only:
        lake = setting.lake()
        everything = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
        lake.settings |= {
            "CreateDatabaseDefaultPermissions": everything,
            "CreateTableDefaultPermissions": everything,
        }
    seed_lake(world, GOVERNANCE, [LOANS], iam_only=iam_only)
    if register:
        register_locations(world, GOVERNANCE, [LOANS], hybrid=hybrid)
    return setting


TABLE = {"Table": {"DatabaseName": "loans", "Name": "loan"}}
DATABASE = {"Database": {"Name": "loans"}}


def columns(*names: str, table: str = "loan") -> dict[str, Any]:
    return {"TableWithColumns": {"DatabaseName": "loans", "Name": table, "ColumnNames": list(names)}}
