"""What a JSON Schema or pydantic refuses, in the project's words: lower case, no final period, values in backticks."""

from __future__ import annotations

import difflib
import heapq
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from jsonschema_rs import ValidationError, ValidationErrorKind
from pydantic import TypeAdapter

from engine.model.fields import AccountId, Id, Region, RoleArn, S3Location, WarehouseDatabase
from engine.model.instants import Instant
from engine.text.yaml_text import Fault, Json, Path, YamlText

_FEW = 12
"""How many names a message lists; of more it names the nearest."""

_NOUNS = {
    "accounts": "account",
    "warehouses": "warehouse",
    "groups": "group",
    "principals": "principal",
    "purposes": "purpose",
    "domains": "domain",
    "tags": "tag",
    "servers": "server",
    "schema": "table",
    "tables": "table",
    "properties": "column",
    "columns": "column",
}
_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


def _patterns() -> Iterator[tuple[str, str]]:
    for field, words in (
        (AccountId, "12 digits"),
        (Id, "lower-case letters, digits and hyphens"),
        (Region, "an AWS region, as `eu-west-1`"),
        (RoleArn, "the ARN of an IAM role"),
        (S3Location, "an S3 location, as `s3://bucket/prefix`"),
        (WarehouseDatabase, "the name of a database in Redshift: a letter, then letters, digits and any of `_+.@-`"),
        (Instant, "an instant, as `2026-01-31T00:00:00Z`"),
    ):
        yield TypeAdapter[object](field).json_schema()["pattern"], words


_PATTERNS = dict(_patterns()) | {
    r"^[0-9a-f]{64}$": "a SHA-256 hash of 64 hexadecimal digits",
    r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$": "a UUID in lower case",
}


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean `x`?` when one of `names` is near, else nothing."""
    known = frozenset(names)
    # Of thousands of names difflib compares those only that share most pairs of letters: a mesh may hold thousands.
    own = _pairs(name)
    likely = heapq.nlargest(16, sorted(known), key=lambda other: len(own & _pairs(other))) if len(known) > 16 else known
    close = difflib.get_close_matches(name, sorted(likely), n=1, cutoff=0.6)
    close = close or [other for other in sorted(known) if other.lower() == name.lower()]
    return f"; did you mean `{shown(close[0])}`?" if close else ""


@lru_cache(maxsize=65_536)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(map("".join, itertools.pairwise(name)))


def shown(value: object) -> str:
    """A value as YAML would have it, on one line, without control characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if text.isprintable() else text.encode("unicode_escape").decode()
    return text if len(text) <= 80 else f"{text[:77]}..."


def subject(data: Json, path: Path, noun: str) -> tuple[str, str]:
    """Who has the value at `path`, and as what: (``column `email` ``, `classification`). The latter may be empty."""
    node, who, field = data, _named(noun, data), ""
    for before, step in zip(("", *path), path, strict=False):
        node = _step(node, step)
        kind = _NOUNS.get(str(before))
        if isinstance(node, dict) and kind is not None:
            who, field = (f"{kind} `{shown(step)}`" if isinstance(step, str) else _named(kind, node)), ""
        elif isinstance(step, str):
            field = step
    return who, field


def _named(noun: str, node: Json) -> str:
    if isinstance(node, dict):
        for key in ("id", "name", "server", "property"):
            if isinstance(name := node.get(key), str):
                return f"{noun} `{shown(name)}`"
    return noun


def _step(node: Json, step: str | int) -> Json:
    if isinstance(node, dict) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and -1 < step < len(node):
        return node[step]
    return None


def explain(
    text: YamlText, error: ValidationError, keys: Callable[[ValidationError], set[str]], noun: str, at: Path
) -> Iterator[Fault]:
    """The faults that one error of a schema means, judged at `at`. `keys` tells what the object at fault may hold."""
    path: Path = (*at, *error.instance_path)
    kind = error.kind
    who, field = subject(text.data, path, noun)
    if isinstance(kind, ValidationErrorKind.AdditionalProperties | ValidationErrorKind.UnevaluatedProperties):
        known = keys(error)
        for key in kind.unexpected:
            if key in known:
                continue  # a branch of the schema that fails for another reason leaves its keys unevaluated
            inside = f" in `{field}`" if field else ""
            hint = nearest(key, known) or (
                f"; expected one of {', '.join(sorted(known))}" if len(known) <= _FEW else ""
            )
            yield Fault(text.key_line(path, key), f"{who} has unknown key `{key}`{inside}{hint}")
        return
    if isinstance(kind, ValidationErrorKind.OneOfNotValid) and (options := _all_required(kind.context)):
        inside = f" in `{field}`" if field else ""
        yield Fault(text.line(path), f"{who} lacks one of {', '.join(options)}{inside}")
        return
    best = (
        _best(kind.context) if isinstance(kind, ValidationErrorKind.AnyOf | ValidationErrorKind.OneOfNotValid) else []
    )
    if best:
        for inner in best:
            yield from explain(text, inner, keys, noun, at)
        return
    twice = _twice(error.instance) if isinstance(kind, ValidationErrorKind.UniqueItems) else None
    yield Fault(text.line(path, twice), _said(text, error, who, field, path))


def _all_required(context: list[list[ValidationError]]) -> list[str]:
    """The keys of which one is required, when that is all that every branch asks for."""
    kinds = [branch[0].kind if len(branch) == 1 else None for branch in context]
    required = [kind.property for kind in kinds if isinstance(kind, ValidationErrorKind.Required)]
    return required if len(required) == len(context) > 1 else []


def _best(context: list[list[ValidationError]]) -> list[ValidationError]:
    """The branch that came furthest: its errors lie deepest, and none is that the type is another."""
    branches = [branch for branch in context if branch]
    if not branches:
        return []

    def reach(branch: list[ValidationError]) -> tuple[bool, int, int]:
        wrong_type = any(isinstance(error.kind, ValidationErrorKind.Type) for error in branch)
        return not wrong_type, min(len(error.instance_path) for error in branch), -len(branch)

    return max(branches, key=reach)


def _said(text: YamlText, error: ValidationError, who: str, field: str, path: Path) -> str:
    kind = error.kind
    written = text.written(path)
    value = shown(written if written is not None else error.instance)
    has = " ".join(part for part in (who, "has", field, f"`{value}`") if part)
    lone = f"{who} has `{field}`" if field else f"{who} is there"
    match kind:
        case ValidationErrorKind.Required():
            inside = f" in `{field}`" if field else ""
            return f"{who} lacks `{kind.property}`{inside}"
        case ValidationErrorKind.Type():
            wanted = " or ".join(_TYPES.get(name, name) for name in kind.types)
            quote = "; quote it" if "string" in kind.types and isinstance(error.instance, int | float) else ""
            if not path:
                found = f"`{value}`" if written is not None else _TYPES[_type_of(error.instance)]
                return f"the file is {found}; expected {wanted}"
            if error.instance is None:
                return f"{lone} without a value; expected {wanted}"
            if written is None:
                return f"{lone} as {_TYPES[_type_of(error.instance)]}; expected {wanted}"
            return f"{has}; expected {wanted}{quote}"
        case ValidationErrorKind.Enum():
            options = [shown(option) for option in kind.options]
            near = nearest(value, options) if len(options) > _FEW else ""
            return has + (near or f"; expected one of {', '.join(options)}")
        case ValidationErrorKind.Constant():
            return f"{has}; expected `{shown(kind.expected_value)}`"
        case ValidationErrorKind.Pattern():
            return f"{has}; expected {_PATTERNS.get(kind.pattern, f'what matches `{kind.pattern}`')}"
        case ValidationErrorKind.MinItems() | ValidationErrorKind.MinLength():
            return f"{lone} empty" if kind.limit == 1 else f"{lone} with fewer than {kind.limit} parts"
        case ValidationErrorKind.MaxLength():
            return f"{has}; expected at most {kind.limit} characters"
        case ValidationErrorKind.Minimum():
            return f"{has}; expected at least {kind.limit}"
        case ValidationErrorKind.ExclusiveMinimum():
            return f"{has}; expected more than {kind.limit}"
        case ValidationErrorKind.Maximum():
            return f"{has}; expected at most {kind.limit}"
        case ValidationErrorKind.UniqueItems():
            return f"{lone} with `{_twice(error.instance)}` twice"
    message = error.message[:200]
    return f"{lone} that breaks the schema: {message[:1].lower()}{message[1:]}"


def _type_of(value: object) -> str:
    return "array" if isinstance(value, list) else "object"


def _twice(values: object) -> str:
    seen: list[object] = []
    for value in values if isinstance(values, list) else []:
        if value in seen:
            return shown(value)
        seen.append(value)
    return ""
