"""What an ODCS document does not say and Meshwarden needs: where a product can be granted, and what its columns hold.

The same shape stands in two places: an owner writes it into the document, as the value of the custom property
`meshwarden` of the contract, a server, a table or a column; or somebody else writes it into
`mesh/bindings/<product>.yaml`, which leaves the document untouched. What the binding file says wins, key by key.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.model.fields import AccountId, Classification, Fact, Id, Ids, Region, S3Location, Text
from engine.model.instants import Instant


class ColumnBinding(Fact):
    """What a column holds. A nested property is named by its path: `address.street`."""

    classification: Classification | None = None
    personal: bool | None = None
    tags: Ids | None = None
    partition_key: bool | None = None


class TableBinding(Fact):
    """Where a table lies (`database.table` or `schema.table`), and how Lake Formation takes it over."""

    location: Text | None = None
    managed: Literal["lf", "hybrid"] | None = None
    columns: dict[str, ColumnBinding] = Field(default_factory=dict)


class ServerBinding(Fact):
    """One of the document's servers by `name`, or a server it lacks. A Redshift server names a declared warehouse."""

    name: Text | None = None
    kind: Literal["glue", "redshift"] | None = None
    account: AccountId | None = None
    region: Region | None = None
    database: Text | None = None
    schema_name: Text | None = Field(default=None, alias="schema")
    warehouse: Id | None = None
    location: S3Location | None = None


class Binding(Fact):
    """A product's binding."""

    domain: Id | None = None
    owner: Id | None = None
    kind: Literal["curated", "raw"] | None = None
    audience: Literal["open", "domain"] | None = None
    embargoed_until: Instant | None = None
    purposes: Ids | None = None
    server: ServerBinding | None = None
    tables: dict[str, TableBinding] = Field(default_factory=dict)
