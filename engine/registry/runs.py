"""The store of runs: what was decided, on which facts, under which policies, and what was planned.

    (policy hash, facts hash, now) → plan hash

Facts, policies, decisions and plan are stored once each, by the hash of their canonical JSON; a line in `runs.jsonl`
joins them. Nothing recorded is ever rewritten.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.errors import RegistryError
from engine.model.instants import Instant
from engine.text.files import replace_file


class RunRecord(BaseModel):
    """One run; `planned` when it was shown as a plan, not only asked.

    `sources_hash` covers the bytes its facts were read from, `engine` the code that derived the plan.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str
    sources_hash: str
    policy_hash: str
    facts_hash: str
    now: Instant
    valid_until: Instant | None
    decisions_hash: str
    plan_hash: str
    planned: bool

    def answers(self, now: datetime) -> bool:
        """Whether what was decided at the run's `now` still holds at this one."""
        return self.now <= now and (self.valid_until is None or now < self.valid_until)


class FileRunStore:
    """Runs in a folder: `objects/<hash>` and `runs.jsonl`."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._log = folder / "runs.jsonl"

    def put(self, text: bytes) -> str:
        """Stores a canonical document once; gives its hash. Raises RegistryError when it cannot be written."""
        digest = hashlib.sha256(text).hexdigest()
        path = self._objects / digest
        if not path.is_file():
            try:
                self._objects.mkdir(parents=True, exist_ok=True)
                replace_file(path, text)
            except OSError as error:
                raise self._unwritable(path, error) from error
        return digest

    def get(self, digest: str) -> bytes:
        """The document of a hash. Raises RegistryError when it is missing or is not what the hash says."""
        path = self._objects / digest
        try:
            text = path.read_bytes()
        except OSError as error:
            raise self._damaged(path, f"cannot be read: {error.strerror}") from None
        if hashlib.sha256(text).hexdigest() != digest:
            raise self._damaged(path, "was changed after it was recorded")
        return text

    def append(self, record: RunRecord) -> None:
        """Records a run whose documents are stored. Raises RegistryError when it cannot be written."""
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("ab") as handle:
                handle.write(record.model_dump_json().encode() + b"\n")
        except OSError as error:
            raise self._unwritable(self._log, error) from error

    def records(self) -> list[RunRecord]:
        """Every run, the latest first. Raises RegistryError when a record cannot be read."""
        if not self._log.is_file():
            return []
        records = []
        for number, line in enumerate(self._log.read_bytes().splitlines(), start=1):
            try:
                records.append(RunRecord.model_validate_json(line))
            except ValidationError:
                way_out = "move the file aside to go on; that costs history, never access"
                raise RegistryError(f"{self._log}:{number}: no record of a run of this version; {way_out}") from None
        return records[::-1]

    def _unwritable(self, path: Path, error: OSError) -> RegistryError:
        way_out = f"runs are recorded in `{self._log.parent}`: let it be written to, or copy the project to where it is"
        return RegistryError(f"`{path}` cannot be written: {error.strerror}; {way_out}")

    def _damaged(self, path: Path, how: str) -> RegistryError:
        way_out = (
            f"restore it, or move the folder `{self._log.parent}` aside to go on; that costs history, never access"
        )
        return RegistryError(f"recorded document `{path}` {how}; {way_out}")
