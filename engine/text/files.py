"""The authored files of a project: which there are, and what they hold."""

from __future__ import annotations

import os
from pathlib import Path

from engine.errors import Problem
from engine.text.shapes import Reading, Shape


def read_file(root: Path, file: str, shape: Shape) -> tuple[Reading | None, tuple[Problem, ...]]:
    """What `file` below `root` holds, with its problems. None when there is no such file."""
    path = root / file
    try:
        reading = shape.read(path.read_bytes())
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            return None, ()
        return None, (Problem(file, 0, f"the file cannot be read: {error.strerror}"),)
    return reading, tuple(Problem(file, fault.line, fault.message) for fault in reading.faults)


def list_files(root: Path, folder: str, suffix: str) -> list[str]:
    """The files below `folder` whose names end with `suffix`, relative to `root`, sorted; none that is hidden."""
    found: list[str] = []
    for path, _, names in os.walk(root / folder):
        below = Path(path).relative_to(root).as_posix()
        found.extend(f"{below}/{name}" for name in names if name.endswith(suffix) and not name.startswith("."))
    return sorted(found)


def misplaced(root: Path, folder: str, *, flat: bool) -> list[Problem]:
    """Files below `folder` that nobody would read: `.yml`, and where it is `flat` what lies in folders of its own."""
    misnamed = [
        Problem(file, 0, "the file ends with `.yml`; expected `.yaml`") for file in list_files(root, folder, ".yml")
    ]
    nested = [file for file in list_files(root, folder, ".yaml") if flat and file.rpartition("/")[0] != folder]
    return [
        *misnamed,
        *(Problem(file, 0, f"the file lies in a folder of its own; expected `{folder}`") for file in nested),
    ]
