"""One place where a plan, evaluated as AWS would, differs from what it should give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """What a role lacks or has in excess, with the grant, policy or link at fault; or who may or may not assume it.

    `column` is empty where a whole table is at stake, `table` and `product` where it is more.
    """

    role: str
    kind: Literal["missing", "excess"]
    product: str
    table: str
    column: str
    grant: str
    text: str
