"""The authored files of a project: which there are, and what they hold."""

from __future__ import annotations

from pathlib import Path

from engine.errors import Problem
from engine.text.shapes import Reading, Shape


def read_file(root: Path, file: str, shape: Shape) -> tuple[Reading | None, tuple[Problem, ...]]:
    """What `file` below `root` holds, with its problems. None when there is no such file."""
    path = root / file
    try:
        reading = shape.read(path.read_bytes())
    except FileNotFoundError:
        return None, ()
    except OSError as error:
        return None, (Problem(file, 0, f"the file cannot be read: {error.strerror}"),)
    return reading, tuple(Problem(file, fault.line, fault.message) for fault in reading.faults)


def list_files(root: Path, folder: str, suffix: str) -> list[str]:
    """The files below `folder` whose name ends with `suffix`, as paths relative to `root`, sorted."""
    return sorted(path.relative_to(root).as_posix() for path in (root / folder).rglob(f"*{suffix}") if path.is_file())
