"""Policies as OPA loads them: the files that decide, their hash, and the requirements they hold.

The policy hash is the bundle's revision. It covers every Rego file below `access/` and `approval/` but for the tests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from pydantic import BaseModel, TypeAdapter

from engine.errors import PolicyError
from engine.model.decided import Rule, RuleKind, Rules
from engine.opa.program import find_opa
from engine.opa.schemas import input_schemas

_DECIDING = ("access", "approval")
_ROOTS = ["meshwarden/access", "meshwarden/approval"]
_PACKAGES: dict[str, RuleKind] = {
    "data.meshwarden.access.question.": "question",
    "data.meshwarden.access.column.": "column",
    "data.meshwarden.access.session.": "session",
    "data.meshwarden.approval.requirement.": "approval",
}
_REFERENCES = """{file: refs | some file, text in input; refs := {ref |
    walk(rego.parse_module(file, text), [_, node])
    node.type == "ref"
    node.value[0].value == "input"
    ref := node.value}}"""


@dataclass(frozen=True, slots=True)
class Policies:
    """One version of the policies: path below `policies/` → text."""

    files: dict[str, str]

    @property
    def hash(self) -> str:
        """SHA-256 over paths and texts, hex."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def canonical(self) -> bytes:
        """The canonical JSON, as a run records it."""
        return json.dumps(self.files, sort_keys=True, separators=(",", ":")).encode()

    @property
    def manifest(self) -> str:
        """The bundle's `.manifest`."""
        return json.dumps({"revision": self.hash, "roots": _ROOTS}, indent=2) + "\n"

    def write(self, folder: Path) -> None:
        """Writes the bundle, and the input schemas beside it, to a folder that exists."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        (folder / ".manifest").write_text(self.manifest, encoding="utf-8")
        _write_schemas(folder)


def read_policies(folder: Path) -> Policies:
    """Reads the policies of a folder. Raises PolicyError when there are none."""
    found = {}
    for part in _DECIDING:
        for path in sorted((folder / part).rglob("*.rego")):
            if not path.name.endswith("_test.rego"):
                try:
                    found[path.relative_to(folder).as_posix()] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError as error:
                    raise PolicyError(f"{path}: not UTF-8 text: {error.reason}") from None
    if not found:
        raise PolicyError(f"{folder}: no policies found below `access` and `approval`")
    return Policies(found)


def load_rules(policies: Policies) -> Rules:
    """Compiles the policies and lists their requirements.

    Raises PolicyError, with file and line, for what does not compile or misspells a field of `input`, and when one kind
    of requirement is missing altogether, since an empty list would let everything through.
    """
    with TemporaryDirectory(prefix="meshwarden-") as temporary:
        folder = Path(temporary) / "policies"
        folder.mkdir()
        policies.write(folder)
        _opa(folder, "check", "--strict", "--schema", "policies/schema", "policies")
        inspected = _Inspection.validate_json(_opa(folder, "inspect", "-a", "-f", "json", "policies"))
        reads = _References.validate_json(
            _opa(folder, "eval", "-f", "raw", "-I", _REFERENCES, stdin=json.dumps(policies.files))
        )
    rules = Rules(policies.hash, tuple(sorted(_rules(inspected, reads), key=lambda rule: (rule.kind, rule.id))))
    for kind in get_args(RuleKind):
        rules.of(kind)
    return rules


def write_generated(folder: Path) -> list[Path]:
    """Writes the manifest and the input schemas into `policies/`; gives the paths written."""
    (folder / ".manifest").write_text(read_policies(folder).manifest, encoding="utf-8")
    return [folder / ".manifest", *_write_schemas(folder)]


def stale_generated(folder: Path) -> list[str]:
    """The generated files of `policies/` that are missing or differ from what would be generated now."""
    expected = {".manifest": read_policies(folder).manifest, **_schema_texts()}
    return [
        name
        for name, text in sorted(expected.items())
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]


def _schema_texts() -> dict[str, str]:
    return {f"schema/{name}.json": json.dumps(schema, indent=2) + "\n" for name, schema in input_schemas().items()}


def _write_schemas(folder: Path) -> list[Path]:
    (folder / "schema").mkdir(exist_ok=True)
    for name, text in _schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in _schema_texts()]


class _Location(BaseModel):
    file: str
    row: int


class _Term(BaseModel):
    type: str
    value: object


class _Annotated(BaseModel):
    annotations: dict[str, object]
    location: _Location
    path: list[_Term] = []


class _Inspected(BaseModel):
    namespaces: dict[str, list[str]]
    annotations: list[_Annotated] = []


_Inspection = TypeAdapter(_Inspected)
_References = TypeAdapter(dict[str, list[list[_Term]]])


def _rules(inspected: _Inspected, reads: dict[str, list[list[_Term]]]) -> list[Rule]:
    described = {
        ".".join(str(term.value) for term in item.path): item
        for item in inspected.annotations
        if item.annotations.get("scope") == "package"
    }
    rules = []
    for package, files in inspected.namespaces.items():
        for prefix, kind in _PACKAGES.items():
            name = package.removeprefix(prefix)
            if name == package:
                continue
            if len(files) > 1:
                raise PolicyError(f"requirement `{package}` stands in {len(files)} files: {', '.join(sorted(files))}")
            file = files[0].removeprefix("policies/")
            item = described.get(package)
            notes = item.annotations if item else {}
            custom = notes.get("custom")
            control = custom.get("control") if isinstance(custom, dict) else None
            if not (item and notes.get("title") and notes.get("description") and control):
                raise PolicyError(
                    f"policies/{file}:1: requirement `{name}` lacks a title, description or control in METADATA"
                )
            rules.append(
                Rule(
                    id=name,
                    kind=kind,
                    title=str(notes["title"]),
                    description=str(notes["description"]).strip(),
                    control=str(control),
                    file=f"policies/{file}",
                    line=item.location.row,
                    weighs=_weighed(reads.get(file, [])),
                )
            )
    return rules


def _weighed(references: list[list[_Term]]) -> tuple[str, ...]:
    paths = set()
    for reference in references:
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
        raise PolicyError((done.stderr or done.stdout).strip().removeprefix("1 error occurred: "))
    return done.stdout
