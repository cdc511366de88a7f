"""Pages of a list that stands still between two calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulator.errors import AwsError


def page(items: Sequence[Any], params: Mapping[str, Any], key: str, largest: int) -> dict[str, Any]:
    """At most MaxResults of the items, or `largest`, from NextToken on; a NextToken when more are left."""
    try:
        start = int(params.get("NextToken") or 0)
    except ValueError:
        raise AwsError("InvalidInputException", "Invalid token.") from None
    size = min(int(params.get("MaxResults") or largest), largest)
    following = start + size
    found: dict[str, Any] = {key: list(items[start:following])}
    if following < len(items):
        found["NextToken"] = str(following)
    return found
