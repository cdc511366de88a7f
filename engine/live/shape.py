"""Whether an answer has the shape that a TypedDict says; pydantic reads those of `typing` from Python 3.12 on."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import get_args, get_origin, get_type_hints, is_typeddict


def misshapen(value: object, shape: object, at: str) -> str | None:
    """Where and how a value differs from its shape, None where it has it.

    Shapes are TypedDicts, lists, dicts with text for keys, unions with None, and plain types. No key may be missing or
    unknown.
    """
    if is_typeddict(shape):
        hints = get_type_hints(shape)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            return f"`{at}` should have {', '.join(hints)}"
        return _first(misshapen(value[key], hint, f"{at}.{key}") for key, hint in hints.items())
    if get_origin(shape) is list:
        (of,) = get_args(shape)
        if not isinstance(value, list):
            return f"`{at}` should be a list"
        return _first(misshapen(item, of, f"{at}[]") for item in value)
    if get_origin(shape) is dict:
        _, of = get_args(shape)
        if not isinstance(value, dict):
            return f"`{at}` should be an object"
        return _first(misshapen(item, of, f"{at}.{key}") for key, item in value.items())
    if isinstance(shape, UnionType):
        (of,) = (part for part in get_args(shape) if part is not NoneType)
        return None if value is None else misshapen(value, of, at)
    assert isinstance(shape, type)
    return None if type(value) is shape else f"`{at}` should be a {shape.__name__}"


def _first(found: Iterable[str | None]) -> str | None:
    return next((one for one in found if one is not None), None)
