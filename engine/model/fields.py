"""The words that facts are made of: ids, regions, classifications, and the closed, frozen base of every fact.

Collections that mean a set are sorted and free of duplicates, so that two meshes that say the same are equal and hash
the same, whatever the order in which their authors wrote them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

T = TypeVar("T", bound=Hashable)

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
"""From the least to the most protected."""

Classification = Literal["public", "internal", "confidential", "restricted"]
Environment = Literal["prod", "nonprod"]
Signature = Literal["owner", "governance", "second owner"]

_DIRECTION = "(central|north|south|east|west|northeast|northwest|southeast|southwest)"
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
AccountId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
Region = Annotated[str, StringConstraints(pattern=rf"^(af|ap|ca|eu|il|me|mx|sa|us)-{_DIRECTION}-[0-9]$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
S3Location = Annotated[
    str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.'()=+-]+)*/?$")
]
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
WarehouseDatabase = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_+.@-]{0,63}$")]
"""A database that Amazon Redshift gives credentials for.

https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
"""
Text = Annotated[str, StringConstraints(min_length=1)]


def rank(classification: str) -> int:
    """How protected a classification is: 0 for public to 3 for restricted."""
    return CLASSIFICATIONS.index(classification)


def unique(values: tuple[T, ...]) -> tuple[T, ...]:
    """The same values in their order. Raises ValueError when one stands twice."""
    if len(set(values)) < len(values):
        twice = next(value for value, count in Counter(values).items() if count > 1)
        raise ValueError(f"`{twice}` is named twice")
    return values


def sorted_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a set, sorted. Raises ValueError when one stands twice."""
    return tuple(sorted(unique(values)))


Ids = Annotated[tuple[Id, ...], AfterValidator(sorted_unique)]
Regions = Annotated[tuple[Region, ...], AfterValidator(sorted_unique)]


class Fact(BaseModel):
    """A declared fact: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A changed copy, without what was derived from the original: pydantic would carry cached properties over."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied
