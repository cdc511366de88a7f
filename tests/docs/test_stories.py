"""Every command of the pages runs, as a reader would run it, and ends as the page says."""

from __future__ import annotations

import inspect
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from engine.cli import COMMANDS
from engine.cli.app import app
from tests.declared import copy_project
from tests.docs.pages import PAGES, ROOT, Command, Written, name_of, prints, story

NOW = "2026-06-01T09:00:00Z"
BIN = Path(sys.prefix) / "bin"

NOT_RUN = {
    "make setup": "would install into the environment that runs this test",
    "make demo": "sets up first; it is `make test`'s own check that the demo runs",
    "make test": "would run this test again",
    "make quick": "would run the tests again",
    "make synth": "sets up first; `python -m cdktf_app` runs the same, and tests/synth does",
    "make bench": "takes minutes",
    "make fuzz": "takes many minutes; tests/properties has a short run",
    "make mutants": "takes minutes, and runs the tests",
    "make deploy-emulated": "takes some ten minutes; tests/deploy runs the same on a smaller mesh",
    "cdktf deploy": "needs AWS accounts; tests/deploy deploys to emulated ones",
    "MESHWARDEN_PLAN=plan.json cdktf deploy": "the same",
    "MESHWARDEN_PLAN=plan.json python -m cdktf_app": "the time of this story's plan is over; tests/synth runs it",
    "MESHWARDEN_ROLE=plan cdktf diff": "the same, and states of a first deploy",
    "cdktf synth": "needs cdktf-cli; cdktf.json has it run `python -m cdktf_app`, which is run",
    "meshwarden drift": "needs AWS accounts; tests/deploy runs it against emulated ones",
    "meshwarden cut": "needs AWS accounts; tests/deploy runs it against emulated ones",
    "python -m cdktf_app.orphans": "needs AWS accounts; tests/deploy/test_interrupted.py runs it against emulated ones",
    "tools/verify-on-aws --producer-profile": "needs AWS accounts; tests/unit/tools runs it against emulated ones",
    "opa run --server": "serves until it is stopped; a test below starts it and asks it",
}
"""What begins a line that is not run, and why. Targets of make must exist all the same."""

NOT_RUN_OF_THE_HELP = {
    "meshwarden generate": "writes thousands of files; docs/cli.md has it, and is run",
    "meshwarden cut": "needs AWS accounts; tests/deploy runs it against emulated ones",
    "meshwarden drift": "needs AWS accounts; tests/deploy runs it against emulated ones",
    "meshwarden plan -C ../large": "takes long; what is generated is planned in tests/unit/generate",
}

LEFT_OUT = (".*", "__pycache__", "cdktf.out", "state", "node_modules", "large")
TELLING = [page for page in PAGES if story(page)]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project with one commit."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for kept in (".gitignore", ".regal"):
        source = ROOT / kept
        (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / kept)
    shutil.copy(ROOT / "policies" / ".manifest", copy / "policies")
    (copy / ".venv").symlink_to(sys.prefix)
    git = ["git", "-c", "user.name=Docs", "-c", "user.email=docs@meshbank.example"]
    for arguments in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "--message", "As it is"],
    ):
        subprocess.run([*git, *arguments], cwd=copy, env=_environment(), check=True)
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("page", TELLING, ids=name_of)
def test_the_commands_of_a_page_end_as_it_says(page: Path, project: Path) -> None:
    for step in story(page):
        if isinstance(step, Written):
            path = project / step.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step.text)
        elif not step.line.startswith(tuple(NOT_RUN)):
            _run(step, project)


@pytest.mark.slow
def test_the_examples_of_the_help_end_well(project: Path) -> None:
    """Where a reader has a second branch, a second folder or a folder for schemas, so has the copy."""
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", "HEAD"], cwd=project, check=True)
    for other in ("as-it-was", "mesh"):
        (project.parent / other).symlink_to(project)
    (project / ".schemas").mkdir()
    examples = [line.strip() for help in _helps() for line in help.partition("Examples:")[2].strip().splitlines()]
    assert all(line.startswith("meshwarden ") for line in examples)
    for line in examples:
        if not line.startswith(tuple(NOT_RUN_OF_THE_HELP)):
            _run(Command(line, 0, None), project)


def _helps() -> list[str]:
    for module in COMMANDS:
        import_module(f"engine.cli.{module}")
    return [str(inspect.getdoc(command.callback)) for command in app.registered_commands]


def _run(command: Command, project: Path) -> None:
    # `-o setup`: the set-up is taken as made, or it would make this very environment anew.
    line = re.sub(r"^make\b", "make -o setup", command.line)
    done = subprocess.run(
        line, shell=True, cwd=project, env=_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == command.code, f"`{command.line}`\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    if command.shown is not None:
        assert prints(command.shown, done.stdout), f"`{command.line}` prints\n{done.stdout}"


def _environment(**more: str) -> dict[str, str]:
    """The reader's: nothing of ours but the instant."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    return {
        **kept,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "MESHWARDEN_NOW": NOW,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **more,
    }


def test_what_is_not_run_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {
        found
        for page in PAGES
        for step in story(page)
        if isinstance(step, Command)
        for found in re.findall(r"^make ([a-z-]+)", step.line)
    }
    assert named <= targets
    assert {line.removeprefix("make ") for line in NOT_RUN if line.startswith("make ")} <= targets
    assert '"app": ".venv/bin/python -m cdktf_app"' in (ROOT / "cdktf.json").read_text()


@pytest.mark.slow
def test_a_stock_opa_answers_as_our_own_does(tmp_path: Path) -> None:
    """docs/policies.md: a stock OPA loads `policies/` as a bundle, and OPA_URL has it asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"localhost:{free.getsockname()[1]}"
    line = next(
        step.line
        for step in story(ROOT / "docs" / "policies.md")
        if isinstance(step, Command) and step.line.startswith("opa run --server")
    )
    command = line.replace("localhost:8181", address).split()
    plans = []
    with _serving(command, address):
        for name, environment in (
            ("stock", _environment(OPA_URL=f"http://{address}")),
            ("own", _environment()),
        ):
            project = copy_project(tmp_path / name)
            plan = ["meshwarden", "plan", "--out", "plan.json"]
            subprocess.run(plan, cwd=project, env=environment, capture_output=True, check=True)
            plans.append((project / "plan.json").read_bytes())
    assert plans[0] == plans[1]


@contextmanager
def _serving(command: list[str], address: str) -> Iterator[None]:
    host, port = address.split(":")
    child = subprocess.Popen(
        command, cwd=ROOT, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                socket.create_connection((host, int(port)), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield
    finally:
        child.terminate()
        child.wait()


def test_an_elision_stands_for_any_text() -> None:
    assert prints("one\n…\nfive\n", "one\ntwo\nthree\nfive  \n")
    assert prints("one\n…\nfive\n", "one\nfive\n")
    assert prints("one\n…\n", "one\ntwo\n\nthree\n")
    assert prints("…\n", "")
    assert prints("plan … at noon\n", "plan c7be at noon\n")
    assert not prints("one\n…\nfive\n", "one\ntwo\n")
    assert not prints("one\n", "one\ntwo\n")
