"""LF-Tags of one catalog and where they are assigned; inheritance from database to table to column.

https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html: a table inherits from its database and
a column from its table; an assignment of the same key below overrides what is inherited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from tests.emulator.errors import AwsError

Place: TypeAlias = tuple[str, ...]
"""(database,), (database, table) or (database, table, column)."""

Expression: TypeAlias = Iterable[tuple[str, tuple[str, ...]]]

# https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-creating-tags.html
MOST_TAGS = 10_000
MOST_VALUES = 1_000
MOST_VALUES_A_CALL = 50
LONGEST = 50
# https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html
MOST_TAGS_ON_RESOURCE = 50


class Tags:
    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {}
        self.creators: dict[str, str] = {}
        self._assigned: dict[Place, dict[str, str]] = {}
        self._places: dict[tuple[str, str], set[Place]] = defaultdict(set)
        self._below: dict[Place, set[Place]] = defaultdict(set)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def values(self, key: str) -> list[str]:
        """Raises AwsError when there is no such tag."""
        if key not in self._values:
            raise AwsError("EntityNotFoundException", "Tag key does not exist.")
        return list(self._values[key])

    def create(self, key: str, values: Iterable[str], creator: str) -> None:
        key, values = key.lower(), _checked(key, values)
        if key in self._values:
            # CreateLFTag models no AlreadyExistsException
            raise AwsError("InvalidInputException", "Tag key already exists.")
        if len(self._values) >= MOST_TAGS:
            raise AwsError("ResourceNumberLimitExceededException", f"A catalog has at most {MOST_TAGS} LF-Tags.")
        self._values[key] = values
        self.creators[key] = creator

    def update(self, key: str, add: Iterable[str], delete: Iterable[str]) -> None:
        """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_UpdateLFTag.html

        Raises AwsError where a value to delete is attached to a resource: `Update not allowed`.
        """
        key = key.lower()
        have = self.values(key)
        adding, deleting = _checked(key, add), set(_checked(key, delete))
        for value in sorted(deleting):
            if self._places.get((key, value)):
                raise AwsError(
                    "InvalidInputException",
                    "Update not allowed. Untag the attribute before deleting the LF-tag key's value.",
                )
            if value not in have:
                raise AwsError("EntityNotFoundException", "Tag value does not exist.")
        left = [value for value in have if value not in deleting]
        left += [value for value in adding if value not in left]
        if len(left) > MOST_VALUES:
            raise AwsError("InvalidInputException", f"An LF-Tag has at most {MOST_VALUES} values.")
        self._values[key] = left

    def delete(self, key: str) -> None:
        """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_DeleteLFTag.html: resources lose it."""
        key = key.lower()
        for value in self.values(key):
            for place in list(self._places.get((key, value), ())):
                self._unassign(place, key)
        del self._values[key]
        del self.creators[key]

    def exists(self, key: str, values: Iterable[str]) -> bool:
        return key in self._values and set(values) - {"*"} <= set(self._values[key])

    def assign(self, place: Place, key: str, value: str) -> None:
        """One value for a key; a second replaces the first."""
        tags = self._assigned.setdefault(place, {})
        if key not in tags and len(tags) >= MOST_TAGS_ON_RESOURCE:
            raise AwsError(
                "ResourceNumberLimitExceededException", f"A resource has at most {MOST_TAGS_ON_RESOURCE} LF-Tags."
            )
        self._unassign(place, key)
        self._assigned.setdefault(place, {})[key] = value
        self._places[key, value].add(place)
        for depth in range(1, len(place)):
            self._below[place[:depth]].add(place)

    def unassign(self, place: Place, key: str, value: str) -> bool:
        """Whether the value stood there; only an assignment is removed, never what is inherited."""
        if self._assigned.get(place, {}).get(key) != value:
            return False
        self._unassign(place, key)
        return True

    def _unassign(self, place: Place, key: str) -> None:
        tags = self._assigned.get(place, {})
        if key in tags:
            self._places[key, tags.pop(key)].discard(place)
            if not tags:
                del self._assigned[place]
                for depth in range(1, len(place)):
                    self._below[place[:depth]].discard(place)

    def forget(self, place: Place) -> None:
        """A dropped database, table or column has no tags, nor has what was in it."""
        for each in [place, *self._below.get(place, ())]:
            for key in list(self._assigned.get(each, ())):
                self._unassign(each, key)

    def assigned(self, place: Place) -> dict[str, str]:
        return dict(self._assigned.get(place, {}))

    def effective(self, place: Place) -> dict[str, str]:
        """The tags of a resource with what it inherits."""
        tags: dict[str, str] = {}
        for depth in range(1, len(place) + 1):
            tags.update(self._assigned.get(place[:depth], {}))
        return tags

    def with_own_tags(self, table: Place) -> dict[str, dict[str, str]]:
        """The columns of a table that do not simply carry its tags, with all their tags."""
        return {place[2]: self.effective(place) for place in self._below.get(table, ()) if len(place) == 3}


def matches(expression: Expression, tags: Mapping[str, str]) -> bool:
    """Every key of the expression is carried with one of its values; `*` stands for any value.

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html
    """
    return all(key in tags and (tags[key] in values or "*" in values) for key, values in expression)


def _checked(key: str, values: Iterable[str]) -> list[str]:
    """In lower case, each once. https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-creating-tags.html"""
    values = list(dict.fromkeys(value.lower() for value in values))
    if len(values) > MOST_VALUES_A_CALL:
        raise AwsError("InvalidInputException", f"A call takes at most {MOST_VALUES_A_CALL} values.")
    if any(not 1 <= len(text) <= LONGEST for text in (key, *values)):
        raise AwsError("InvalidInputException", f"An LF-Tag key or value has between 1 and {LONGEST} characters.")
    return values
