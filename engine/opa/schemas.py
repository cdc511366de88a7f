"""The JSON Schemas of `input`, made from the model, by which `opa check --schema` finds a misspelt field in a rule."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaValue

from engine.model.inputs import QuestionInput, QuestionsInput, SignedInput, SignedQuestionsInput


def input_schemas() -> dict[str, JsonSchemaValue]:
    """Schema name, as METADATA annotations write it after `schema.`, to JSON Schema."""
    shapes: dict[str, type[BaseModel]] = {
        "question": QuestionInput,
        "questions": QuestionsInput,
        "agreement": SignedInput,
        "agreements": SignedQuestionsInput,
    }
    return {name: _inlined(shape.model_json_schema(mode="serialization")) for name, shape in shapes.items()}


def _inlined(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema without `$ref`, which `opa check` does not follow inside `anyOf`."""
    definitions = schema.get("$defs", {})

    def inline(node: object) -> object:
        if isinstance(node, dict):
            if "$ref" in node:
                return inline(definitions[str(node["$ref"]).rsplit("/", 1)[1]])
            return {key: inline(value) for key, value in node.items() if key not in {"$defs", "title", "description"}}
        if isinstance(node, list):
            return [inline(item) for item in node]
        return node

    inlined = inline(schema)
    assert isinstance(inlined, dict)
    return inlined
