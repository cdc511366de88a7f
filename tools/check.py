"""The checks of `make test` and `make quick`, one line each; the first that fails shows what it said and stops the run.

.venv/bin/python tools/check.py test         all of them: what CI runs
.venv/bin/python tools/check.py quick        the same without the slow tests and with fewer examples
.venv/bin/python tools/check.py mypy regal   only these
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
TEST = ("-m", "not long", "--ignore", "tests/deploy")
DEPLOY = ("-m", "not long", "tests/deploy")
QUICK = ("-m", "not slow", "--hypothesis-profile", "quick")


def rego_tests(said: str) -> str:
    """How many Rego tests ran; none at all, or one that was left out, is a failure.

    Raises ValueError with the reason.
    """
    passed = re.search(r"^PASS: (\d+)/(\d+)$", said, re.MULTILINE)
    if passed is None or passed[1] == "0":
        raise ValueError("no Rego test ran")
    if passed[1] != passed[2]:
        raise ValueError(f"only {passed[1]} of {passed[2]} Rego tests ran")
    return f"{passed[1]} passed"


def linted_files(said: str) -> str:
    """How many files Regal read. Raises ValueError when there were none."""
    linted = re.search(r"^(\d+) files? linted\.", said, re.MULTILINE)
    if linted is None or linted[1] == "0":
        raise ValueError("Regal found no policy")
    return f"{linted[1]} files"


@dataclass(frozen=True)
class Check:
    """A command that must succeed. `verdict` reads what it said: a note for the line, or ValueError."""

    name: str
    command: tuple[str, ...]
    verdict: Callable[[str], str] = lambda _: ""


CHECKS = (
    Check("format", ("ruff", "format", "--check", "--output-format", "concise", ".")),
    Check("ruff", ("ruff", "check", ".")),
    Check("mypy", ("mypy",)),
    Check("imports", ("lint-imports", "--no-logo")),
    Check("opa-check", ("opa", "check", "--strict", "--schema", "policies/schema", "policies")),
    Check("opa-fmt", ("opa", "fmt", "--fail", "--list", "policies")),
    # OPA would load the JSON Schemas as data, and two files with a `$schema` collide.
    Check("opa-test", ("opa", "test", "--fail-on-empty", "--ignore", "*.json", "policies"), rego_tests),
    Check("regal", ("regal", "lint", "--no-color", "policies"), linted_files),
)


def main() -> int:
    wanted = sys.argv[1:]
    names = [check.name for check in CHECKS] + ["pytest"]
    if wanted in (["test"], ["quick"]):
        chosen = names
    elif wanted and set(wanted) <= set(names):
        chosen = [name for name in names if name in wanted]
    else:
        print(f"usage: tools/check.py test | quick | one or more of: {' '.join(names)}", file=sys.stderr)
        return 1
    for check in CHECKS:
        if check.name in chosen and not passes(check):
            return 1
    if "pytest" not in chosen:
        return 0
    return pytest(QUICK) if wanted == ["quick"] else pytest_beside_deploys()


def passes(check: Check) -> bool:
    """Runs one check and prints its line; what the command said follows only when it failed."""
    print(f"{check.name:10} ", end="", flush=True)
    started = time.monotonic()
    program, *arguments = check.command
    done = subprocess.run(
        [str(BIN / program), *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    note, failure = "", None
    if done.returncode != 0:
        failure = f"`{' '.join(check.command)}` failed"
    else:
        try:
            note = check.verdict(done.stdout)
        except ValueError as error:
            failure = str(error)
    seconds = f"{time.monotonic() - started:5.1f} s"
    if failure is None:
        print(f"ok     {seconds}  {note}".rstrip(), flush=True)
        return True
    print(f"FAILED {seconds}\n{done.stdout.rstrip()}\n\n{check.name}: {failure}", flush=True)
    return False


def pytest(arguments: tuple[str, ...]) -> int:
    """Runs pytest last and in the open, so that its closing line closes the run."""
    print("pytest", flush=True)
    return subprocess.run(_pytest(arguments), cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def pytest_beside_deploys() -> int:
    """Runs pytest while the emulated deploys, which mostly wait for Terraform, run beside it; shows theirs after."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            _pytest(DEPLOY), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        ) as deploys,
    ):
        try:
            failed = pytest(TEST)
            print("pytest tests/deploy, which ran meanwhile", flush=True)
            failed |= deploys.wait()
        finally:
            deploys.send_signal(signal.SIGINT)  # so that it ends what it started
        said.seek(0)
        print(said.read().decode(errors="replace"), end="", flush=True)
    return int(failed != 0)


def _pytest(arguments: tuple[str, ...]) -> list[str]:
    return [str(BIN / "pytest"), "-q", *arguments]


if __name__ == "__main__":
    sys.exit(main())
