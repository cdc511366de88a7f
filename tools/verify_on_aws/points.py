"""The points that are checked, by id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from verify_on_aws.run import Run

Need = Literal["warehouses", "consumer serverless", "far warehouse", "bucket"]
Family = Literal["redshift", "lake", "session"]


@dataclass(frozen=True, slots=True)
class Found:
    """What AWS did, in words, and whether that is what is expected."""

    words: str
    agrees: bool


Check = Callable[["Run"], Found]


@dataclass(frozen=True, slots=True)
class Point:
    """`makes`: what the check creates and removes again."""

    id: str
    family: Family
    title: str
    expected: str
    needs: tuple[Need, ...]
    makes: str
    check: Check


POINTS: dict[str, Point] = {}


def point(
    id: str, family: Family, *, title: str, expected: str, makes: str, needs: tuple[Need, ...] = ()
) -> Callable[[Check], Check]:
    """The function that checks the point. It may raise anything: that is no verdict."""

    def register(check: Check) -> Check:
        assert id not in POINTS
        POINTS[id] = Point(id, family, title, expected, needs, makes, check)
        return check

    return register
