"""The Open Data Contract Standard's own JSON Schema, and its verdict on a document."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

from jsonschema_rs import Draft201909Validator, ValidationError

from engine.errors import ToolError
from engine.text.shapes import allowed_keys
from engine.text.wording import explain
from engine.text.yaml_text import Fault, Json, YamlText

_PACKAGE = "open_data_contract_standard"


@cache
def standard_schema() -> dict[str, Json]:
    """The schema as the package `open-data-contract-standard` ships it; it judges every v3 document.

    Raises ToolError when the package holds none.
    """
    try:
        text = resources.files(_PACKAGE).joinpath("schema.json").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise ToolError(f"the package `{_PACKAGE}` with the schema of ODCS is missing; run `make setup`") from error
    schema: dict[str, Json] = json.loads(text)
    return schema


@cache
def versions() -> tuple[str, ...]:
    """The versions of the standard that are read: v3, oldest first."""
    properties = standard_schema()["properties"]
    declared = properties.get("apiVersion") if isinstance(properties, dict) else None
    known = declared.get("enum") if isinstance(declared, dict) else None
    return tuple(sorted(str(name) for name in known if str(name).startswith("v3."))) if isinstance(known, list) else ()


@cache
def _validator() -> Draft201909Validator:
    return Draft201909Validator(standard_schema())


def _keys(error: ValidationError) -> set[str]:
    return allowed_keys(standard_schema(), error)


def judge(text: YamlText) -> list[Fault]:
    """Everything in a document that breaks the standard."""
    version = text.data.get("apiVersion") if isinstance(text.data, dict) else None
    if isinstance(version, str) and version not in versions():
        said = f"contract has apiVersion `{version}`; expected one of {', '.join(versions())}"
        return [Fault(text.line(("apiVersion",)), said)]
    faults = (
        fault for error in _validator().iter_errors(text.data) for fault in explain(text, error, _keys, "contract", ())
    )
    return sorted(set(faults))
