"""One statement of a policy, with its reason; and policies of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.grants.documents import VERSION
from engine.model.plan import Document


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement: what it allows on what, why, and who says that it takes that."""

    sid: str
    why: str
    source: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Document | None = None

    @property
    def statement(self) -> Document:
        held: Document = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return held if self.condition is None else {**held, "Condition": self.condition}


def document_of(permissions: Iterable[Permission]) -> Document:
    return {"Version": VERSION, "Statement": [permission.statement for permission in permissions]}
