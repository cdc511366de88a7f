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
from datetime import datetime
from pathlib import Path
from typing import Protocol

import yaml

from engine.errors import Problem, RegistryError
from engine.model.agreements import Agreement, Approval, State, StateChange
from engine.model.instants import format_instant
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

    def record_revoked(self, agreement: str, at: datetime) -> None:
        """Ends a stored agreement at `at`, wholly or not at all; one that is revoked already stays as it is.

        Raises RegistryError when there is no such agreement, it cannot be read, or the record did not hold.
        """
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
        self._check_known(agreement)
        with _locked(self._root / _FOLDER):
            self._append(f"{_FOLDER}/{agreement}{_SUFFIX}", approval)

    def record_revoked(self, agreement: str, at: datetime) -> None:
        self._check_known(agreement)
        with _locked(self._root / _FOLDER):
            self._revoke(f"{_FOLDER}/{agreement}.yaml", at)

    def _check_known(self, agreement: str) -> None:
        files = [file for file in list_files(self._root, _FOLDER, ".yaml") if not file.endswith(_SUFFIX)]
        known = [file.removeprefix(f"{_FOLDER}/").removesuffix(".yaml") for file in files]
        if agreement not in known:
            raise RegistryError(f"there is no agreement `{agreement}`{nearest(agreement, known)}")

    def _revoke(self, file: str, at: datetime) -> None:
        before, problems = read_file(self._root, file, AGREEMENT)
        if before is None or problems:
            raise RegistryError("\n".join(str(problem) for problem in problems) or f"{file} cannot be read")
        (_, held), *_ = before.of(Agreement)
        if held.history[-1].state is State.REVOKED:
            return
        if at < held.history[-1].at:
            last = held.history[-1]
            raise RegistryError(
                f"agreement `{held.id}` is {last.state.value} since {format_instant(last.at)}, and cannot be revoked at"
                f" {format_instant(at)}, which is before; give a later `--now`"
            )
        text = _with_change(before.text.text, f"{{state: revoked, at: {format_instant(at)}}}")
        expected = [*held.history, StateChange(state=State.REVOKED, at=at)]
        reading = AGREEMENT.read(text)
        after = [] if reading.faults else [fact.history for _, fact in reading.of(Agreement)]
        if after != [tuple(expected)]:
            raise RegistryError(f"{file}: `history` cannot be added to; write it as a list, by hand")
        self._write(file, text)

    def _write(self, file: str, text: bytes) -> None:
        try:
            replace_file(self._root / file, text)
        except OSError as error:
            raise RegistryError(f"`{self._root / file}` cannot be written: {error.strerror}") from error

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
        self._write(file, text)
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


def _with_change(text: bytes, change: str) -> bytes:
    """The text of an agreement with one more item in its `history`; whatever else an author wrote stays."""
    written = text.decode()
    root = yaml.compose(written, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    history = next(value for key, value in root.value if key.value == "history")
    end = history.value[-1].end_mark.index
    if history.flow_style:
        return f"{written[:end]}, {change}{written[end:]}".encode()
    line_end = written.find("\n", end - 1 if written[end - 1] == "\n" else end)
    line_end = len(written) if line_end < 0 else line_end
    indent = " " * history.start_mark.column
    return f"{written[:line_end]}\n{indent}- {change}{written[line_end:]}".encode()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keeps other processes from appending at the same time: of two approvals none may be lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
