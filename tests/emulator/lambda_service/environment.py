"""An execution environment: a process with a function's code, its role's credentials and nothing else.

As on AWS it is kept for the next event, so that what a handler leaves in its module's variables is still there:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import select
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from threading import Lock
from typing import Any

from tests.emulator.identity import Session
from tests.emulator.lambda_service.state import Function

_BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
_PACKAGES = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What the Python runtimes hold besides the standard library:
https://docs.aws.amazon.com/lambda/latest/dg/python-package.html"""


class Ended(Exception):
    """The process gave no answer: it took longer than it may, or ended by itself with this status."""

    def __init__(self, written: str, status: int | None) -> None:
        super().__init__(written)
        self.written = written
        self.status = status


class Environment:
    """`key` names what it was made for; an environment of an older revision or another role is not used again."""

    def __init__(self, function: Function, session: Session, endpoint: str) -> None:
        self.key = key_of(function, session.role_id)
        self.session = session
        self._busy = Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="function-")
        root = Path(self._folder.name)
        zipfile.ZipFile(io.BytesIO(function.code)).extractall(root / "task")
        self._log = (root / "log").open("w+b")
        answers, write = os.pipe()
        self._answers = os.fdopen(answers)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-u", str(_BOOTSTRAP), str(_packages(root)), str(write)],
            env=_variables(function, session, endpoint, root / "task"),
            cwd=root / "task",
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            pass_fds=(write,),
        )
        os.close(write)

    def run(self, told: dict[str, Any], timeout: float) -> tuple[dict[str, Any], str]:
        """The answer, and what was written meanwhile. Raises Ended, after which the environment is of no use."""
        assert self._process.stdin is not None
        with self._busy:
            before = self._log.seek(0, os.SEEK_END)
            try:
                self._process.stdin.write(json.dumps(told).encode() + b"\n")
                self._process.stdin.flush()
            except BrokenPipeError:
                raise Ended(self._written(before), self._process.wait()) from None
            ready, _, _ = select.select([self._answers], [], [], timeout)
            line = self._answers.readline() if ready else ""
            if not line:
                raise Ended(self._written(before), self._process.wait() if ready else None)
            answer: dict[str, Any] = json.loads(line)
            return answer, self._written(before)

    def close(self) -> None:
        """Ends the process. What waits for its answer hears so first."""
        self._process.kill()
        self._process.wait()
        with self._busy:
            if self._process.stdin is not None:
                self._process.stdin.close()
            self._answers.close()
            self._log.close()
            self._folder.cleanup()

    def _written(self, before: int) -> str:
        self._log.seek(before)
        return self._log.read().decode(errors="replace")


def key_of(function: Function, role: str) -> tuple[str, int, str, str]:
    return function.arn, function.revision, function.code_sha256, role


def _packages(root: Path) -> Path:
    """A folder with the runtime's own packages, and no other that is installed here."""
    folder = root / "runtime"
    folder.mkdir()
    for name in _PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def _variables(function: Function, session: Session, endpoint: str, task: Path) -> dict[str, str]:
    """Those that Lambda reserves, and what points its SDK here.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        "AWS_ACCESS_KEY_ID": session.access_key,
        "AWS_SECRET_ACCESS_KEY": session.secret,
        "AWS_SESSION_TOKEN": session.token,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.settings['Runtime']}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.settings["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "LAMBDA_TASK_ROOT": str(task),
        "TZ": "UTC",
        "_HANDLER": str(function.settings["Handler"]),
    }
