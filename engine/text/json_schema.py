"""JSON Schemas: those of our models as editors and the loader use them, and what a schema declares at a place."""

from __future__ import annotations

from jsonschema_rs import ValidationError, is_valid
from pydantic import BaseModel, TypeAdapter

from engine.model.fields import Fact
from engine.text.hints import HINTS
from engine.text.yaml_text import Json


def allowed_keys(schema: Json, error: ValidationError) -> set[str]:
    """The properties that a schema declares for the object in which an error arose."""
    node = schema
    for step in error.schema_path[:-1]:
        if isinstance(node, dict):
            node = node.get(str(step))
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
    for name, definition in _object(schema.pop("$defs", {})).items():
        definitions[name] = _hinted(name, _object(_authored(definition)))
    return _hinted(model.__name__, _object(_authored(schema)))


def _hinted(model: str, schema: dict[str, Json]) -> dict[str, Json]:
    """The schema of a model with what is to say of its fields."""
    for name, field in _object(schema.get("properties", {})).items():
        if isinstance(field, dict) and (hint := HINTS.get(f"{model}.{name}")):
            field["description"] = hint
    return schema


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
