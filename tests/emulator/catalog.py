"""The Glue Data Catalog of one account and region: databases, tables, partitions, and links to those of others.

https://docs.aws.amazon.com/glue/latest/webapi/API_Database.html, API_Table.html, API_DatabaseIdentifier.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What a resource link stands for."""

    catalog: str
    region: str
    database: str
    table: str | None = None


@dataclass(slots=True)
class Table:
    name: str
    definition: dict[str, Any]
    """The TableInput as given."""
    created: datetime
    updated: datetime
    creator: str
    target: Target | None = None
    partitions: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0
    all_columns: tuple[str, ...] = ()
    partition_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.define(self.definition)

    def define(self, definition: dict[str, Any]) -> None:
        self.definition = definition
        data = definition.get("StorageDescriptor", {}).get("Columns", [])
        self.partition_keys = tuple(column["Name"] for column in definition.get("PartitionKeys", []))
        self.all_columns = (*(column["Name"] for column in data), *self.partition_keys)

    @property
    def location(self) -> str | None:
        location: str | None = self.definition.get("StorageDescriptor", {}).get("Location")
        return location


@dataclass(slots=True)
class Database:
    name: str
    definition: dict[str, Any]
    """The DatabaseInput as given, with the default permissions for tables that hold."""
    created: datetime
    creator: str
    target: Target | None = None
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass(slots=True)
class Catalog:
    account: str
    region: str
    databases: dict[str, Database] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags of AWS (not LF-Tags) by ARN."""

    @property
    def arn(self) -> str:
        return f"arn:aws:glue:{self.region}:{self.account}:catalog"

    def database_arn(self, database: str) -> str:
        return f"arn:aws:glue:{self.region}:{self.account}:database/{database}"

    def table_arn(self, database: str, table: str) -> str:
        return f"arn:aws:glue:{self.region}:{self.account}:table/{database}/{table}"

    def table(self, database: str, table: str) -> Table | None:
        found = self.databases.get(database)
        return found.tables.get(table) if found else None
