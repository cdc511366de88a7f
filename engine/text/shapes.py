"""The shape of an authored file: a JSON Schema, which editors take too, and the model it becomes.

Both judge every file: the schema first, then pydantic for what a schema cannot say. Editors and the loader so agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from jsonschema_rs import Draft202012Validator, ValidationError, is_valid
from pydantic import BaseModel, TypeAdapter
from pydantic import ValidationError as ModelError

from engine.model.fields import Fact
from engine.text.wording import explain, subject
from engine.text.yaml_text import Fault, Json, Path, YamlText, read_yaml

F = TypeVar("F", bound=Fact)

_QUOTED = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its text, its valid facts with their places, the names it declares, and what is wrong.

    `names` are (model, path, id), also of facts that are not valid. `whole` is False when names may be missing.
    """

    text: YamlText
    facts: tuple[tuple[Path, Fact], ...]
    names: tuple[tuple[type[Fact], Path, str], ...]
    faults: tuple[Fault, ...]
    whole: bool

    def of(self, model: type[F]) -> Iterator[tuple[Path, F]]:
        """The facts of one model, with their places."""
        return ((path, fact) for path, fact in self.facts if isinstance(fact, model))


class Shape:
    """One fact a file (`model`), or a list of facts under each key (`lists`), or a bare list of facts (`bare`)."""

    def __init__(
        self,
        name: str,
        description: str,
        *,
        model: type[Fact] | None = None,
        lists: dict[str, type[Fact]] | None = None,
        bare: type[Fact] | None = None,
        omit: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self._model = model
        self._lists = lists or {}
        self._bare = bare
        self.schema = published(name, description, model=model, lists=self._lists, bare=bare, omit=omit)
        self._validator = Draft202012Validator(self.schema)
        self._read = lru_cache(maxsize=16_384)(self._judge)

    def read(self, text: bytes) -> Reading:
        """The reading of a text. A text read before in this process is not read again."""
        return self._read(text)

    def check(self, text: YamlText, at: Path, value: Json) -> tuple[list[Fault], list[Path]]:
        """What the schema refuses in `value`, which stands at `at`, and where."""
        faults: list[Fault] = []
        broken: list[Path] = []
        for error in self._validator.iter_errors(value):
            faults.extend(explain(text, error, self._keys, self.name, at))
            broken.append((*at, *error.instance_path))
        return faults, broken

    def _keys(self, error: ValidationError) -> set[str]:
        return allowed_keys(self.schema, error)

    def _judge(self, text: bytes) -> Reading:
        yaml_text = read_yaml(text)
        if yaml_text.data is None:
            faults = list(yaml_text.faults) or [Fault(1, "here is no value; expected a mapping or a list")]
            return Reading(yaml_text, (), (), tuple(faults), whole=False)
        faults, broken = self.check(yaml_text, (), yaml_text.data)
        faults.extend(yaml_text.faults)
        facts: list[tuple[Path, Fact]] = []
        names: list[tuple[type[Fact], Path, str]] = []
        for model, path, value in self._items(yaml_text.data):
            if isinstance(value, dict) and isinstance(name := value.get("id"), str):
                names.append((model, path, name))
            fact, said = become(model, yaml_text, path, value, self.name, broken)
            faults.extend(said)
            if fact is not None and not yaml_text.faults:
                facts.append((path, fact))
        return Reading(yaml_text, tuple(facts), tuple(names), tuple(faults), self._whole(yaml_text.data))

    def _items(self, data: Json) -> Iterator[tuple[type[Fact], Path, Json]]:
        if self._model is not None:
            yield self._model, (), data
        if self._bare is not None and isinstance(data, list):
            yield from ((self._bare, (index,), item) for index, item in enumerate(data))
        for key, model in self._lists.items():
            listed = data.get(key) if isinstance(data, dict) else None
            if isinstance(listed, list):
                yield from ((model, (key, index), item) for index, item in enumerate(listed))

    def _whole(self, data: Json) -> bool:
        """Does every list stand where it should, so that what is not in it is not declared?"""
        if self._lists:
            return isinstance(data, dict) and all(isinstance(data.get(key), list) for key in self._lists)
        return isinstance(data, list) if self._bare else isinstance(data, dict)


def become(
    model: type[F], text: YamlText, at: Path, value: Json, noun: str, broken: Sequence[Path]
) -> tuple[F | None, list[Fault]]:
    """The fact that `value` at `at` is, and what pydantic refuses. None when that or the schema (`broken`) refuses."""
    known = [path for path in broken if path[: len(at)] == at]
    try:
        fact = model.model_validate(value)
    except ModelError as refused:
        return None, list(model_faults(text, refused, at, noun, known))
    return (None if known else fact), []


def model_faults(text: YamlText, refused: ModelError, at: Path, noun: str, known: Sequence[Path]) -> Iterator[Fault]:
    """The faults that pydantic found in the value at `at`, each on the line of what it names.

    Where the schema found faults (`known`), only those that a schema cannot say, and no place twice.
    """
    for error in refused.errors():
        path: Path = (*at, *error["loc"])
        if known and (path in known or error["type"] != "value_error"):
            continue
        cause = error.get("ctx", {}).get("error")
        said = str(cause) if cause is not None else f"{error['msg'][:1].lower()}{error['msg'][1:]}"
        who, field = subject(text.data, path, noun)
        message = said if who and who in said else f"{' '.join(part for part in (who, field) if part)}: {said}"
        yield Fault(blamed_line(text, path, said), message)


def blamed_line(text: YamlText, path: Path, said: str) -> int:
    """The line below `path` of the last value that a message names; that of `path` when none stands there."""
    own = text.line(path)
    for word in reversed(_QUOTED.findall(said)):
        if (line := text.line(path, word)) != own:
            return line
    return own


def allowed_keys(schema: Json, error: ValidationError) -> set[str]:
    """The properties that a schema declares for the object in which an error arose."""
    node = schema
    for step in error.schema_path[:-1]:
        if isinstance(node, dict):
            if step not in node and isinstance(reference := node.get("$ref"), str):
                node = resolve(schema, reference)
            node = node.get(str(step)) if isinstance(node, dict) else None
        elif isinstance(node, list) and isinstance(step, int):
            node = node[step]
    return _declared_keys(schema, node, error.instance)


def _declared_keys(schema: Json, node: Json, instance: object) -> set[str]:
    """The properties of a schema's node, of what it refers to, and of the branches that hold for `instance`."""
    if not isinstance(node, dict):
        return set()
    keys = set(_object(node.get("properties")))
    branches = node.get("allOf")
    parts = list(branches) if isinstance(branches, list) else []
    if isinstance(reference := node.get("$ref"), str):
        parts.append(resolve(schema, reference))
    if isinstance(condition := node.get("if"), dict) and is_valid(condition, instance):
        parts.append(node.get("then"))
    return keys.union(*(_declared_keys(schema, part, instance) for part in parts))


def resolve(schema: Json, reference: str) -> Json:
    """What a reference of the form `#/a/b` points at."""
    node = schema
    for step in reference.removeprefix("#/").split("/"):
        node = node.get(step) if isinstance(node, dict) else None
    return node


def published(
    name: str,
    description: str,
    *,
    model: type[BaseModel] | None,
    lists: dict[str, type[Fact]],
    bare: type[Fact] | None,
    omit: tuple[str, ...],
) -> dict[str, Json]:
    """The JSON Schema of a shape: closed objects, sets without duplicates, no null: what is absent is left out."""
    definitions: dict[str, Json] = {}
    body: dict[str, Json]
    if model is not None:
        body = _schema_of(model, definitions)
        properties = body.get("properties")
        body["properties"] = {key: value for key, value in _object(properties).items() if key not in omit}
    elif bare is not None:
        body = {"type": "array", "items": _schema_of(bare, definitions)}
    else:
        listed: dict[str, Json] = {
            key: {"type": "array", "items": _schema_of(item, definitions)} for key, item in lists.items()
        }
        body = {"type": "object", "properties": listed, "required": [*lists], "additionalProperties": False}
    head: dict[str, Json] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:meshwarden:schema:{name}",
        "title": name,
        "description": description,
    }
    rest = {key: value for key, value in body.items() if key not in head}
    named = _references([rest, *definitions.values()])
    used: dict[str, Json] = {key: value for key, value in definitions.items() if f"#/$defs/{key}" in named}
    if used:
        rest["$defs"] = used
    return head | rest


def _references(node: Json) -> set[str]:
    if isinstance(node, list):
        return set[str]().union(*(_references(item) for item in node))
    if isinstance(node, dict):
        own = {reference} if isinstance(reference := node.get("$ref"), str) else set()
        return own.union(*(_references(item) for item in node.values()))
    return set()


def _schema_of(model: type[BaseModel], definitions: dict[str, Json]) -> dict[str, Json]:
    schema: dict[str, Json] = TypeAdapter(model).json_schema(by_alias=True)
    definitions.update({key: _authored(value) for key, value in _object(schema.pop("$defs", {})).items()})
    return _object(_authored(schema))


def _authored(node: Json) -> Json:
    """A pydantic schema as an author meets it: no null beside a value, no defaults of null, sets free of duplicates."""
    if isinstance(node, list):
        return [_authored(item) for item in node]
    if not isinstance(node, dict):
        return node
    options = node.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        inner: dict[str, Json] = _object(rest[0]) if len(rest) == 1 else {"anyOf": rest}
        return _authored(inner | {key: value for key, value in node.items() if key not in ("anyOf", "default")})
    authored = {
        key: {name: _authored(value) for name, value in _object(child).items()}
        if key == "properties"
        else _authored(child)
        for key, child in node.items()
        if not (key == "title" and isinstance(child, str))
    }
    items = authored.get("items")
    if (
        authored.get("type") == "array"
        and isinstance(items, dict)
        and "$ref" not in items
        and items.get("type") != "object"
    ):
        authored["uniqueItems"] = True
    return authored


def _object(node: Json) -> dict[str, Json]:
    return node if isinstance(node, dict) else {}
