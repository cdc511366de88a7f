"""The reconciler's zip: the same bytes from the same sources, and nothing but them; a function of it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from cdktf_app.code import SOURCES, Code, reconciler_code
from engine.errors import ToolError


def copied(folder: Path) -> Path:
    """The sources, as another checkout has them: written in another order, at another time, with other rights."""
    for path in sorted(SOURCES.rglob("*.py"), reverse=True):
        target = folder / "redshift" / path.relative_to(SOURCES)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(0o755)
        os.utime(target, (0, 1_000_000_000))
    return folder / "redshift"


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    code = reconciler_code()
    other = copied(tmp_path / "a folder")
    assert reconciler_code(other) == code
    for path in other.rglob("*.py"):
        path.touch()
    assert reconciler_code.__wrapped__(other) == code
    (other / "handler.py").write_text("# changed")
    assert reconciler_code.__wrapped__(other) != code


def test_nothing_but_the_sources_is_in_it(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "__pycache__").mkdir()
    for name in ("__pycache__/handler.cpython-312.pyc", "notes.md", ".env"):
        (folder / name).write_text("secret")
    with zipfile.ZipFile(BytesIO(reconciler_code(folder).content)) as archive:
        assert archive.testzip() is None
        found = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    assert found == {
        f"redshift/{path.relative_to(SOURCES).as_posix()}": path.read_bytes() for path in SOURCES.rglob("*.py")
    }
    assert "redshift/handler.py" in found


def test_the_hash_is_as_lambda_writes_it() -> None:
    assert Code(b"").hash == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_both_functions_are_found_without_the_engine(tmp_path: Path) -> None:
    """As Lambda does, from the zip alone: nothing of ours may be imported."""
    (tmp_path / "code.zip").write_bytes(reconciler_code().content)
    program = (
        "import sys; from redshift import handler; handler.reconcile, handler.read; print('engine' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(tmp_path / "code.zip")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_an_installation_without_the_code_stops(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is no code of the reconciler"):
        reconciler_code(tmp_path)
