"""Facts as their authors would write them, in YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from engine.model.fields import Fact

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
"""What YAML 1.1 reads as a boolean or as nothing, in lower case."""


def listed(key: str, facts: Iterable[Fact]) -> str:
    return f"{key}:\n" + "".join(item(fact, "  ") for fact in facts)


def item(fact: Fact, indent: str) -> str:
    """A fact as an item of a block list."""
    return f"{indent}- " + fields(fact).rstrip("\n").replace("\n", f"\n{indent}  ") + "\n"


def fields(fact: Fact, *omitted: str) -> str:
    """A fact with a line for each key that is not left at its default."""
    written = fact.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=set(omitted))
    return "".join(f"{key}: {scalar(value)}\n" for key, value in written.items())


def scalar(value: object) -> str:
    """A value of ASCII text in one line: plain where that is safe, else as JSON, which YAML reads as it stands."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT
        return value if plain else json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {scalar(held)}" for key, held in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(scalar(held) for held in value) + "]"
    return json.dumps(value)
