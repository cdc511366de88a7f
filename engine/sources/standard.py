"""The Open Data Contract Standard's own JSON Schema, and its verdict on a document.

The package `open-data-contract-standard` ships the schema of the newest version only, and each version closed what an
older one left open. So what an older version allowed, and Meshwarden does not read, is opened again for its documents.
A key that is nearly a known one counts as misspelt everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from jsonschema_rs import Draft201909Validator, ValidationError, ValidationErrorKind

from engine.errors import ToolError
from engine.text.json_schema import allowed_keys
from engine.text.wording import explain
from engine.text.yaml_text import Fault, Json, YamlText

_PACKAGE = "open_data_contract_standard"

_UNREAD = (
    "DataQuality",
    "DataQualityLibrary",
    "DataQualityOperators",
    "DataQualitySql",
    "SupportItem",
    "Pricing",
    "TeamMember",
    "Team",
    "Role",
    "ServiceLevelAgreementProperty",
    "CustomProperty",
)
"""Definitions of the schema that v3.1 closed, and of which Meshwarden reads custom properties alone."""

_CLOSING = ("additionalProperties", "unevaluatedProperties", "required", "oneOf")

Schema = dict[str, Json]


def standard_schema() -> Schema:
    """The schema as the package ships it, that of the newest version, mended where it says what it cannot mean.

    Raises ToolError when the package holds none.
    """
    try:
        text = resources.files(_PACKAGE).joinpath("schema.json").read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise ToolError(f"the package `{_PACKAGE}`, which has the schema of ODCS, is missing") from error
    schema: Schema = json.loads(text)
    _mend(schema)
    return schema


def _mend(schema: Schema) -> None:
    """Asks for a column's `map` where its logical type is map.

    v3.2.0 also asks every column for it that states no logical type: an `if` over `properties` alone holds for them.
    """
    branches = _branches(schema)
    for branch in [branch for branch in branches if "required" in cast(Schema, branch.get("then", {}))]:
        stated: Schema = {**_at(branch, "if"), "required": ["logicalType"]}
        branches.append({"if": stated, "then": {"required": _at(branch, "then").pop("required")}})


def _branches(schema: Schema) -> list[Schema]:
    """What a column's logical type brings with it."""
    return cast("list[Schema]", _at(schema, "$defs", "SchemaBaseProperty")["allOf"])


@cache
def versions() -> tuple[str, ...]:
    """The versions of the standard that are read: v3, oldest first."""
    named = _at(standard_schema(), "properties", "apiVersion")["enum"]
    return tuple(sorted(str(name) for name in cast("list[Json]", named) if str(name).startswith("v3.")))


def _at(schema: Schema, *path: str) -> Schema:
    """The object at a path of the schema, whose form is the package's."""
    for step in path:
        schema = cast(Schema, schema[step])
    return schema


@dataclass(frozen=True, slots=True)
class _Judge:
    """A version's schema. `strict` is the newest's, where the version itself tolerates unknown keys."""

    schema: Schema
    validator: Draft201909Validator
    strict: Draft201909Validator | None

    def errors(self, text: YamlText) -> Iterator[Fault]:
        errors = list(self.validator.iter_errors(text.data))
        # Which keys an object of an unknown type may have, nobody can tell.
        typeless = {tuple(error.instance_path[:-1]) for error in errors if error.instance_path[-1:] == ["type"]}
        for error in errors:
            unknown_key = isinstance(error.kind, ValidationErrorKind.UnevaluatedProperties)
            if not (unknown_key and tuple(error.instance_path) in typeless):
                yield from explain(text, error, self._keys, "contract", ())
        for error in self.strict.iter_errors(text.data) if self.strict else ():
            faults = explain(text, error, self._keys, "contract", ())
            yield from (
                fault for fault in faults if "has unknown key" in fault.message and "did you mean" in fault.message
            )

    def _keys(self, error: ValidationError) -> set[str]:
        return allowed_keys(self.schema, error)


@cache
def _judge_of(version: str) -> _Judge:
    schema = standard_schema()
    strict = None
    if version.startswith(("v3.0.", "v3.1.")):
        for name in ("ShorthandReference", "FullyQualifiedReference"):
            _at(schema, "$defs")[name] = {"type": "string"}
    if version.startswith("v3.0."):
        strict = Draft201909Validator(standard_schema())
        _open(schema)
    return _Judge(schema, Draft201909Validator(schema), strict)


def _open(schema: Schema) -> None:
    """Opens what v3.0 left open: further keys of a server, options of a type, and all that is not read."""
    for name in _UNREAD:
        for key in _CLOSING:
            _at(schema, "$defs", name).pop(key, None)
    _at(schema, "$defs", "AuthoritativeDefinitions", "items").pop("additionalProperties", None)
    _at(schema, "$defs", "Server").pop("unevaluatedProperties", None)
    for branch in _branches(schema):
        options = cast(Schema, cast(Schema, branch.get("then", {})).get("properties", {}))
        if "logicalTypeOptions" in options:
            options["logicalTypeOptions"] = {"type": "object"}


def judge(text: YamlText) -> list[Fault]:
    """Everything in a document that breaks the version of the standard which it names."""
    version = text.data.get("apiVersion") if isinstance(text.data, dict) else None
    if isinstance(version, str) and version not in versions():
        said = f"contract has apiVersion `{version}`; expected one of {', '.join(versions())}"
        return [Fault(text.line(("apiVersion",)), said)]
    named = version if isinstance(version, str) else versions()[-1]
    return sorted(set(_judge_of(named).errors(text)))
