"""Instants: UTC, whole seconds, written `2026-01-31T00:00:00Z` wherever they leave the process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
_FIRST_YEAR = 1970
_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$"


def parse_instant(value: object) -> datetime:
    """Reads `2026-01-31T00:00:00Z` (or with an offset).

    Raises ValueError for a date alone, a fraction, no zone, and what lies before 1970.
    """
    if isinstance(value, datetime):
        instant = value
    elif isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"`{value}` is no instant; write it as `2026-01-31T00:00:00Z`") from None
    else:
        raise ValueError(f"`{value}` is no instant; write it as `2026-01-31T00:00:00Z`")
    if instant.year < _FIRST_YEAR:
        raise ValueError(f"`{value}` lies before {_FIRST_YEAR}, when AWS's time begins")
    if instant.tzinfo is None or instant.microsecond:
        raise ValueError(f"`{value}` has no time zone or a fraction; write it as `2026-01-31T00:00:00Z`")
    return instant.astimezone(UTC)


@lru_cache(maxsize=4096)
def format_instant(instant: datetime) -> str:
    """The one written form, which sorts as text in the order of time."""
    return instant.strftime(_FORMAT)


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(format_instant, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _PATTERN, "description": "an instant, as 2026-01-31T00:00:00Z"}),
]
