"""A file is put in its place whole, on the disk, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.text.files import replace_file


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.chmod", "pathlib.Path.replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "stopped"]
)
def test_a_step_that_fails_leaves_what_was_there(
    step: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    replace_file(path, b"before")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(step, fail)
    with pytest.raises(type(error)):
        replace_file(path, b"after")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("plan.json", b"before")]


def test_the_file_and_then_its_name_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    synced: list[tuple[int, bool]] = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append((os.fstat(descriptor).st_ino, path.exists())))
    replace_file(path, b"text")
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    new, usual = tmp_path / "new", tmp_path / "usual"
    usual.write_bytes(b"")
    replace_file(new, b"text")
    assert new.stat().st_mode == usual.stat().st_mode
    new.chmod(0o640)
    replace_file(new, b"other")
    assert (new.read_bytes(), new.stat().st_mode & 0o777) == (b"other", 0o640)
