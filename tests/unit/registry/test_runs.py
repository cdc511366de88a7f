"""The store of runs keeps each document once, whole, and says what to do with one that is damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RegistryError
from engine.model.instants import parse_instant
from engine.registry.runs import FileRunStore, RunRecord


def test_a_document_is_stored_once_and_reads_back(tmp_path: Path) -> None:
    store = FileRunStore(tmp_path / "runs")
    digest = store.put(b"{}")
    assert store.put(b"{}") == digest
    assert store.get(digest) == b"{}"
    assert [path.name for path in (tmp_path / "runs/objects").iterdir()] == [digest]


def test_a_write_that_fails_leaves_nothing_and_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(
        RegistryError, match=r"objects/[0-9a-f]{64}` cannot be written: No space left on device; runs are recorded in"
    ):
        FileRunStore(tmp_path).put(b"{}")
    assert list((tmp_path / "objects").iterdir()) == []


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_what_to_do_with_a_damaged_document_is_said(damage: str, tmp_path: Path) -> None:
    store = FileRunStore(tmp_path / "runs")
    digest = store.put(b"{}")
    path = tmp_path / "runs/objects" / digest
    if damage == "changed":
        path.write_bytes(b"[]")
    else:
        path.unlink()
    said = {"changed": "was changed after it was recorded", "missing": "cannot be read: No such file or directory"}
    way_out = f"restore it, or move the folder `{tmp_path / 'runs'}` aside to go on; that costs history, never access"
    with pytest.raises(RegistryError) as raised:
        store.get(digest)
    assert str(raised.value) == f"recorded document `{path}` {said[damage]}; {way_out}"


def test_where_a_run_cannot_be_recorded_the_way_out_is_said(tmp_path: Path) -> None:
    (tmp_path / "runs/runs.jsonl").mkdir(parents=True)
    record = RunRecord(
        engine="e",
        sources_hash="s",
        policy_hash="p",
        facts_hash="f",
        now=parse_instant("2026-06-01T09:00:00Z"),
        valid_until=None,
        decisions_hash="d",
        plan_hash="p",
        planned=False,
    )
    with pytest.raises(RegistryError) as raised:
        FileRunStore(tmp_path / "runs").append(record)
    assert str(raised.value) == (
        f"`{tmp_path / 'runs/runs.jsonl'}` cannot be written: Is a directory; runs are recorded in"
        f" `{tmp_path / 'runs'}`: let it be written to, or copy the project to where it is"
    )
