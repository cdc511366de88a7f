"""What an ODCS document leaves open, so that less of its product is granted than could be: reported, never fatal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing left open. `subject` is the table or column it concerns, empty for the product as a whole.

    unbound: a fact of the product is missing, or names what is not declared; unclassified: columns that nobody may
    read; empty: no table, or a table without a column.
    """

    file: str
    line: int
    kind: Literal["unbound", "unclassified", "empty"]
    product: str
    subject: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def first_names(names: Sequence[str], most: int = 3) -> str:
    """The first names in backticks, and how many more there are."""
    listed = ", ".join(f"`{name}`" for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed
