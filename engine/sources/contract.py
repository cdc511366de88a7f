"""An ODCS document -> what Meshwarden reads of it.

The standard's own JSON Schema judges every document. What owners add for Meshwarden stands in the custom property
`meshwarden` of the contract, a server, a table or a column, and is judged by the shape of a binding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from engine.model.fields import Fact
from engine.sources.binding import Binding, ColumnBinding, ServerBinding, TableBinding
from engine.sources.schemas import COLUMN_PART, CONTRACT_PART, SERVER_PART, TABLE_PART
from engine.sources.standard import judge
from engine.text.shapes import Shape, become
from engine.text.yaml_text import Fault, Json, Path, YamlText, read_yaml

F = TypeVar("F", bound=Fact)

PROPERTY = "meshwarden"
"""The custom property that holds a binding."""


@dataclass(frozen=True, slots=True)
class ContractProperty:
    """A column, or a property nested in one. `element` marks an array's `items` and a map's parts.

    `written` is the name as its author wrote it, `name` the same in lower case.
    """

    place: Path
    written: str
    path: str
    name: str
    classification: str | None
    tags: tuple[str, ...]
    partitioned: bool
    binding: ColumnBinding | None
    element: bool
    nested: tuple[ContractProperty, ...]


@dataclass(frozen=True, slots=True)
class ContractTable:
    """A table. `container` is what stands before the last segment of its physical name.

    `name` is that segment, or the whole physical name where another table of the document ends in the same one.
    `physical` is the whole, `written` the same as its author wrote it.
    """

    place: Path
    written: str
    name: str
    physical: str
    container: str | None
    binding: TableBinding | None
    columns: tuple[ContractProperty, ...]


@dataclass(frozen=True, slots=True)
class ContractServer:
    """A server of whatever type, with the facts that may bind a product to it."""

    place: Path
    name: str
    type: str
    account: str | None
    region: str | None
    database: str | None
    schema: str | None
    location: str | None
    binding: ServerBinding | None


@dataclass(frozen=True, slots=True)
class Contract:
    """A document. `binding_place` is where its own `binding` stands."""

    title: str | None
    domain: str | None
    version: str
    status: str
    binding: Binding | None
    binding_place: Path
    servers: tuple[ContractServer, ...]
    tables: tuple[ContractTable, ...]


@dataclass(frozen=True, slots=True)
class ContractReading:
    """A document's text and contract. `contract` is None when there are faults."""

    text: YamlText
    contract: Contract | None
    faults: tuple[Fault, ...]


@lru_cache(maxsize=4_096)
def read_contract(text: bytes) -> ContractReading:
    """Reads an ODCS document. A text read before in this process is not read again."""
    yaml_text = read_yaml(text)
    faults = list(yaml_text.faults)
    if faults:
        return ContractReading(yaml_text, None, tuple(faults))
    faults.extend(judge(yaml_text))
    reader = _Reader(yaml_text, faults)
    contract = reader.contract() if isinstance(yaml_text.data, dict) else None
    return ContractReading(yaml_text, None if faults else contract, tuple(faults))


def _text(node: dict[str, Json], key: str) -> str | None:
    value = node.get(key)
    return value if isinstance(value, str) and value else None


def _objects(node: dict[str, Json], key: str) -> Iterator[tuple[int, dict[str, Json]]]:
    value = node.get(key)
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield index, item


class _Reader:
    """Walks a document that may break the standard, and collects what its bindings break as well."""

    def __init__(self, text: YamlText, faults: list[Fault]) -> None:
        self._text = text
        self._faults = faults

    def contract(self) -> Contract:
        node = self._text.data if isinstance(self._text.data, dict) else {}
        return Contract(
            title=_text(node, "name"),
            domain=_text(node, "domain"),
            version=_text(node, "version") or "",
            status=(_text(node, "status") or "").lower(),
            binding=self._binding(node, (), CONTRACT_PART, Binding),
            binding_place=self._binding_place(node),
            servers=tuple(self._server(item, ("servers", index)) for index, item in _objects(node, "servers")),
            tables=self._tables(node),
        )

    def _server(self, node: dict[str, Json], place: Path) -> ContractServer:
        return ContractServer(
            place=place,
            name=_text(node, "server") or "",
            type=_text(node, "type") or "",
            account=_text(node, "account"),
            region=_text(node, "region"),
            database=_text(node, "database"),
            schema=_text(node, "schema"),
            location=_text(node, "location"),
            binding=self._binding(node, place, SERVER_PART, ServerBinding),
        )

    def _tables(self, node: dict[str, Json]) -> tuple[ContractTable, ...]:
        tables = [self._table(item, ("schema", index)) for index, item in _objects(node, "schema")]
        wholes: dict[str, set[str]] = {}
        for table in tables:
            wholes.setdefault(table.name, set()).add(table.physical)
        return tuple(replace(table, name=table.physical) if len(wholes[table.name]) > 1 else table for table in tables)

    def _table(self, node: dict[str, Json], place: Path) -> ContractTable:
        written, logical = _text(node, "physicalName") or "", _text(node, "name") or ""
        container, _, name = written.lower().rpartition(".")
        return ContractTable(
            place=place,
            written=written if name else logical,
            name=name or logical.lower(),
            physical=(written if name else logical).lower(),
            container=container if name and container else None,
            binding=self._binding(node, place, TABLE_PART, TableBinding),
            columns=tuple(
                self._property(item, (*place, "properties", index), "") for index, item in _objects(node, "properties")
            ),
        )

    def _property(self, node: dict[str, Json], place: Path, above: str, element: str | None = None) -> ContractProperty:
        written = element or _text(node, "physicalName") or _text(node, "name") or ""
        name = written.lower()
        path = f"{above}.{name}" if above else name
        # What lies below `items` or a map's parts is named as if it lay in the array or map itself.
        below = above if element is not None else path
        nested = [self._property(item, (*place, "properties", at), below) for at, item in _objects(node, "properties")]
        elements: list[tuple[Path, str, Json]] = [((*place, "items"), "items", node.get("items"))]
        if isinstance(parts := node.get("map"), dict):
            elements.extend(((*place, "map", part), part, parts.get(part)) for part in ("key", "value"))
        nested.extend(self._property(item, at, below, part) for at, part, item in elements if isinstance(item, dict))
        tags = node.get("tags")
        return ContractProperty(
            place=place,
            written=written,
            path=path,
            name=name,
            classification=_text(node, "classification"),
            tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
            partitioned=node.get("partitioned") is True,
            binding=self._binding(node, place, COLUMN_PART, ColumnBinding),
            element=element is not None,
            nested=tuple(nested),
        )

    def _binding_place(self, node: dict[str, Json]) -> Path:
        found = (at for at, item in _objects(node, "customProperties") if item.get("property") == PROPERTY)
        return next((("customProperties", at, "value") for at in found), ())

    def _binding(self, node: dict[str, Json], place: Path, part: Shape, model: type[F]) -> F | None:
        found = [(at, item) for at, item in _objects(node, "customProperties") if item.get("property") == PROPERTY]
        for at, _ in found[1:]:
            line = self._text.line((*place, "customProperties", at))
            self._faults.append(Fault(line, f"custom property `{PROPERTY}` stands twice in one place"))
        if not found:
            return None
        at, item = found[0]
        where: Path = (*place, "customProperties", at, "value")
        faults, broken = part.check(self._text, where, item.get("value"))
        fact, refused = become(model, self._text, where, item.get("value"), PROPERTY, broken)
        self._faults.extend((*faults, *refused))
        return fact
