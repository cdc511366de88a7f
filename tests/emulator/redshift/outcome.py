"""What a statement, or a call about a datashare, ends with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Result:
    """`types` are Redshift's names, as `varchar`; `affected` is -1 where a statement counts no rows."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    affected: int = -1
    has_result: bool = False


class SqlError(Exception):
    """Redshift's error text. `index`: the statement of the run that failed, from 0."""

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.index = index


class Why(StrEnum):
    NO_SHARE = "there is no such datashare"
    NOT_OWNER = "the datashare is another account's"
    NOT_GRANTED = "the consumer has no USAGE on the datashare"
    NOT_AUTHORIZED = "the consumer is not authorized"
    NOT_ASSOCIATED = "the consumer is not associated"
    NOT_ENCRYPTED = "one of both warehouses is not encrypted"
    NO_NAMESPACE = "there is no such namespace in the account"


class ShareError(Exception):
    """A call about a datashare that cannot be done; the API has its own words for each reason."""

    def __init__(self, why: Why, arn: str) -> None:
        super().__init__(f"{arn}: {why.value}")
        self.why = why
        self.arn = arn
