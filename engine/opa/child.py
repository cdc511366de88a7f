"""An OPA of our own: a child process on a Unix socket, which dies with its parent, however the parent dies.

A shell stands between the two and reads from a pipe whose other end only the parent holds. When the parent ends, also
by SIGKILL, the pipe closes, and the shell kills OPA and removes the folder with the socket. This is portable, where the
parent-death signal of Linux is not.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from opa_client.opa import OpaClient
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from engine.errors import ToolError
from engine.opa.bundle import Policies
from engine.opa.program import find_opa

_SUPERVISOR = """
trap : INT TERM HUP
exec 3<&0
folder=$1; shift
"$@" 3<&- </dev/null &
child=$!
exec >/dev/null 2>&1
{ read -r _ <&3; kill -9 $child; } &
exec 3<&-
wait $child
code=$?
while kill -0 $child; do wait $child; code=$?; done
rm -rf -- "$folder"
exit $code
"""
_SOCKET = "opa.sock"
_LONGEST_SOCKET_PATH = 100
"""Characters. Linux takes 107, macOS 103."""

_START_TIMEOUT = 15.0
_COLLECTS_LATE = {"GOGC": "400"}
"""OPA lives for seconds: its heap grows fivefold before Go collects, which saves a fifth of its processor time."""


@contextmanager
def embedded_opa(policies: Policies, timeout: float) -> Iterator[OpaClient]:
    """Runs an OPA that holds these policies while the block runs. Raises ToolError when it does not start."""
    folder = _make_folder()
    path = folder / _SOCKET
    # what OPA says goes to a file, since it would stop at a pipe that is full
    with tempfile.TemporaryFile() as said:
        try:
            child = _start(policies, folder, said)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            _await_start(child, path, said)
            with OpaClient(host="localhost", retries=0, timeout=timeout) as client:
                client._session.trust_env = False
                client._session.mount("http://", _UnixAdapter(path))
                yield client
        finally:
            assert child.stdin
            child.stdin.close()
            child.wait()


def _make_folder() -> Path:
    """A folder in which the path of a socket is short enough."""
    folder = Path(tempfile.mkdtemp(prefix="mw-opa-"))
    if len(str(folder / _SOCKET)) > _LONGEST_SOCKET_PATH:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="mw-opa-", dir="/tmp"))
    return folder


def _start(policies: Policies, folder: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """Starts an OPA on the socket in `folder`; from here on the folder is the supervisor's to remove."""
    bundle = folder / "policies"
    bundle.mkdir()
    policies.write(bundle)
    command = [find_opa(), "run", "--server", "--bundle", str(bundle), "--addr", f"unix://{folder / _SOCKET}"]
    command += ["--unix-socket-perm", "600", "--log-level", "error", "--skip-version-check"]
    return subprocess.Popen(
        ["/bin/sh", "-c", _SUPERVISOR, "sh", str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=said,
        stderr=subprocess.STDOUT,
        env=_COLLECTS_LATE | os.environ,
    )


def _await_start(child: subprocess.Popen[bytes], path: Path, said: IO[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < deadline:
        if child.poll() is not None:
            said.seek(0)
            why = said.read().decode(errors="replace").strip()
            raise ToolError(f"OPA ended as it started, with exit code {child.returncode}: {why}")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(0.005)
            else:
                return
    raise ToolError(f"OPA did not answer within {_START_TIMEOUT:.0f} s of its start")


class _UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout if isinstance(self.timeout, int | float) else None)
        self.sock.connect(str(self.path))


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = path

    def _new_conn(self) -> _UnixConnection:
        return _UnixConnection(self.path)


class _UnixAdapter(HTTPAdapter):
    """Sends every request over one Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(max_retries=0)
        self.pool = _UnixPool(path)

    def get_connection_with_tls_context(self, *_: object, **__: object) -> _UnixPool:
        return self.pool
