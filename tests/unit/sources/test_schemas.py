"""Editors and the loader judge by the same schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import jsonschema_rs
import pytest
import yaml

from engine.sources import published_schemas
from engine.text.authored import SHAPES
from engine.text.hints import HINTS
from engine.text.yaml_text import read_yaml

NAMES = {
    "persona", "purposes", "accounts", "broker", "domains", "tags", "warehouses", "directory", "binding", "agreement",
    "approvals", "deployment",
}  # fmt: skip
CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "problems.yaml").read_text(encoding="utf-8"))


class Project(Protocol):
    root: Path


def schema_of(file: str) -> str | None:
    """The name of the schema that a file of a project has; None for a contract, which has the standard's."""
    folder, _, name = file.rpartition("/")
    if folder == "mesh":
        return name.removesuffix(".yaml")
    if folder == "personas":
        return "purposes" if name == "purposes.yaml" else "persona"
    if folder == "mesh/agreements":
        return "approvals" if name.endswith(".approvals.yaml") else "agreement"
    return "binding" if folder.startswith("mesh/bindings") else None


def test_every_authored_file_has_a_schema() -> None:
    schemas = published_schemas()
    assert set(schemas) == NAMES
    assert {shape.name for shape in SHAPES} < NAMES
    for name, schema in schemas.items():
        jsonschema_rs.meta.validate(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:meshwarden:schema:{name}"
        assert schema["title"] == name
        assert schema["description"]


def test_the_schemas_accept_a_valid_project(project: Project) -> None:
    judged = 0
    for path in sorted(project.root.rglob("*.yaml")):
        name = schema_of(path.relative_to(project.root).as_posix())
        if name is not None:
            jsonschema_rs.validate(published_schemas()[name], read_yaml(path.read_bytes()).data)
            judged += 1
    assert judged == 12


def test_the_schemas_refuse_what_the_loader_refuses_of_a_single_file(project: Project) -> None:
    refused = 0
    for case in CASES:
        name = schema_of(case["file"])
        text = (project.root / case["file"]).read_text(encoding="utf-8").replace(case["old"], case["new"])
        words = ("unknown key", " lacks ", "; expected one of public", "expected text", "expected a list", " empty")
        if name and any(word in case["says"][0] for word in words):
            assert not jsonschema_rs.is_valid(published_schemas()[name], read_yaml(text.encode()).data)
            refused += 1
    assert refused > 8


def test_every_hint_reaches_an_editor() -> None:
    def texts(node: Any) -> set[str]:
        if isinstance(node, list):
            return set[str]().union(*map(texts, node))
        if not isinstance(node, dict):
            return set()
        own = {node["description"]} if isinstance(node.get("description"), str) else set()
        return own.union(*map(texts, node.values()))

    assert set(HINTS.values()) <= texts(published_schemas())


@pytest.mark.parametrize("name", ["agreement", "persona", "binding"])
def test_what_is_absent_is_left_out_and_not_null(name: str) -> None:
    assert '"null"' not in str(published_schemas()[name]).replace("'", '"')


def test_an_agreement_s_approvals_stand_in_a_file_of_their_own() -> None:
    properties = published_schemas()["agreement"]["properties"]
    assert isinstance(properties, dict)
    assert "approvals" not in properties
