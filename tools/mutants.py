"""`make mutants`: breaks the engine on purpose, one way after another; each break must fail a test.

.venv/bin/python tools/mutants.py                  every break of tests/mutants/mutants.yaml
.venv/bin/python tools/mutants.py approval quota   those with one of these words in their name or file

The tree is copied once for each core, the named tests must pass in a copy, and then each break is made, tested and
undone there. The table at the end names the test that killed each; a survivor makes the exit code 1.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TypeVar

import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LEFT_BEHIND = shutil.ignore_patterns(".*", "cdktf.out", "node_modules", "__pycache__")
KEPT = (".manifest",)
T = TypeVar("T")
R = TypeVar("R")
REGO = "policies"
"""The one name of all Rego tests."""

LONGEST = 300
"""Seconds for the tests of one break, or of one file without any."""


@dataclass(frozen=True)
class Mutant:
    """A break: in `file`, `replace` becomes `by`, and one of `tests` has to notice."""

    name: str
    file: str
    replace: str
    by: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a break; `killer` is the first test that failed, or that there was no end, None if all passed."""

    mutant: Mutant
    killer: str | None
    seconds: float


class MutantError(Exception):
    """A break that cannot be tried, in words."""


class NoEndError(MutantError):
    """What did not end in time."""


def read_mutants(file: Path) -> list[Mutant]:
    return [Mutant(**{**item, "tests": tuple(item["tests"])}) for item in yaml.safe_load(file.read_text())]


def main() -> int:
    words = sys.argv[1:]
    mutants = [
        mutant
        for mutant in read_mutants(ROOT / "tests" / "mutants" / "mutants.yaml")
        if not words or any(word in f"{mutant.name} {mutant.file}" for word in words)
    ]
    if not mutants:
        print(f"mutants: no break is about {' or '.join(words)}", file=sys.stderr)
        return 1
    try:
        with TemporaryDirectory(prefix="mw-mutants-") as folder:
            cores = range(min(os.cpu_count() or 1, len(mutants)))
            outcomes = hunt(mutants, [copy_tree(ROOT, Path(folder) / f"tree-{core}") for core in cores])
    except MutantError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1
    show(outcomes)
    survivors = [outcome for outcome in outcomes if outcome.killer is None]
    print(f"{len(outcomes) - len(survivors)} of {len(outcomes)} breaks fail a test")
    return 1 if survivors else 0


def copy_tree(root: Path, tree: Path) -> Path:
    """Copies the project, but for what is installed, generated or cached."""

    def ignore(folder: str, names: list[str]) -> set[str]:
        return LEFT_BEHIND(folder, names) - set(KEPT)

    return Path(shutil.copytree(root, tree, ignore=ignore))


def hunt(mutants: list[Mutant], trees: Sequence[Path]) -> list[Outcome]:
    """Tries every break in copied trees, one at a time in each. Raises MutantError for one that cannot be tried."""
    for tree in trees:
        imported = _run([str(BIN / "python"), "-c", "import engine; print(engine.__file__)"], tree).stdout.strip()
        if imported != str(tree / "engine" / "__init__.py"):
            raise MutantError(f"the tests would import {imported}, not the copy")
    for mutant in mutants:
        times = (trees[0] / mutant.file).read_text(encoding="utf-8").count(mutant.replace)
        if times != 1:
            raise MutantError(f"{mutant.file}: `{mutant.replace}` stands there {times} times, not once")
    started = time.monotonic()
    files = [
        list(tests)
        for _, tests in groupby(
            sorted({test for mutant in mutants for test in mutant.tests}), lambda test: test.partition("::")[0]
        )
    ]
    for number, failed in enumerate(_spread(first_failure, files, trees), start=1):
        if failed:
            raise MutantError(f"{failed} fails without any break")
        print(f"\rthe unbroken copy: {number} of {len(files)} files of tests pass", end="", flush=True)
    print(f", {time.monotonic() - started:.1f} s", flush=True)
    outcomes = []
    for number, outcome in enumerate(_spread(_try, mutants, trees), start=1):
        verdict = "killed" if outcome.killer else "SURVIVED"
        print(f"{number:3}/{len(mutants)} {outcome.mutant.name}: {verdict}, {outcome.seconds:.1f} s", flush=True)
        outcomes.append(outcome)
    return outcomes


def _spread(do: Callable[[T, Path], R], items: Iterable[T], trees: Sequence[Path]) -> Iterator[R]:
    """Does it to each item, in whichever tree is free; the results in the order of the items."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def in_a_tree(item: T) -> R:
        tree = free.get()
        try:
            return do(item, tree)
        finally:
            free.put(tree)

    with ThreadPoolExecutor(len(trees)) as pool:
        try:
            yield from pool.map(in_a_tree, items)
        finally:
            pool.shutdown(cancel_futures=True)


def _try(mutant: Mutant, tree: Path) -> Outcome:
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8")
    started = time.monotonic()
    path.write_text(text.replace(mutant.replace, mutant.by), encoding="utf-8")
    try:
        killer = first_failure(mutant.tests, tree)
    except NoEndError as error:
        killer = str(error)  # without the break they end
    finally:
        path.write_text(text, encoding="utf-8")
    return Outcome(mutant, killer, time.monotonic() - started)


def first_failure(tests: Sequence[str], tree: Path) -> str | None:
    """The id of the first test that fails, None when all pass. Raises MutantError when they cannot be run."""
    failed = _first_rego_failure(tree) if REGO in tests else None
    others = [test for test in tests if test != REGO]
    return failed or (_first_pytest_failure(others, tree) if others else None)


def _first_rego_failure(tree: Path) -> str | None:
    done = _run([str(BIN / "opa"), "test", "--ignore", "*.json", "--format", "json", REGO], tree)
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise MutantError(f"the Rego tests cannot be run:\n{done.stdout}{done.stderr}") from None
    if not results:
        raise MutantError("no Rego test ran")
    failed = (result for result in results if result.get("fail") or result.get("error"))
    return next((f"{result['location']['file']}::{result['name']}" for result in failed), None)


def _first_pytest_failure(tests: list[str], tree: Path) -> str | None:
    # without shrinking: a counterexample is enough, it need not be the smallest
    profile = ["-p", "tests.mutants.unshrunk", "--hypothesis-profile", "unshrunk"]
    options = ["-q", "-x", "--tb=no", "-rfE", "--no-header", "-p", "no:cacheprovider", *profile]
    done = _run([str(BIN / "python"), "-m", "pytest", *options, *tests], tree)
    if done.returncode == 0:
        return None
    told = re.search(r"^(?:FAILED|ERROR) (tests/\S+?::.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode != 1 or told is None:
        raise MutantError(f"{' '.join(tests)} cannot be run:\n{done.stdout}{done.stderr}")
    return told[1]


def _run(command: list[str], tree: Path) -> subprocess.CompletedProcess[str]:
    # no bytecode: a file that is broken and mended within a second keeps its time and size
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command,
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoEndError(f"`{Path(command[0]).name} … {command[-1]}` did not end within {LONGEST} s") from None


def show(outcomes: list[Outcome]) -> None:
    table = Table("break", "killed by", "s", show_lines=True)
    for column in table.columns:
        column.overflow = "fold"
    for outcome in outcomes:
        killer = escape(outcome.killer) if outcome.killer else "[red]SURVIVED[/red]"
        table.add_row(f"{outcome.mutant.name}\n[dim]{outcome.mutant.file}[/dim]", killer, f"{outcome.seconds:.1f}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
