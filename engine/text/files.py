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
    return sorted(
        place
        for place, entry in _below(root, folder)
        if entry.name.endswith(suffix)
        and not entry.name.startswith(".")
        and not entry.is_symlink()
        and not entry.is_dir()
    )


def _below(root: Path, folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below `folder`, with its place relative to `root`; no link is followed.

    Raises SourceError for a folder that may not be read, which `os.walk` would pass over in silence.
    """
    try:
        with os.scandir(root / folder) as found:
            entries = list(found)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SourceError([Problem(folder, 0, f"the folder cannot be read: {error.strerror}")]) from None
    for entry in entries:
        place = f"{folder}/{entry.name}"
        yield place, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _below(root, place)


def linked(root: Path, folder: str) -> list[Problem]:
    """Links at or below `folder`, which nobody follows: a fact behind one would vanish without a word."""
    found = [folder] if Path(root, folder).is_symlink() else []
    found += [place for place, entry in _below(root, folder) if entry.is_symlink()]
    said = "a symbolic link is not followed; put the files here"
    return [Problem(link, 0, said) for link in found]


def misplaced(root: Path, folder: str, *, flat: bool) -> list[Problem]:
    """What nobody would read below `folder`: another ending, or where it is `flat` a folder of its own."""
    files = list_files(root, folder, "")
    misnamed = [file for file in files if file.lower().endswith((".yaml", ".yml")) and not file.endswith(".yaml")]
    nested = [file for file in files if flat and file.endswith(".yaml") and file.rpartition("/")[0] != folder]
    return [
        *(Problem(file, 0, f"the file ends with `{Path(file).suffix}`; expected `.yaml`") for file in misnamed),
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
