"""Declared facts with the places where they stand, and all facts of one kind together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Generic, Protocol, TypeVar

from engine.errors import Problem
from engine.model.fields import Fact
from engine.text.shapes import Reading
from engine.text.wording import nearest
from engine.text.yaml_text import Path, YamlText

F = TypeVar("F", bound=Fact)


class Source(Protocol):
    """Where a fact was read."""

    def place(self, path: Path, value: str | None = None) -> tuple[str, int]:
        """The file and line of the key at `path`; with `value`, of what is written so below it. Line 0: the whole."""
        ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """A fact's file."""

    file: str
    text: YamlText

    def place(self, path: Path, value: str | None = None) -> tuple[str, int]:
        return self.file, self.text.line(path, value)


@dataclass(frozen=True, slots=True)
class Declared(Generic[F]):
    """A fact and its place: `path` within `source`."""

    fact: F
    source: Source
    path: Path = ()

    def problem(self, message: str, *path: str | int, value: str | None = None) -> Problem:
        """A problem at the fact's key `path`, or at what is written `value` below it."""
        file, line = self.source.place((*self.path, *path), value)
        return Problem(file, line, message)


@dataclass(frozen=True)
class Collection(Generic[F]):
    """All facts of one kind. `names` holds every declared id, also of facts that are not valid.

    `whole` is False when some file could not be read, so that a name which is missing may yet be declared.
    """

    kind: str
    declared: tuple[Declared[F], ...]
    names: frozenset[str]
    problems: tuple[Problem, ...]
    whole: bool

    @cached_property
    def by_id(self) -> dict[str, F]:
        """The valid facts by id."""
        return {str(getattr(item.fact, "id", "")): item.fact for item in self.declared}

    @property
    def valid(self) -> bool:
        """Is every fact there, so that what none of them says is said by none?"""
        return self.whole and self.names == self.by_id.keys()

    def unknown(self, name: str) -> str | None:
        """None when `name` is declared; else what a message says of it: ``unknown purpose `x`; did you mean `y`?``."""
        if name in self.names or not self.whole:
            return None
        return f"unknown {self.kind} `{name}`{nearest(name, self.names)}"


def collect(
    kind: str, model: type[F], readings: Iterable[tuple[str, Reading]], *, whole: bool = True, by_file: bool = False
) -> Collection[F]:
    """The facts of `model` in the readings of files. An id that stands twice is a problem which names both places.

    `by_file`: each file holds one fact and is named after its id; another id is a problem, and both count as declared.
    """
    declared: list[Declared[F]] = []
    names: set[str] = set()
    problems: list[Problem] = []
    seen: dict[str, tuple[str, Reading, Path]] = {}
    for file, reading in readings:
        twice: set[Path] = set()
        if by_file:
            names.add(PurePosixPath(file).stem)
        else:
            whole = whole and reading.whole
        for named, path, name in reading.names:
            if named is not model:
                continue
            if name in seen:
                first_file, first, at = seen[name]
                line = reading.text.key_line(path, "id")
                place = f"{first_file}:{first.text.key_line(at, 'id')}"
                problems.append(Problem(file, line, f"{kind} `{name}` is declared twice; first at {place}"))
                twice.add(path)
            else:
                seen[name] = (file, reading, path)
                names.add(name)
                if by_file and name != (stem := PurePosixPath(file).stem):
                    line = reading.text.key_line(path, "id")
                    problems.append(
                        Problem(file, line, f"{kind} `{name}` stands in a file named `{stem}`; they must agree")
                    )
        source = FileSource(file, reading.text)
        declared.extend(Declared(fact, source, path) for path, fact in reading.of(model) if path not in twice)
    return Collection(kind, tuple(declared), frozenset(names), tuple(problems), whole)
