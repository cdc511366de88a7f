"""What is shared: products, tables, columns, and the column classes that policies see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator

from engine.model.fields import AccountId, Classification, Fact, Id, Ids, Region, S3Location
from engine.model.instants import Instant


@dataclass(frozen=True, slots=True)
class ColumnClass:
    """The distinct (classification, personal, tags) of a column: all that a policy can tell of it."""

    classification: Classification | None = None
    personal: bool | None = None
    tags: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`confidential.personal.tag-a`; no two classes share an id, since tag ids hold no period."""
        if self.classification is None:
            return "unclassified"
        return ".".join((self.classification, "personal" if self.personal else "impersonal", *self.tags))


UNCLASSIFIED = ColumnClass()


class Column(Fact):
    """A column. Unclassified (`classification` or `personal` is None) means readable by nobody."""

    name: str
    classification: Classification | None
    personal: bool | None
    tags: tuple[Id, ...] = ()
    partition_key: bool = False

    @property
    def column_class(self) -> ColumnClass:
        """What policies see of this column."""
        if self.classification is None or self.personal is None:
            return UNCLASSIFIED
        return ColumnClass(self.classification, self.personal, self.tags)


N = TypeVar("N", "Column", "Table")


def _by_name(items: tuple[N, ...]) -> tuple[N, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


class Table(Fact):
    """A table of a product. `location` is `database.table` (Glue) or `schema.table` (Redshift), None when unbound."""

    name: str
    location: str | None
    managed: Literal["lf", "hybrid"] = "lf"
    columns: Annotated[tuple[Column, ...], AfterValidator(_by_name)]


class Server(Fact):
    """Where a product's tables lie. `container` is the Glue database or the Redshift schema.

    `location` is where a Glue database's data lie, `s3://bucket/prefix` without a slash at its end; None where nobody
    says it.
    """

    kind: Literal["glue", "redshift"]
    account: AccountId
    region: Region
    container: str
    warehouse: Id | None = None
    location: S3Location | None = None


class Product(Fact):
    """A data product, from one ODCS document and its binding. A field nobody supplied is None, and no rule takes it."""

    id: str
    title: str
    domain: Id | None
    version: str
    status: str
    owner: Id | None
    kind: Literal["curated", "raw"] | None
    audience: Literal["open", "domain"] | None
    embargoed_until: Instant | None
    purposes: Ids
    server: Server | None
    tables: Annotated[tuple[Table, ...], AfterValidator(_by_name)]

    @cached_property
    def classes(self) -> tuple[ColumnClass, ...]:
        """The product's column classes, sorted by id."""
        distinct = {column.column_class for table in self.tables for column in table.columns}
        return tuple(sorted(distinct, key=lambda column_class: column_class.id))

    @cached_property
    def class_ids(self) -> dict[str, dict[str, str]]:
        """Table → column → the id of the column's class."""
        ids: dict[ColumnClass, str] = {column_class: column_class.id for column_class in self.classes}
        return {
            table.name: {column.name: ids[column.column_class] for column in table.columns} for table in self.tables
        }

    @property
    def hybrid(self) -> bool:
        """Whether Lake Formation takes its location over in hybrid access mode: a location has one mode for all."""
        return any(table.managed == "hybrid" for table in self.tables)

    @cached_property
    def tables_by_name(self) -> dict[str, Table]:
        return {table.name: table for table in self.tables}
