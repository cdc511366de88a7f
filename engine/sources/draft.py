"""A product being read: its document, its binding file, and what is found wrong or left open on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.errors import Problem
from engine.sources.binding import Binding
from engine.sources.contract import Contract, ContractTable
from engine.sources.declarations import Declarations
from engine.sources.findings import Finding
from engine.text.declared import Declared, Source
from engine.text.yaml_text import Path

Mark = tuple[Source, Path]
"""A place in one of a product's two files."""


@dataclass(slots=True)
class Draft:
    """What is known of a product so far. `overlay` is its binding file, None when it has none.

    `location` is the place of its S3 location, once that is read.
    """

    id: str
    contract: Contract
    source: Source
    overlay: Declared[Binding] | None
    declared: Declarations
    location: Mark | None = None
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def binding(self) -> Binding:
        """The binding file's, empty when there is none."""
        return self.overlay.fact if self.overlay else Binding()

    @property
    def binding_file(self) -> str:
        """Where somebody who does not own the document says what it lacks."""
        return f"mesh/bindings/{self.id}.yaml"

    def mark(self, key: str) -> Mark:
        """Where a binding says a fact of the contract: in the binding file, else in the document's custom property."""
        if key in self.binding.model_fields_set:
            return self.overlay_mark(key)
        return self.source, (*self.contract.binding_place, key)

    def overlay_mark(self, *path: str) -> Mark:
        """A place in the binding file."""
        return (self.overlay.source, path) if self.overlay else (self.source, ())

    def table_mark(self, table: ContractTable, key: str) -> Mark:
        """Where a binding file says `key` of a table, else the table in the document."""
        for written, said in self.binding.tables.items():
            if written.lower() in (table.name, table.physical) and key in said.model_fields_set:
                return self.overlay_mark("tables", written, key)
        return self.source, table.place

    def problem(self, mark: Mark, message: str, value: str | None = None) -> None:
        """Notes a problem at a place."""
        source, path = mark
        file, line = source.place(path, value)
        self.problems.append(Problem(file, line, message))

    def find(
        self, kind: Literal["unbound", "unclassified", "empty"], path: Path, message: str, subject: str = ""
    ) -> None:
        """Notes what is left open at a place of the document."""
        file, line = self.source.place(path)
        self.findings.append(Finding(file, line, kind, self.id, subject, message))
