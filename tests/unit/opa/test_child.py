"""The OPA of our own dies with its parent, however and whenever the parent dies, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engine.errors import ToolError
from engine.opa import program
from engine.opa.bundle import Policies, read_policies
from engine.opa.child import embedded_opa
from tests.unit.opa.doors import POLICIES

ROOT = POLICIES.parent
PARENT = """
import sys, time
from pathlib import Path
from engine.opa.bundle import read_policies
from engine.opa.child import embedded_opa

policies = read_policies(Path(sys.argv[1]))
print("started", flush=True)
with embedded_opa(policies, 5):
    print("open", flush=True)
    time.sleep(60)
"""

TALKER = """
import socket, sys

listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[sys.argv.index("--addr") + 1].removeprefix("unix://"))
listening.listen()
while True:
    caller, _ = listening.accept()
    if caller.recv(65536):
        print("x" * 1_000_000, flush=True)
        caller.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{}")
    caller.close()
"""
"""A program in the place of OPA, which says a million characters before it answers."""


@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 15, 20, 30, 45, 70, 110, 150, None])
def test_a_killed_parent_leaves_no_opa_after_two_seconds(milliseconds: int | None, short_folder: Path) -> None:
    """None: as soon as the OPA is open."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(POLICIES)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short_folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    assert parent.stdout.readline() == "started\n"
    if milliseconds is None:
        assert parent.stdout.readline() == "open\n"
        assert _alive(short_folder)
    else:
        time.sleep(milliseconds / 1000)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    # nobody is there yet to remove a folder that was made just before the kill; one that holds a socket goes
    assert _gone(short_folder)


def test_a_closed_opa_leaves_nothing(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    with embedded_opa(read_policies(POLICIES), 5):
        assert _alive(short_folder)
    assert _alive(short_folder) == []
    assert list(short_folder.iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_group_leaves_no_opa(sent: signal.Signals, short_folder: Path) -> None:
    """As a terminal sends it."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(POLICIES)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(short_folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout
    assert [parent.stdout.readline(), parent.stdout.readline()] == ["started\n", "open\n"]
    os.killpg(parent.pid, sent)
    parent.wait()
    parent.stdout.close()
    assert _gone(short_folder)


def test_a_folder_too_deep_for_a_socket_is_left_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with embedded_opa(read_policies(POLICIES), 5) as client:
        assert client.check_health()
    assert list(deep.iterdir()) == []


def test_an_opa_that_does_not_start_says_why(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    broken = Policies({"access/decision.rego": "package meshwarden.access\n\nmet if nonsense("})
    with (
        pytest.raises(ToolError, match=r"(?s)OPA ended as it started, with exit code 1: .*rego_parse_error"),
        embedded_opa(broken, 5),
    ):
        pass
    assert _gone(short_folder)


def test_an_opa_that_says_much_is_not_held_up(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    with _instead_of_opa(TALKER, tmp_path, monkeypatch), embedded_opa(read_policies(POLICIES), 5) as client:
        assert client.check_health()
    assert list(short_folder.iterdir()) == []


def test_policies_that_cannot_be_written_leave_no_folder(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    unwritable = Policies({"a" * 300: "package meshwarden.access"})
    with pytest.raises(OSError, match="name too long"), embedded_opa(unwritable, 5):
        pass
    assert list(short_folder.iterdir()) == []


def test_without_an_opa_the_set_up_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="no `opa` beside this Python or on PATH; run `make setup`"):
        program.find_opa.__wrapped__()


@contextmanager
def _instead_of_opa(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """While the block runs, `opa` is this Python script."""
    (folder / "opa").write_text(f"#!{sys.executable}\n{text}")
    (folder / "opa").chmod(0o755)
    program.find_opa.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "prefix", str(folder))
        patched.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        yield
    program.find_opa.cache_clear()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Where a test's OPA lives: short enough for a socket, and in the command line of every process of it."""
    with TemporaryDirectory(prefix="mw-child-") as folder:
        yield Path(folder)


def _gone(folder: Path) -> bool:
    """Whether, within two seconds, neither a process nor a socket is left and none comes after.

    A parent that is killed as it forks leaves a child that does not name the folder yet; so the calm has to last.
    """
    deadline = time.monotonic() + 2
    calm = 0
    while calm < 5 and time.monotonic() < deadline:
        calm = 0 if _alive(folder) or any(folder.glob("*/opa.sock")) else calm + 1
        time.sleep(0.03)
    return calm == 5


def _alive(folder: Path) -> list[str]:
    """The processes whose command line names the folder."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]
