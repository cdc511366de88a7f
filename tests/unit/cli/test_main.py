"""What every command has in common: exit codes, messages, streams."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.cli import COMMANDS, main
from engine.cli.app import app
from tests.declared import ROOT
from tests.unit.cli.conftest import Run, everything_in
from tests.unit.sources.conftest import Project

MESHWARDEN = (sys.executable, "-c", "import sys; from engine.cli import main; sys.exit(main())")


def test_help_names_every_command_and_each_has_examples(run: Run) -> None:
    everything = run("--help")
    assert everything.code == 0
    names = [
        str(command.name or command.callback.__name__).replace("_", "-")
        for command in app.registered_commands
        if command.callback
    ]
    assert len(names) >= len(COMMANDS) - 1
    for name in names:
        assert f"│ {name} " in everything.out
        own = run(name, "--help")
        assert own.code == 0
        assert f"meshwarden {name}" in own.out.split("Examples:")[1]


def test_without_a_command_help_is_shown_and_it_is_an_error(run: Run) -> None:
    done = run()
    assert done.code == 1
    assert "Usage: meshwarden" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["who-knows"], "no such command `who-knows`"),
        (["who-can"], "missing argument `TARGET`"),
        (["who-can", "a", "b"], "unexpected extra argument"),
        (["validate", "--fast"], "no such option: --fast"),
        (["validate", "--now", "2026-06-01"], "write it as `2026-01-31T00:00:00Z`"),
        (["validate", "--now", "yesterday"], "`yesterday` is no instant"),
        (["validate", "-C", "nowhere"], "there is no folder `nowhere`"),
        (["validate", "-C", "docs"], "`docs` is no project: it has neither `mesh` nor `personas` nor `policies`"),
        (["who-can", "x", "--output", "xml"], "`xml` is not one of `table`, `json`, `csv`"),
        (["impact"], "missing option `--base`"),
        (["approve", "analyst-loans", "--as", "boss", "--by", "olaf"], "`boss` is not one of `owner`, `governance`"),
    ],
)
def test_wrong_usage_exits_1_and_says_how_to_get_help(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert said in done.err
    assert done.err.splitlines()[-1] in {"see `meshwarden --help`", f"see `meshwarden {arguments[0]} --help`"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["who-can", "servicing/loan"], "no product, table or column is called `servicing/loan`; the nearest"),
        (["what-can", "anna"], "no principal or persona is called `anna`"),
        (["why", "nobody", "servicing/loans"], "no principal is called `nobody`"),
        (["why-not", "ana", "servicing/lones"], "the nearest are `servicing/loans`"),
        (["why", "ana", "servicing/loans", "--svg", "why.svg"], "nothing to draw"),
        (["schema", "perona"], "there is no schema `perona`; did you mean `persona`?"),
        (["approve", "analyst-lones", "--as", "owner", "--by", "olaf"], "did you mean `analyst-loans`?"),
        (["approve", "analyst-loans", "--as", "owner", "--by", "ana"], "is the requester"),
        (["approve", "analyst-loans", "--as", "owner", "--by", "otto"], "is no declared person"),
        (["equivalence", "--plan", "mesh/accounts.yaml"], "no plan of version 1"),
        (["equivalence", "--plan", "plan.json"], "no such file or directory: `plan.json`"),
        (["plan", "--out", "mesh/accounts.yaml"], "`mesh/accounts.yaml` would be overwritten"),
        (["plan", "--out", "plans/june.json"], "there is no folder `plans`"),
        (["plan", "--out", "mesh"], "cannot write `mesh`: it is a folder; name a file in it"),
        (["impact", "--base", "main"], "there is no folder `main`"),
    ],
)
def test_wrong_input_exits_1_in_one_line_and_writes_nothing(
    run: Run, small: Project, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(small.root)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(small.root.parent))
    run("what-can", "ana")  # the run is recorded, so that only the command itself could write
    before = everything_in(small.root)
    done = run(*arguments)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert said in done.err
    assert everything_in(small.root) == before


def test_every_problem_of_the_sources_has_a_line_and_the_last_line_counts_them(run: Run, small: Project) -> None:
    small.edit("personas/analyst.yaml", "clearance: confidential", "clearance: secret")
    small.edit("mesh/accounts.yaml", "roles: [producer]", "roles: [owner]")
    done = run("what-can", "ana", "-C", small.root)
    assert done.code == 1
    lines = done.err.splitlines()
    assert lines[0].startswith("error: mesh/accounts.yaml:11: ")
    assert lines[1].startswith("personas/analyst.yaml:6: ")
    assert lines[2:] == ["2 problems"]


def test_an_unexpected_exception_is_one_line_unless_debugging(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(_: object) -> None:
        raise RuntimeError("the floor\nis lava")

    monkeypatch.setattr("engine.sources.schemas.published_schemas", break_down)
    monkeypatch.setattr("engine.sources.published_schemas", break_down, raising=False)
    done = run("schema")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0].startswith("error: internal: ")
    assert "MESHWARDEN_DEBUG=1" in done.err
    assert "Traceback" not in done.err
    monkeypatch.setenv("MESHWARDEN_DEBUG", "1")
    with pytest.raises((RuntimeError, TypeError)):
        main(["schema"])


def test_an_interrupt_exits_130_quietly(run: Run, small: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.model.mesh.Mesh.holders", interrupt)
    done = run("who-can", "servicing/loans", "-C", small.root)
    assert (done.code, done.out, done.err) == (130, "", "")


@pytest.mark.parametrize(
    "arguments",
    [["schema", "agreement"], ["onboard", "300000000001"], ["--help"], ["quotas", "--output", "csv"]],
    ids=lambda arguments: arguments[0],
)
def test_a_reader_that_leaves_is_no_error(recorded: Path, arguments: list[str]) -> None:
    """Printed by Python, by rich for us, by rich for typer, as CSV."""
    with subprocess.Popen(
        [*MESHWARDEN, *arguments], cwd=recorded, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_ours()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_a_reader_of_errors_that_leaves_is_none_either(recorded: Path) -> None:
    with subprocess.Popen(
        [*MESHWARDEN, "schema", "nothing"], cwd=recorded, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_ours()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.close()
        assert process.stdout.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


def _ours() -> dict[str, str]:
    """The environment, from which this project is found wherever a command runs."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_a_message_cannot_steer_the_terminal(run: Run, small: Project) -> None:
    done = run("what-can", "\x1b[2Jana", "-C", small.root)
    assert done.code == 1
    assert "\x1b" not in done.err
    assert "\\x1b[2Jana" in done.err


def test_colours_are_for_terminals_only() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    piped = subprocess.run([*MESHWARDEN, "schema"], cwd=ROOT, capture_output=True, env=environment, check=True)
    assert b"\x1b" not in piped.stdout
