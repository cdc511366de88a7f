"""The parts that IAM policy documents are made of. Every statement ends by itself at an instant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from engine.model.instants import format_instant
from engine.model.plan import Document

VERSION = "2012-10-17"
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The end of a statement that serves nothing: it is over before it begins."""


def statement(
    actions: Iterable[str], resources: Iterable[str], end: datetime, condition: Document | None = None
) -> Document:
    """A permission that ends at `end`, and holds under a condition besides."""
    conditions = {**until(end), **(condition or {})}
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": sorted(resources), "Condition": conditions}


def until(end: datetime) -> Document:
    """The condition that holds before `end`, by AWS's clock."""
    return {"DateLessThan": {"aws:CurrentTime": format_instant(end)}}


def document(statements: Iterable[Document]) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}


def trust(trusted: Sequence[str], end: datetime, tags: Mapping[str, str]) -> Document:
    """Who may assume a role, until `end`, and pass which session tags; AWS takes no trust without a principal.

    A tag has one value, and no other can be passed
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html).
    """
    principals: object = trusted[0] if len(trusted) == 1 else list(trusted)

    def allowed(action: str, condition: Document) -> Document:
        return {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": action, "Condition": condition}

    assuming = [allowed("sts:AssumeRole", until(end))]
    if not tags:
        return document(assuming)
    fixed: Document = {
        "ForAllValues:StringEquals": {"aws:TagKeys": sorted(tags)},
        "StringEquals": {f"aws:RequestTag/{key}": value for key, value in sorted(tags.items())},
    }
    return document([*assuming, allowed("sts:TagSession", {**until(end), **fixed})])


def characters(policy: Document) -> int:
    """The size of a document as IAM counts it: without white space."""
    return len(json.dumps(policy, separators=(",", ":")))
