"""Policies as OPA loads them: the files that decide, and their hash, which is the bundle's revision.

What decides is every Rego file below `access/` and `approval/` but for the tests. What judges synthesized Terraform,
below `terraform/`, is a bundle of its own: it decides on no entitlement. OPA holds policies only: there is no data
beside them, since facts travel in `input`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PolicyError
from engine.opa.schemas import input_schemas

_DECIDING = ("access/", "approval/")
_LOCK = "terraform/"
_TEST = "_test.rego"
_PACKAGE = re.compile(r"^package\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Policies:
    """One version of the policies: path below `policies/` → text. `root` is the package below which all of it lies."""

    files: dict[str, str]
    root: str = "meshwarden"

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
        return json.dumps({"revision": self.hash, "roots": [self.root]}, indent=2) + "\n"

    def write(self, folder: Path) -> None:
        """Writes the bundle, and the input schemas beside it, to a folder that exists."""
        for name, text in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        (folder / ".manifest").write_text(self.manifest, encoding="utf-8")
        _write_schemas(folder)


def read_policies(folder: Path) -> Policies:
    """Reads the policies of a folder.

    Raises PolicyError when there are none, when data lies beside them, or when a requirement hides behind a link,
    another ending or in a test's file, where it would not be asked.
    """
    found = {name: text for name, text in _modules(folder).items() if name.startswith(_DECIDING)}
    if not found:
        raise PolicyError(f"{folder}: no policies found below `access` and `approval`")
    return Policies(found)


def read_lock(folder: Path) -> Policies:
    """Reads what judges synthesized Terraform. Raises PolicyError as `read_policies` does."""
    found = {name: text for name, text in _modules(folder).items() if name.startswith(_LOCK)}
    if not found:
        raise PolicyError(f"{folder}: no policies found below `terraform`, and nothing is synthesized without them")
    return Policies(found, "meshwarden/terraform")


def _modules(folder: Path) -> dict[str, str]:
    """Every module below a folder but for the tests: path → text."""
    found = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix != ".rego" and path.suffix.lower() == ".rego":
            raise PolicyError(f"{path}: a policy's file ends with `.rego`")
        if path.stem == "data" and path.suffix in {".json", ".yaml", ".yml"}:
            raise PolicyError(
                f"{path}: OPA holds policies only; what a rule compares with stands in the rule or in `input`"
            )
        if path.suffix == ".rego":
            if not name.startswith((*_DECIDING, _LOCK)):
                raise PolicyError(f"{path}: nobody asks it; policies lie in {', '.join(_DECIDING)} and {_LOCK}")
            text = _read(path)
            if not path.name.endswith(_TEST):
                found[name] = text
            elif (package := _PACKAGE.search(text)) is None or not package[1].endswith("_test"):
                raise PolicyError(f"{path}: a test's package ends in `_test`; a requirement's file does not end so")
    return found


def _files(folder: Path) -> list[Path]:
    """Every file below a folder, sorted. Raises PolicyError for a link, and for a folder that cannot be read."""

    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise PolicyError(f"{error.filename}: the folder cannot be read: {error.strerror}")

    found: list[Path] = []
    for path, folders, names in os.walk(folder, onerror=fail):
        for entry in (Path(path, name) for name in (*folders, *names)):
            if entry.is_symlink():
                raise PolicyError(f"{entry}: a symbolic link is not followed; put the policies here")
        found += [Path(path, name) for name in names]
    return sorted(found)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path}: not UTF-8 text: {error.reason}") from None


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
