"""Policies as OPA compiles them: what it lists, and what a module reads. Whatever does not compile is refused here."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, TypeAdapter

from engine.errors import PolicyError
from engine.opa.bundle import Policies
from engine.opa.program import find_opa

_COUNT = re.compile(r"^\d+ errors? occurred[a-z ]*:\s*")

_MODULES = """{file: {"package": package_path, "rules": rules, "reads": reads, "dates": dates} |
    some file, text in input
    module := rego.parse_module(file, text)
    package_path := concat("/", [step.value | some step in array.slice(module["package"].path, 1, 100)])
    rules := {rule.head.name | some rule in module.rules}
    dates := {node.value |
        walk(module, [_, node])
        node.type == "string"
        regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}`, node.value)
    }
    reads := {ref |
        walk(module, [_, node])
        node.type == "ref"
        node.value[0].value == "input"
        ref := node.value
    }
}"""


class Location(BaseModel):
    file: str
    row: int


class Term(BaseModel):
    type: str
    value: object


class Annotation(BaseModel):
    """METADATA; `annotations` are as their author wrote them."""

    annotations: dict[str, object]
    location: Location


class Module(BaseModel):
    """A file: its package as a path, its rules by name, its references to `input`, and the dates that it holds."""

    package: str
    rules: list[str]
    reads: list[list[Term]]
    dates: list[str]


class _Inspected(BaseModel):
    namespaces: dict[str, list[str]]
    annotations: list[Annotation] = []


_MODULES_BY_FILE = TypeAdapter(dict[str, Module])


@dataclass(frozen=True, slots=True)
class Compiled:
    """Modules by their file below `policies/`, and the METADATA of those packages that have any."""

    modules: dict[str, Module]
    described: dict[str, Annotation]


def compile_policies(policies: Policies) -> Compiled:
    """Compiles policies.

    Raises PolicyError, with file and line, for what does not compile, misspells a field of `input`, or asks a clock,
    the network or chance.
    """
    with TemporaryDirectory(prefix="meshwarden-") as temporary:
        folder = Path(temporary) / "policies"
        folder.mkdir()
        policies.write(folder)
        (folder.parent / "capabilities.json").write_text(_deterministic(_opa(folder, "capabilities", "--current")))
        _opa(
            folder,
            "check",
            "--strict",
            "--capabilities",
            "capabilities.json",
            "--schema",
            "policies/schema",
            "policies",
        )
        inspected = _Inspected.model_validate_json(_opa(folder, "inspect", "-a", "-f", "json", "policies"))
        parsed = _opa(folder, "eval", "-f", "raw", "-I", _MODULES, stdin=json.dumps(policies.files))
    modules = _MODULES_BY_FILE.validate_json(parsed)
    listed = {_below(file) for files in inspected.namespaces.values() for file in files}
    if missing := sorted(modules.keys() - listed):
        raise PolicyError(f"policies/{missing[0]}: OPA does not list it")
    packages = (item for item in inspected.annotations if item.annotations.get("scope") == "package")
    return Compiled(modules, {_below(item.location.file): item for item in packages})


def _below(file: str) -> str:
    return file.removeprefix("policies/")


def _deterministic(capabilities: str) -> str:
    """OPA's capabilities without the functions whose answer depends on more than their arguments, or that reckon time.

    A rule compares `now` with declared dates only, which sort as text; else nobody knew when its answer changes.
    """
    able = json.loads(capabilities)
    able["builtins"] = [
        builtin
        for builtin in able["builtins"]
        if not builtin.get("nondeterministic") and not builtin["name"].startswith("time.")
    ]
    return json.dumps(able)


def _opa(folder: Path, *arguments: str, stdin: str = "") -> str:
    """Runs OPA beside the staged `policies/`, so that its messages name files as the author knows them."""
    try:
        done = subprocess.run(
            [find_opa(), *arguments],
            cwd=folder.parent,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PolicyError(f"`opa {arguments[0]}` did not end within 60 s") from None
    if done.returncode:
        raise PolicyError(_COUNT.sub("", (done.stderr or done.stdout).strip()).expandtabs(4))
    return done.stdout
