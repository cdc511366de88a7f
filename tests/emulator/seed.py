"""What stands in the accounts before anything is deployed: data, what a crawler finds of it, and the central catalog.

It takes plain data. In AWS these are the work of producers' crawlers and of whatever keeps a central catalog in step.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.iam.models import Role, iam_backends
from moto.s3.models import FakeBucket, s3_backends

from tests.emulator.catalog import Catalog, Database
from tests.emulator.glue import add_database
from tests.emulator.glue_tables import add_table
from tests.emulator.lakeformation.permissions import IAM_ALLOWED_PRINCIPALS
from tests.emulator.lakeformation.resources import CatalogKey
from tests.emulator.lakeformation.state import Lake, Location
from tests.emulator.policies import bucket_named
from tests.emulator.world import World

CRAWLER = "crawler"
CATALOG_SYNC = "catalog-sync"
REGISTRATION = "lake-registration"


@dataclass(frozen=True, slots=True)
class SeedTable:
    """`columns` with their Glue types, without the partition keys; `location` is `s3://bucket/prefix`."""

    name: str
    columns: tuple[tuple[str, str], ...]
    location: str
    partition_keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SeedDatabase:
    """A producer's database, and the name under which the central catalog holds the same tables."""

    account: str
    region: str
    name: str
    central: str
    tables: tuple[SeedTable, ...]


def add_role(account: str, name: str, trust: Mapping[str, Any], policy: Mapping[str, Any] | None = None) -> str:
    """The ARN of an IAM role with one inline policy, made if it is not there. `name` may have its path before it.

    Whom its trust names is not looked up.
    """
    backend = iam_backends[account]["aws"]
    path, _, name = name.rpartition("/")
    for role in backend.roles.values():
        if role.name == name:
            return str(role.arn)
    made: Role = backend.create_role(name, json.dumps(trust), f"/{path}/" if path else "/", None, "", [], "3600")
    if policy is not None:
        backend.put_role_policy(name, "inline", json.dumps(policy))
    return str(made.arn)


def seed_lake(
    world: World,
    governance: str,
    databases: Sequence[SeedDatabase],
    *,
    registration: str = REGISTRATION,
    sync: str = CATALOG_SYNC,
    iam_only: bool = False,
) -> None:
    """Buckets with rows, the producers' databases and tables, the governance account's over the same locations.

    `registration` names the governance account's role that reads the buckets, and is to register the locations; `sync`
    the one that makes the central databases and tables, and so holds them.
    `iam_only`: the central ones are IAM's as in a new account (IAMAllowedPrincipals holds Super); otherwise the account
    was prepared for Lake Formation before they were made
    (https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html).
    """
    role = _registration_role(governance, registration, databases)
    creator = add_role(governance, sync, _trust("glue.amazonaws.com"))
    for database in databases:
        crawler = add_role(database.account, CRAWLER, _trust("glue.amazonaws.com"))
        _data(database, role)
        _tables(world, database.account, database, database.name, crawler)
        if not iam_only:
            lake = world.state(Lake, governance, database.region)
            lake.settings["CreateDatabaseDefaultPermissions"] = []
            lake.settings["CreateTableDefaultPermissions"] = []
            if lake.grants.held(IAM_ALLOWED_PRINCIPALS, CatalogKey(governance)):
                lake.grants.remove(IAM_ALLOWED_PRINCIPALS, CatalogKey(governance), {"CREATE_DATABASE"})
        _tables(world, governance, database, database.central, creator)


def register_locations(
    world: World,
    governance: str,
    databases: Sequence[SeedDatabase],
    *,
    registration: str = REGISTRATION,
    hybrid: bool = False,
) -> None:
    """Each table's location with the central Lake Formation, where it is not registered yet."""
    role = _registration_role(governance, registration, databases)
    for database in databases:
        lake = world.state(Lake, governance, database.region)
        for table in database.tables:
            arn = "arn:aws:s3:::" + table.location.removeprefix("s3://").rstrip("/")
            if lake.location_of(table.location) is None:
                lake.locations[arn] = Location(arn, role, hybrid, False, False, world.now())


def _tables(world: World, account: str, database: SeedDatabase, name: str, creator: str) -> None:
    catalog, lake = world.state(Catalog, account, database.region), world.state(Lake, account, database.region)
    made: Database = catalog.databases.get(name) or add_database(world, catalog, lake, {"Name": name}, creator)
    for table in database.tables:
        added = add_table(world, catalog, lake, made, _definition(table), creator)
        if table.partition_keys:
            added.partitions.append(_partition(table))


def _definition(table: SeedTable) -> dict[str, Any]:
    """As a crawler of JSON lines writes it: https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html"""
    return {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "json"},
        "PartitionKeys": _columns(table.partition_keys),
        "StorageDescriptor": {
            "Columns": _columns(table.columns),
            "Location": table.location,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        },
    }


def _partition(table: SeedTable) -> dict[str, Any]:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_Partition.html"""
    storage = _definition(table)["StorageDescriptor"]
    location = f"{table.location.rstrip('/')}/{_folder(table)}"
    values = [f"{key}-1" for key, _ in table.partition_keys]
    return {"Values": values, "StorageDescriptor": storage | {"Location": location}}


def _folder(table: SeedTable) -> str:
    """Where the rows of its only partition lie: `day=day-1/`."""
    return "".join(f"{key}={key}-1/" for key, _ in table.partition_keys)


def _columns(columns: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns]


def _data(database: SeedDatabase, role: str) -> None:
    """Two rows a table, in the producer's bucket, which lets the registration role read."""
    backend = s3_backends[database.account]["aws"]
    for table in database.tables:
        name, _, prefix = table.location.removeprefix("s3://").partition("/")
        bucket = bucket_named(name) or backend.create_bucket(name, database.region)
        assert isinstance(bucket, FakeBucket)
        bucket.policy = json.dumps(_bucket_policy(name, role)).encode()
        rows = [{column: f"{column}-{number}" for column, _ in table.columns} for number in (1, 2)]
        path = f"{prefix.rstrip('/')}/" if prefix else ""
        body = "\n".join(json.dumps(row) for row in rows)
        backend.put_object(name, f"{path}{_folder(table)}part-0.json", body.encode())


def _bucket_policy(bucket: str, role: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/register-cross-account.html"""
    arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    allowed = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": ["s3:GetObject", "s3:ListBucket"]}
    return {"Version": "2012-10-17", "Statement": [allowed | {"Resource": arns}]}


def _registration_role(governance: str, name: str, databases: Sequence[SeedDatabase]) -> str:
    """A policy for each bucket: https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    arn = add_role(governance, name, _trust("lakeformation.amazonaws.com"))
    for bucket in sorted({table.location.removeprefix("s3://").split("/")[0] for d in databases for table in d.tables}):
        arns = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": arns}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam_backends[governance]["aws"].put_role_policy(name, bucket, policy)
    return arn


def _trust(service: str) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [allowed]}
