"""The requirements that a version of the policies holds, as OPA itself compiles and lists them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from pydantic import BaseModel, TypeAdapter

from engine.errors import PolicyError
from engine.model.decided import Rule, RuleKind, Rules
from engine.opa.bundle import Policies
from engine.opa.program import find_opa

_PACKAGES: dict[str, tuple[RuleKind, str]] = {
    "access/question/": ("question", "met"),
    "access/column/": ("column", "readable"),
    "access/session/": ("session", "longest"),
    "approval/requirement/": ("approval", "met"),
}
"""Folder of requirements → their kind, and the rule in which one answers."""

_FRAMES = {"access/decision.rego": "meshwarden/access", "approval/decision.rego": "meshwarden/approval"}
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


def load_rules(policies: Policies) -> Rules:
    """Compiles the policies and lists their requirements.

    Raises PolicyError, with file and line, for what does not compile, misspells a field of `input`, or asks a clock,
    the network or chance; for a requirement that would not be asked or could not answer; and when a kind of requirement
    is missing altogether, since an empty list would let everything through.
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
    found = sorted(_rules(policies, inspected, modules), key=lambda rule: (rule.kind, rule.id))
    rules = Rules(policies.hash, tuple(found))
    for kind in get_args(RuleKind):
        rules.of(kind)
    return rules


class _Location(BaseModel):
    file: str
    row: int


class _Term(BaseModel):
    type: str
    value: object


class _Annotated(BaseModel):
    annotations: dict[str, object]
    location: _Location


class _Inspected(BaseModel):
    namespaces: dict[str, list[str]]
    annotations: list[_Annotated] = []


class _Module(BaseModel):
    package: str
    rules: list[str]
    reads: list[list[_Term]]
    dates: list[str]


_MODULES_BY_FILE = TypeAdapter(dict[str, _Module])


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


def _rules(policies: Policies, inspected: _Inspected, modules: dict[str, _Module]) -> Iterator[Rule]:
    listed = {file.removeprefix("policies/") for files in inspected.namespaces.values() for file in files}
    if missing := sorted(modules.keys() - listed):
        raise PolicyError(f"policies/{missing[0]}: OPA does not list it")
    described = {
        item.location.file.removeprefix("policies/"): item
        for item in inspected.annotations
        if item.annotations.get("scope") == "package"
    }
    for file, module in sorted(modules.items()):
        package = _FRAMES.get(file, f"meshwarden/{file.removesuffix('.rego')}")
        if module.package != package:
            raise PolicyError(f"policies/{file}:1: its package is not `{package.replace('/', '.')}`, as its path says")
        if module.dates:
            text = policies.files[file]
            line = text[: text.find(module.dates[0])].count("\n") + 1
            said = f"holds the date `{module.dates[0]}`; a rule compares `now` with declared dates only"
            raise PolicyError(f"policies/{file}:{line}: the policy {said}")
        if file not in _FRAMES and not file.startswith(tuple(_PACKAGES)):
            raise PolicyError(f"policies/{file}:1: nobody asks it; requirements lie in {', '.join(_PACKAGES)}")
        for folder, (kind, answer) in _PACKAGES.items():
            if file.startswith(folder):
                yield _rule(file, folder, kind, answer, module, described.get(file))


def _rule(file: str, folder: str, kind: RuleKind, answer: str, module: _Module, item: _Annotated | None) -> Rule:
    name = file.removeprefix(folder).removesuffix(".rego")
    if "/" in name:
        raise PolicyError(f"policies/{file}:1: a requirement lies in `{folder}` itself, or nobody asks it")
    if answer not in module.rules:
        raise PolicyError(f"policies/{file}:1: {kind} requirement `{name}` has no rule `{answer}`, so it never answers")
    notes = item.annotations if item else {}
    custom = notes.get("custom")
    control = custom.get("control") if isinstance(custom, dict) else None
    if not (item and notes.get("title") and notes.get("description") and control):
        raise PolicyError(f"policies/{file}:1: requirement `{name}` lacks a title, description or control in METADATA")
    return Rule(
        id=name,
        kind=kind,
        title=str(notes["title"]),
        description=str(notes["description"]).strip(),
        control=str(control),
        file=f"policies/{file}",
        line=item.location.row,
        weighs=_weighed(module),
    )


def _weighed(module: _Module) -> tuple[str, ...]:
    """The paths of `input` that a module reads, as far as they are written out."""
    paths = set()
    for reference in module.reads:
        steps = []
        for term in reference[1:]:
            if term.type != "string":
                break
            steps.append(str(term.value))
        paths.add(".".join(steps))
    return tuple(sorted(path for path in paths if path))


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
        raise PolicyError(_COUNT.sub("", (done.stderr or done.stdout).strip()))
    return done.stdout
