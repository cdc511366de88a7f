"""The files of a project: which there are, what they hold, and how one is put in its place."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from engine.errors import Problem, SourceError
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
    """The files below `folder` whose names end with `suffix`, relative to `root`, sorted; none hidden, and no link."""
    found: list[str] = []
    for path, _, names in _walk(root, folder):
        below = Path(path).relative_to(root).as_posix()
        shown = (name for name in names if name.endswith(suffix) and not name.startswith("."))
        found.extend(f"{below}/{name}" for name in shown if not Path(path, name).is_symlink())
    return sorted(found)


def _walk(root: Path, folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, which passes over in silence what it may not read. Raises SourceError there."""

    def fail(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            place = Path(error.filename).relative_to(root).as_posix()
            raise SourceError([Problem(place, 0, f"the folder cannot be read: {error.strerror}")])

    yield from os.walk(root / folder, onerror=fail)


def linked(root: Path, folder: str) -> list[Problem]:
    """Links at or below `folder`, which nobody follows: a fact behind one would vanish without a word."""
    found = [Path(root, folder)] if Path(root, folder).is_symlink() else []
    for path, folders, names in _walk(root, folder):
        found += [Path(path, name) for name in (*folders, *names) if Path(path, name).is_symlink()]
    said = "a symbolic link is not followed; put the files here"
    return [Problem(link.relative_to(root).as_posix(), 0, said) for link in found]


def misplaced(root: Path, folder: str, *, flat: bool) -> list[Problem]:
    """What nobody would read below `folder`: another ending, or where it is `flat` a folder of its own."""
    misnamed = []
    for file in list_files(root, folder, ""):
        ending = Path(file).suffix
        if ending != ".yaml" and ending.lower() in {".yaml", ".yml"}:
            misnamed.append(Problem(file, 0, f"the file ends with `{ending}`; expected `.yaml`"))
    nested = [file for file in list_files(root, folder, ".yaml") if flat and file.rpartition("/")[0] != folder]
    return [
        *misnamed,
        *(Problem(file, 0, f"the file lies in a folder of its own; expected `{folder}`") for file in nested),
    ]


def replace_file(path: Path, content: bytes) -> None:
    """Puts a file in its place in one step, and on the disk: a reader sees all of it or what was there before.

    A file that was there keeps its mode. Raises OSError; nothing is left behind then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = temporary.open("xb")
    try:
        with handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Puts the names in a folder on the disk, as fsync(2) says of a new file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
