"""A value against its shape in botocore's model: what is missing, unknown, too long, of another type or none of the
values there are."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

_VALIDATOR = ParamValidator()


def problems(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """`Value … at 'path' failed to satisfy constraint: …`, as AWS words it, for what botocore's own validator leaves
    out: enumerations, upper bounds and patterns."""
    if isinstance(shape, StructureShape):
        if not isinstance(value, Mapping):
            return  # an event stream
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, inner in value.items():
            if inner is not None and name in shape.members:
                yield from problems(inner, shape.members[name], _join(path, name))
    elif isinstance(shape, ListShape):
        yield from _bounds(value, len(value), shape, path, "length")
        for position, inner in enumerate(value, 1):
            yield from problems(inner, shape.member, f"{path}.{position}.member")
    elif isinstance(shape, MapShape):
        for inner in value.values():
            yield from problems(inner, shape.value, path)
    elif isinstance(value, str):
        yield from _text(value, shape, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(value, value, shape, path, "value")


def structure(value: Mapping[str, Any], shape: StructureShape) -> list[str]:
    """botocore's validator, and then `problems`."""
    report = _VALIDATOR.validate(value, shape)
    return [*report.generate_report().splitlines(), *problems(value, shape)]


def _text(value: str, shape: Shape, path: str) -> Iterator[str]:
    yield from _bounds(value, len(value), shape, path, "length")
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        yield _words(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compiled(pattern)) is not None and not compiled.fullmatch(value):
        yield _words(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _bounds(value: Any, size: float, shape: Shape, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _words(value, path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _words(value, path, f"Member must have {what} less than or equal to {most}")


def _words(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None: the pattern is of another dialect (`\\p{L}`), and is not checked."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _join(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered
