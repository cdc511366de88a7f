"""What Lake Formation grants on, as keys: a `Resource` of the API and back.

https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_Resource.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.emulator.errors import AwsError, Refused

ALL_TABLES = "ALL_TABLES"
"""The name under which every table of a database is listed (provider 5.100,
internal/service/lakeformation/filter.go)."""


@dataclass(frozen=True, slots=True)
class CatalogKey:
    catalog: str


@dataclass(frozen=True, slots=True)
class DatabaseKey:
    catalog: str
    database: str


@dataclass(frozen=True, slots=True)
class TableKey:
    """A table with all its columns, or every table of the database (`ALL_TABLES`)."""

    catalog: str
    database: str
    table: str


@dataclass(frozen=True, slots=True)
class ColumnKey:
    """One column named in a grant; a grant on several is several keys, which are listed together."""

    catalog: str
    database: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class ExceptKey:
    """All columns but some, those of the future included."""

    catalog: str
    database: str
    table: str
    excluded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocationKey:
    catalog: str
    arn: str


@dataclass(frozen=True, slots=True)
class TagKey:
    catalog: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """Whatever carries the tags of an expression: an AND over its keys, an OR over a key's values."""

    catalog: str
    resource_type: str
    expression: tuple[tuple[str, tuple[str, ...]], ...]


Key: TypeAlias = CatalogKey | DatabaseKey | TableKey | ColumnKey | ExceptKey | LocationKey | TagKey | PolicyKey
_NOT_EMULATED = frozenset({"DataCellsFilter", "LFTagExpression", "RLSPolicy", "UserDefinedFunction", "AnyResource"})


def keys_of(resource: Mapping[str, Any], catalog: str) -> tuple[Key, ...]:
    """The keys of a `Resource`; `catalog` where it names none.

    Raises:
        AwsError: it names no resource or several, or both columns and all columns.
        Refused: a kind that is not emulated.
    """
    given = [(kind, value) for kind, value in resource.items() if value is not None]
    if len(given) != 1:
        raise AwsError("InvalidInputException", "Resource must have exactly one resource type populated.")
    kind, value = given[0]
    if kind in _NOT_EMULATED:
        raise Refused(f"Lake Formation permissions on {kind}")
    catalog = value.get("CatalogId") or catalog
    if kind == "Catalog":
        if value.get("Id"):
            raise Refused("catalogs below the default Data Catalog")
        return (CatalogKey(catalog),)
    if kind == "Database":
        return (DatabaseKey(catalog, value["Name"].lower()),)
    if kind == "Table":
        return (TableKey(catalog, value["DatabaseName"].lower(), _table_name(value)),)
    if kind == "TableWithColumns":
        return _columns(catalog, value)
    if kind == "DataLocation":
        return (LocationKey(catalog, value["ResourceArn"]),)
    if kind == "LFTag":
        return (TagKey(catalog, value["TagKey"].lower(), _lower(value["TagValues"])),)
    if kind == "LFTagPolicy":
        return (_policy(catalog, value),)
    raise Refused(f"Lake Formation permissions on {kind}")


def _table_name(value: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_TableResource.html: at least one of the
    two."""
    if value.get("TableWildcard") is not None or value.get("Name") == ALL_TABLES:
        return ALL_TABLES
    if not value.get("Name"):
        raise AwsError("InvalidInputException", "At least one of Name or TableWildcard is required.")
    return str(value["Name"]).lower()


def _columns(catalog: str, value: Mapping[str, Any]) -> tuple[Key, ...]:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_TableWithColumnsResource.html"""
    database, table = value["DatabaseName"].lower(), value["Name"].lower()
    names, wildcard = value.get("ColumnNames"), value.get("ColumnWildcard")
    if bool(names) == (wildcard is not None):
        raise AwsError("InvalidInputException", "Exactly one of ColumnNames or ColumnWildcard is required.")
    if names:
        return tuple(ColumnKey(catalog, database, table, name) for name in sorted(set(names)))
    assert wildcard is not None
    if excluded := wildcard.get("ExcludedColumnNames"):
        return (ExceptKey(catalog, database, table, tuple(sorted(set(excluded)))),)
    return (TableKey(catalog, database, table),)


def _policy(catalog: str, value: Mapping[str, Any]) -> PolicyKey:
    if value.get("ExpressionName"):
        raise Refused("saved LF-Tag expressions")
    expression = tuple(
        sorted((tag["TagKey"].lower(), _lower(tag["TagValues"])) for tag in value.get("Expression") or ())
    )
    if not expression:
        raise AwsError("InvalidInputException", "An LF-Tag policy needs an expression.")
    if len({key for key, _ in expression}) < len(expression):
        raise AwsError("InvalidInputException", "An LF-Tag expression names a key once.")
    return PolicyKey(catalog, value["ResourceType"], expression)


def _lower(values: list[str]) -> tuple[str, ...]:
    """LF-Tags are stored in lower case: https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-creating-tags.html"""
    return tuple(sorted({value.lower() for value in values}))


def resource_of(key: Key) -> dict[str, Any]:
    """The `Resource` that ListPermissions shows for a key; the columns of several `ColumnKey` are joined there."""
    match key:
        case CatalogKey():
            return {"Catalog": {}}
        case DatabaseKey(catalog, database):
            return {"Database": {"CatalogId": catalog, "Name": database}}
        case TableKey(catalog, database, table):
            wildcard: dict[str, Any] = {"TableWildcard": {}} if table == ALL_TABLES else {}
            return {"Table": {"CatalogId": catalog, "DatabaseName": database, "Name": table, **wildcard}}
        case ColumnKey(catalog, database, table, column):
            return columns_resource(catalog, database, table, {"ColumnNames": [column]})
        case ExceptKey(catalog, database, table, excluded):
            return columns_resource(
                catalog, database, table, {"ColumnWildcard": {"ExcludedColumnNames": list(excluded)}}
            )
        case LocationKey(catalog, arn):
            return {"DataLocation": {"CatalogId": catalog, "ResourceArn": arn}}
        case TagKey(catalog, tag, values):
            return {"LFTag": {"CatalogId": catalog, "TagKey": tag, "TagValues": list(values)}}
        case PolicyKey(catalog, resource_type, expression):
            tags = [{"TagKey": tag, "TagValues": list(values)} for tag, values in expression]
            return {"LFTagPolicy": {"CatalogId": catalog, "ResourceType": resource_type, "Expression": tags}}


def columns_resource(catalog: str, database: str, table: str, columns: dict[str, Any]) -> dict[str, Any]:
    return {"TableWithColumns": {"CatalogId": catalog, "DatabaseName": database, "Name": table, **columns}}
