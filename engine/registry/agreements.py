"""The store of agreements and their approvals; its first form is `mesh/agreements/`.

An agreement is a file of its author's, `<id>.yaml`. Its approvals stand apart, in `<id>.approvals.yaml`, a block list
that `append_approval` only ever adds to: what somebody signed is never rewritten.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.errors import Problem, RegistryError
from engine.model.agreements import Agreement, Approval
from engine.text.authored import AGREEMENT, APPROVALS
from engine.text.declared import Collection, Declared, FileSource, collect
from engine.text.files import list_files, misplaced, read_file, replace_file
from engine.text.shapes import Reading
from engine.text.wording import nearest
from engine.text.yaml_text import Path as Place

_FOLDER = "mesh/agreements"
_SUFFIX = ".approvals.yaml"


class AgreementStore(Protocol):
    """Where agreements and approvals are kept."""

    def read(self) -> Collection[Agreement]:
        """Every agreement with its approvals, and the problems of those that cannot be read."""
        ...

    def append_approval(self, agreement: str, approval: Approval) -> None:
        """Records an approval of a stored agreement, wholly or not at all. Whether it counts is not asked here.

        Raises RegistryError when there is no such agreement, its approvals cannot be read, or the record did not hold.
        """
        ...


@dataclass(frozen=True, slots=True)
class _AgreementSource:
    """An agreement's file, and that of its approvals."""

    own: FileSource
    approvals: FileSource | None

    def place(self, path: Place, value: str | None = None) -> tuple[str, int]:
        if path[:1] == ("approvals",) and self.approvals is not None:
            return self.approvals.place(path[1:], value)
        return self.own.place(path, value)


class FileAgreementStore:
    """The agreements below `root`, a project's folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self) -> Collection[Agreement]:
        problems: list[Problem] = []
        readings: list[tuple[str, Reading]] = []
        approvals: dict[str, tuple[str, Reading]] = {}
        problems.extend(misplaced(self._root, _FOLDER, flat=True))
        for file in list_files(self._root, _FOLDER, ".yaml"):
            signed = file.endswith(_SUFFIX)
            reading, found = read_file(self._root, file, APPROVALS if signed else AGREEMENT)
            problems.extend(found)
            if reading is not None and signed:
                approvals[file.removesuffix(_SUFFIX).rpartition("/")[2]] = (file, reading)
            elif reading is not None:
                readings.append((file, reading))
        agreements = collect("agreement", Agreement, readings, by_file=True)
        for name, (file, _) in approvals.items():
            if name not in agreements.names:
                message = f"approvals of unknown agreement `{name}`{nearest(name, agreements.names)}"
                problems.append(Problem(file, 0, message))
        return Collection(
            agreements.kind,
            tuple(_signed(item, approvals.get(item.fact.id)) for item in agreements.declared),
            agreements.names,
            (*problems, *agreements.problems),
            agreements.whole,
        )

    def append_approval(self, agreement: str, approval: Approval) -> None:
        files = [file for file in list_files(self._root, _FOLDER, ".yaml") if not file.endswith(_SUFFIX)]
        known = [file.removeprefix(f"{_FOLDER}/").removesuffix(".yaml") for file in files]
        if agreement not in known:
            raise RegistryError(f"there is no agreement `{agreement}`{nearest(agreement, known)}")
        with _locked(self._root / _FOLDER):
            self._append(f"{_FOLDER}/{agreement}{_SUFFIX}", approval)

    def _append(self, file: str, approval: Approval) -> None:
        before, problems = read_file(self._root, file, APPROVALS)
        if problems:
            raise RegistryError("\n".join(str(problem) for problem in problems))
        text = before.text.text if before else b""
        text += b"" if not text or text.endswith(b"\n") else b"\n"
        text += _block(approval)
        expected = [*(_approvals(before) if before else ()), approval]
        if _approvals(APPROVALS.read(text)) != tuple(expected):
            raise RegistryError(f"{file}: the approval cannot be appended; write the file as a block list of approvals")
        try:
            replace_file(self._root / file, text)
        except OSError as error:
            raise RegistryError(f"`{self._root / file}` cannot be written: {error.strerror}") from error
        after, _ = read_file(self._root, file, APPROVALS)
        if after is None or _approvals(after) != tuple(expected):
            raise RegistryError(f"{file}: the approval of `{approval.approver}` was written, but does not read back")


def _approvals(reading: Reading) -> tuple[Approval, ...]:
    return () if reading.faults else tuple(approval for _, approval in reading.of(Approval))


def _signed(item: Declared[Agreement], approvals: tuple[str, Reading] | None) -> Declared[Agreement]:
    """The agreement with its approvals, in the order of time."""
    if approvals is None or not isinstance(item.source, FileSource):
        return item
    file, reading = approvals
    fields = {name: getattr(item.fact, name) for name in Agreement.model_fields}
    signed = Agreement.model_validate(fields | {"approvals": _approvals(reading)})
    return Declared(signed, _AgreementSource(item.source, FileSource(file, reading.text)), item.path)


def _block(approval: Approval) -> bytes:
    """The approval as an item of a block list, each value in JSON's quotes, which are YAML's too."""
    lines = approval.model_dump_json(indent=2).splitlines()[1:-1]
    pairs = [line.strip().rstrip(",").partition(": ") for line in lines]
    rows = [f"{key.strip(chr(34))}: {value}" for key, _, value in pairs]
    return ("- " + "\n  ".join(rows) + "\n").encode()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other processes from appending at the same time: of two approvals none may be lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
