"""The command line as a user meets it: on a small project that may be broken, and on the demo mesh."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.model.instants import parse_instant
from engine.run import recall_or_run
from tests.declared import ROOT, copy_project
from tests.unit.sources.conftest import FILES, Project

NOW = "2026-06-01T09:00:00Z"


@dataclass(frozen=True, slots=True)
class Done:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESHWARDEN_NOW", NOW)
    monkeypatch.delenv("MESHWARDEN_DEBUG", raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `meshwarden` with these arguments."""

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def small(tmp_path: Path) -> Project:
    """A project with one agreement, pending, whose one approval is void; and with the policies of this repository."""
    made = Project(tmp_path / "small")
    for file, text in FILES.items():
        made.write(file, text)
    shutil.copytree(ROOT / "policies", made.root / "policies")
    return made


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    """A copy of this repository's own mesh."""
    return _copied(tmp_path / "demo")


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another copy, with its run recorded, for whoever only asks."""
    root = _copied(tmp_path_factory.mktemp("recorded") / "demo").root
    recall_or_run(root, parse_instant(NOW))
    return root


def _copied(root: Path) -> Project:
    return Project(copy_project(root))


def everything_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
