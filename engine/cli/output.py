"""How results are shown: tables for people, JSON and CSV for programs, notes on standard error.

CSV: a cell that begins with `=`, `+`, `-` or `@` gets a `'` before it, since a spreadsheet would take it for a formula.
There and in tables, control characters are written as `\\x1b`. JSON has every value as it is.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100
"""Columns: what a table takes at most, and what it takes where there is no terminal."""

_FORMULA = ("=", "+", "-", "@")


class Format(StrEnum):
    """The forms of a query's answer."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class TextFormat(StrEnum):
    """The forms of a report."""

    TEXT = "text"
    JSON = "json"


Output = Annotated[Format, typer.Option("--output", help="A table for people, or JSON or CSV for programs.")]
TextOutput = Annotated[TextFormat, typer.Option("--output", help="Text for people, or JSON for programs.")]


def console(*, stderr: bool = False) -> Console:
    """A console of at most WIDTH columns; it colours a terminal only, unless NO_COLOR is set."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    shown = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)
    shown.width = min(shown.width, WIDTH) if stream.isatty() else WIDTH
    return shown


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str | Sequence[str]]], note: str = ""
) -> None:
    """A table under its title; `note` follows it. A cell may hold several lines."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        cells = [[cell] if isinstance(cell, str) else cell for cell in row]
        table.add_row(*(Text("\n".join(map(printable, lines))) for lines in cells))
    out = console()
    if title:
        out.print(Text(printable(title), style="bold"))
    if rows:
        out.print(table)
    if note:
        out.print(Text(printable(note)))


def show_lines(lines: Iterable[str]) -> None:
    """Lines for people: on a terminal folded with their indent kept, and `+ - ~` in colour; elsewhere as they are."""
    from rich.padding import Padding
    from rich.text import Text

    styles = {"+ ": "green", "- ": "red", "~ ": "yellow"}
    out = console()
    for line in lines:
        words = line.lstrip(" ")
        text = Text(printable(words), style=styles.get(words[:2], ""))
        indent = len(line) - len(words)
        if out.is_terminal and words:
            out.print(Padding(text, (0, 0, 0, indent), expand=False))
        else:
            out.print(Text(" " * indent).append_text(text), soft_wrap=True)


def show_json(value: object) -> None:
    """Any result as JSON: dataclasses as objects, sets as sorted lists, instants as they are written everywhere."""
    from pydantic_core import to_jsonable_python

    print(json.dumps(to_jsonable_python(value), indent=2, ensure_ascii=False))


def show_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under a header; no cell is a formula or breaks a line."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(printable(f"'{cell}" if cell.startswith(_FORMULA) else cell) for cell in row)


def note(text: str) -> None:
    """A line on standard error."""
    print(printable(text), file=sys.stderr)


def unrecorded(why: str) -> None:
    """Says on standard error that a run goes on without a record of it."""
    note(f"this run is not recorded: {why}")


def write_file(path: Path, text: bytes) -> None:
    """Puts a file in its place in one step: a reader sees all of it or what was there before."""
    from engine.errors import MeshwardenError
    from engine.text.files import replace_file

    if path.is_dir() or not path.parent.is_dir():
        why = "it is a folder" if path.is_dir() else f"there is no folder `{path.parent}`"
        raise MeshwardenError(f"`{path}` cannot be written: {why}")
    replace_file(path, text)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Shows on a terminal what is being done; silent when standard error goes elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(stderr=True).status("starting") as status:
        yield lambda text: status.update(printable(text))


def printable(text: str) -> str:
    """The text without anything that would steer a terminal: control characters become `\\x1b`, …"""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def count(number: int, noun: str) -> str:
    """`1 column`, `14 columns`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
