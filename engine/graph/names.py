"""What somebody typed, found among what is declared; for a misspelt name, the nearest ones.

Names are node ids, with or without their kind: `column:servicing/loans/loan/email`, `servicing/loans/loan`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.model.mesh import Mesh


@dataclass(frozen=True, slots=True)
class Target:
    """A product, one of its tables, or one of a table's columns."""

    product: str
    table: str | None = None
    column: str | None = None

    @property
    def kind(self) -> Literal["product", "table", "column"]:
        return "column" if self.column is not None else "table" if self.table is not None else "product"

    @property
    def name(self) -> str:
        return "/".join(part for part in (self.product, self.table, self.column) if part is not None)

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Holder:
    """A principal or a persona."""

    kind: Literal["principal", "persona"]
    name: str

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"


def resolve_target(mesh: Mesh, typed: str) -> Target:
    """The product, table or column of this name, in any case of letters. Raises UnknownNameError."""
    raise NotImplementedError


def resolve_holder(mesh: Mesh, typed: str) -> Holder:
    """The principal or persona of this name. Raises UnknownNameError, also when it names both and says no kind."""
    raise NotImplementedError


def resolve_principal(mesh: Mesh, typed: str) -> str:
    """The id of the principal of this name. Raises UnknownNameError."""
    raise NotImplementedError
