"""The parts that IAM policy documents are made of. Every statement ends by itself at an instant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from engine.model.instants import format_instant
from engine.model.plan import Document

VERSION = "2012-10-17"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a statement that serves nothing: it is over before it begins."""


def statement(actions: Iterable[str], resources: Iterable[str], end: datetime) -> Document:
    """A permission that ends at `end`."""
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources), "Condition": until(end)}


def until(end: datetime) -> Document:
    """The condition that holds before `end`, by AWS's clock."""
    return {"DateLessThan": {"aws:CurrentTime": format_instant(end)}}


def document(statements: Iterable[Document]) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}


def trust(trusted: Sequence[str], end: datetime) -> Document:
    """Who may assume a role, until `end`; AWS takes no trust without a principal."""
    principals: object = trusted[0] if len(trusted) == 1 else list(trusted)
    allowed: Document = {
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": "sts:AssumeRole",
        "Condition": until(end),
    }
    return document([allowed])


def characters(policy: Document) -> int:
    """The size of a document as IAM counts it: without white space."""
    return len(json.dumps(policy, separators=(",", ":")))
