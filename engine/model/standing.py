"""What stands in AWS, or should: one word for both, so that the two compare by equality."""

from __future__ import annotations

from dataclasses import dataclass

Value = dict[str, object]
"""What a thing is like, as JSON with every list sorted."""


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Something with a place: `name` is its own within kind, account and region; `region` is empty for IAM."""

    kind: str
    account: str
    region: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}` in {self.account}{f' {self.region}' if self.region else ''}"


Standing = dict[Thing, Value]
