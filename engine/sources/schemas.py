"""The JSON Schemas of all authored files, for editors; the loader judges every file by exactly these."""

from __future__ import annotations

from engine.sources.binding import Binding, ColumnBinding, ServerBinding, TableBinding
from engine.sources.deployment import DEPLOYMENT
from engine.text.authored import SHAPES
from engine.text.shapes import Shape
from engine.text.yaml_text import Json

BINDING = Shape(
    "binding",
    "What an ODCS document does not say: where its product can be granted, and what its columns hold. "
    "mesh/bindings/<product>.yaml",
    model=Binding,
)

CONTRACT_PART = Shape(
    "binding-contract",
    "The value of the custom property `meshwarden` of a contract.",
    model=Binding,
    omit=("server", "tables"),
    noun="contract",
)
SERVER_PART = Shape(
    "binding-server", "The value of the custom property `meshwarden` of a server.", model=ServerBinding, omit=("name",)
)
TABLE_PART = Shape(
    "binding-table", "The value of the custom property `meshwarden` of a table.", model=TableBinding, omit=("columns",)
)
COLUMN_PART = Shape("binding-column", "The value of the custom property `meshwarden` of a column.", model=ColumnBinding)


def published_schemas() -> dict[str, dict[str, Json]]:
    """The JSON Schema (draft 2020-12) of each kind of authored file, by name. The ODCS documents' is the standard's."""
    return {shape.name: shape.schema for shape in (*SHAPES, BINDING, DEPLOYMENT)}
