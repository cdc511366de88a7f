"""The columns of a table: what each holds, when everything nested in it is counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from engine.model.fields import CLASSIFICATIONS, Classification, rank
from engine.model.products import Column
from engine.sources.binding import ColumnBinding, TableBinding
from engine.sources.contract import ContractProperty, ContractTable
from engine.sources.draft import Draft
from engine.sources.findings import first_names

_EMPTY = ColumnBinding()


@dataclass(slots=True)
class _Open:
    """What a table's columns leave open, by what it is: a table takes a few lines, not one for each column."""

    words: dict[str, list[ContractProperty]] = field(default_factory=lambda: defaultdict(list))
    tags: dict[str, list[ContractProperty]] = field(default_factory=lambda: defaultdict(list))
    silent: dict[str, list[ContractProperty]] = field(default_factory=lambda: defaultdict(list))


def read_columns(draft: Draft, table: ContractTable, overlay: TableBinding | None) -> tuple[Column, ...]:
    """The columns of a table in the document's order; what they leave open becomes findings of the draft."""
    bindings = {path.lower(): binding for path, binding in overlay.columns.items()} if overlay else {}
    found = _Open()
    reader = _Reader(draft, bindings, found)
    columns = tuple(reader.column(column) for column in table.columns)
    _report(draft, table, found)
    return columns


def properties(columns: tuple[ContractProperty, ...]) -> Iterator[ContractProperty]:
    """The columns and everything nested in them."""
    for column in columns:
        yield column
        if column.nested:
            yield from properties(column.nested)


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of a property by itself. `refused`: a classification or tag is said that is not to be had."""

    classification: Classification | None
    personal: bool | None
    tags: frozenset[str]
    refused: bool


class _Reader:
    def __init__(self, draft: Draft, bindings: dict[str, ColumnBinding], found: _Open) -> None:
        self._tags = draft.declared.tags
        self._bindings = bindings
        self._open = found

    def column(self, column: ContractProperty) -> Column:
        """A column is as strict as its strictest property, personal if one is, unclassified if one is."""
        own = self._says(column)
        classification, personal, tags = own.classification, own.personal, own.tags
        for part in properties(column.nested):
            said = self._says(part)
            # What an array's items or a map's parts do not say of themselves, the array or map has said for them.
            if said.classification is not None or said.refused or not part.element:
                classification = _stricter(classification, said.classification)
            if said.personal is not None or not part.element:
                personal = None if personal is None or said.personal is None else personal or said.personal
            tags = tags | said.tags
        bound = self._bindings.get(column.path, _EMPTY).partition_key
        stated = column.binding.partition_key if column.binding else None
        partition = stated if bound is None else bound
        return Column(
            name=column.name,
            classification=classification,
            personal=personal,
            tags=tuple(sorted(tags)),
            partition_key=column.partitioned if partition is None else partition,
        )

    def _says(self, node: ContractProperty) -> _Said:
        """What the binding file says of a property, else the custom property, else the document."""
        overlay = self._bindings.get(node.path, _EMPTY)
        stated = node.binding or _EMPTY
        personal = stated.personal if overlay.personal is None else overlay.personal
        classification = overlay.classification or stated.classification
        refused = False
        if classification is None and node.classification is not None:
            if node.classification in CLASSIFICATIONS:
                classification = cast(Classification, node.classification)
            else:
                refused = True
                self._open.words[node.classification].append(node)
        bound = stated.tags if overlay.tags is None else overlay.tags
        tags = frozenset(node.tags if bound is None else bound)
        unknown = tags - self._tags.names if tags else tags
        for tag in sorted(unknown) if bound is None else ():  # a binding's is a problem, not a finding
            self._open.tags[tag].append(node)
        if (classification is None or personal is None) and not (refused or node.element):
            self._silent(node, classification, personal)
        refused = refused or bool(unknown)
        return _Said(None if refused else classification, personal, tags - unknown, refused)

    def _silent(self, node: ContractProperty, classification: Classification | None, personal: bool | None) -> None:
        missing = [key for key, value in (("classification", classification), ("personal", personal)) if value is None]
        self._open.silent[" and ".join(missing)].append(node)


def _stricter(one: Classification | None, other: Classification | None) -> Classification | None:
    if one is None or other is None:
        return None
    return other if rank(other) > rank(one) else one


def _report(draft: Draft, table: ContractTable, found: _Open) -> None:
    for word, nodes in found.words.items():
        said = f"classification `{word}`; expected one of {', '.join(CLASSIFICATIONS)}"
        _find(draft, table, nodes, f"{_columns(nodes)} {said}", "classification")
    for tag, nodes in found.tags.items():
        said = f"tag `{tag}`, which mesh/tags.yaml does not declare"
        _find(draft, table, nodes, f"{_columns(nodes)} {said}", "tags")
    for missing, nodes in found.silent.items():
        names = first_names([node.path for node in nodes])
        some = "1 column" if len(nodes) == 1 else f"{len(nodes)} columns"
        said = f"table `{table.name}` has {some} without {missing}, readable by nobody: {names}"
        draft.find("unclassified", table.place, f"{said}; {draft.binding_file} can say it", table.name)


def _columns(nodes: list[ContractProperty]) -> str:
    names = first_names([node.path for node in nodes])
    return f"column {names} has" if len(nodes) == 1 else f"columns {names} have"


def _find(draft: Draft, table: ContractTable, nodes: list[ContractProperty], message: str, key: str) -> None:
    subject = f"{table.name}.{nodes[0].path}" if len(nodes) == 1 else table.name
    draft.find("unclassified", (*nodes[0].place, key), message, subject)
