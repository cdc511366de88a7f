"""Everything that a user can name is documented: commands, options, fields, limits, entrypoints, variables, targets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import typer

from engine.cli import COMMANDS
from engine.cli.app import app
from engine.grants.limits import LIMITS
from engine.model.inputs import QuestionInput, SignedInput
from engine.model.plan import Plan
from engine.opa.schemas import input_schemas
from engine.sources.schemas import BINDING, published_schemas
from engine.text.yaml_text import Json
from tests.docs.pages import ROOT, rows, section

DOCS = ROOT / "docs"
CLI, FILES, PLAN, POLICIES = (DOCS / f"{name}.md" for name in ("cli", "files", "plan", "policies"))

Node = dict[str, Json]


def fields(schema: Node) -> dict[str, tuple[bool, Node]]:
    """Every field of a JSON Schema by its path, `a.b`, `a[].b` or `a.<one>.b`: is it required, and its own schema."""
    return {path: (required, node) for path, required, node in _fields(schema, schema, "")}


def _fields(schema: Node, node: Node, above: str) -> Iterator[tuple[str, bool, Node]]:
    required = node.get("required")
    for name, below in _object(node.get("properties")).items():
        field = _resolved(schema, below)
        yield above + name, isinstance(required, list) and name in required, field
        yield from _below(schema, field, above + name)


def _below(schema: Node, field: Node, path: str) -> Iterator[tuple[str, bool, Node]]:
    yield from _fields(schema, field, f"{path}.")
    if isinstance(items := field.get("items"), dict):
        yield from _fields(schema, _resolved(schema, items), f"{path}[].")
    if isinstance(values := field.get("additionalProperties"), dict):
        one = path.rpartition(".")[2].removesuffix("s")
        yield from _fields(schema, _resolved(schema, values), f"{path}.<{one}>.")


def _resolved(schema: Node, node: Json) -> Node:
    found = _object(node)
    if isinstance(reference := found.get("$ref"), str):
        return _object(_object(schema["$defs"])[reference.rpartition("/")[2]])
    return found


def _object(node: Json) -> Node:
    return node if isinstance(node, dict) else {}


def test_every_command_is_documented_and_no_other() -> None:
    assert sorted(re.findall(r"^## (.+)$", CLI.read_text(), re.MULTILINE)) == sorted(_commands())


def test_every_option_and_argument_is_documented() -> None:
    common = CLI.read_text().partition("\n## ")[0]
    missing = [
        f"{name} {shown}"
        for name, command in _commands().items()
        for parameter in command.params
        for shown in _shown(parameter)
        if f"`{shown}" not in section(CLI, name) and f"`{shown}" not in common
    ]
    assert missing == []


def _commands() -> dict[str, typer.core.TyperCommand]:
    for module in COMMANDS:
        import_module(f"engine.cli.{module}")
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return {name: command for name, command in group.commands.items() if isinstance(command, typer.core.TyperCommand)}


def _shown(parameter: object) -> list[str]:
    if isinstance(parameter, typer.core.TyperOption):
        return [option for option in parameter.opts if option != "--help"]
    assert isinstance(parameter, typer.core.TyperArgument)
    return [str(parameter.metavar)]


AUTHORED = {name: schema for name, schema in published_schemas().items() if name != BINDING.name}


@pytest.mark.parametrize("name", AUTHORED)
def test_every_field_of_an_authored_file_is_documented(name: str) -> None:
    schema = AUTHORED[name]
    own = _object(schema["items"]) if schema["type"] == "array" else schema
    documented = {path: cells[0] == "yes" for path, cells in rows(section(FILES, name)).items()}
    assert documented == {path: required for path, (required, _) in fields(own).items()}


def test_every_field_of_a_binding_is_documented() -> None:
    documented = rows(section(DOCS / "contracts.md", "binding"))
    assert documented.keys() == fields(published_schemas()[BINDING.name]).keys()


@pytest.mark.parametrize(
    ("heading", "schema", "model"),
    [
        ("Question, column and session requirements", "question", QuestionInput),
        ("Approval requirements", "agreement", SignedInput),
    ],
)
def test_every_field_that_a_rule_sees_is_documented_with_its_type(
    heading: str, schema: str, model: type[QuestionInput | SignedInput]
) -> None:
    documented = {path: cells[0] for path, cells in rows(section(POLICIES, heading)).items()}
    found = fields(input_schemas()[schema])
    assert documented == {path: _type(node) for path, (_, node) in found.items()}
    assert {path for path in found if "." not in path} == model.model_fields.keys()


def _type(node: Node) -> str:
    """A field's type in the docs' words."""
    if isinstance(branches := node.get("anyOf"), list):
        return " or ".join(_type(_object(branch)) for branch in branches)
    if str(node.get("pattern", "")).startswith(r"^\d{4}-"):
        return "instant"
    if node["type"] == "array":
        return f"list of {_type(_object(node['items']))}"
    return {"string": "text", "integer": "number"}.get(str(node["type"]), str(node["type"]))


def test_every_limit_is_documented_with_its_value() -> None:
    documented = rows(section(PLAN, "Limits"))
    assert documented == {
        limit.id: [
            limit.title,
            "a rule" if limit.value is None else f"{limit.value:,}",
            "yes" if limit.raisable else "",
        ]
        for limit in LIMITS.values()
    }


def test_every_key_of_a_plan_is_documented() -> None:
    table = section(PLAN, "Its keys")
    documented = {name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert documented == set(Plan.__dataclass_fields__)


def test_every_entrypoint_is_documented() -> None:
    documented = rows(section(POLICIES, "The frames and their entrypoints"))
    found = set()
    for path in (ROOT / "policies").rglob("*.rego"):
        text = path.read_text()
        package = re.search(r"^package (\S+)", text, re.MULTILINE)
        assert package
        for block in re.findall(r"# entrypoint: true\n(?:#.*\n)*(\w+)", text):
            found.add(f"data.{package[1]}.{block}")
    assert found
    assert documented.keys() == found


def test_every_environment_variable_is_documented() -> None:
    asked = re.compile(
        r"""(?:environ|environment)(?:\.get\(|\[)["'](\w+)["']|envvar=["'](\w+)["']|^DEBUG = "(\w+)\"""", re.MULTILINE
    )
    sources = [path for room in ("engine", "cdktf_app") for path in (ROOT / room).rglob("*.py")]
    found = {name for path in sources for names in asked.findall(path.read_text()) for name in names if name}
    assert {"MESHWARDEN_NOW", "OPA_URL"} <= found
    text = "".join(page.read_text() for page in DOCS.glob("*.md"))
    assert {name for name in found - {"PATH"} if f"`{name}" not in text} == set()


def test_every_target_of_make_is_helped_and_documented() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - {"help"}
    text = "".join((ROOT / name).read_text() for name in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"))
    assert {target for target in targets if f'@echo "make {target} ' not in makefile} == set()
    assert {target for target in targets if f"make {target}" not in text} == set()


def test_the_rooms_are_drawn_as_they_are_held() -> None:
    """docs/architecture.md against the layers that lint-imports holds, without rooms that are not built yet."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [
        " | ".join(room for room in layer.split(" | ") if not room.startswith("(")) for layer in contracts[0]["layers"]
    ]
    held = [layer for layer in layers if layer]
    drawn = re.search(r"```text\n(.*?)```", section(DOCS / "architecture.md", "Who may import whom"), re.DOTALL)
    assert drawn
    assert drawn[1].splitlines() == [f"{held[0]} | cdktf_app", *held[1:]]


def test_every_room_is_described() -> None:
    described = rows(section(DOCS / "architecture.md", "Rooms"))
    rooms = {path.relative_to(ROOT).as_posix() for path in _rooms(ROOT / "engine")}
    assert described.keys() == {*rooms, "cdktf_app"}


def _rooms(engine: Path) -> Iterator[Path]:
    for path in engine.iterdir():
        if (path / "__init__.py").is_file() or (path.suffix == ".py" and path.name != "__init__.py"):
            yield path
