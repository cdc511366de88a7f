"""How results are shown."""

from __future__ import annotations

import csv
import io
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.cli.output import count, printable, progress, show_csv, show_json, show_lines, show_table, write_file


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Shown:
    name: str
    at: datetime
    columns: tuple[str, ...]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum"])
def test_a_csv_cell_is_no_formula(capsys: pytest.CaptureFixture[str], cell: str) -> None:
    show_csv(("a", "b"), [(cell, "a=b")])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out, newline="")))
    assert rows == [["a", "b"], [f"'{cell}", "a=b"]]


def test_a_csv_row_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_csv(("a", "b"), [('say "x", y', "two\nlines\r\t=")])
    assert capsys.readouterr().out.splitlines()[1:] == ['"say ""x"", y",two\\nlines\\r\\t=']


def test_json_has_values_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    show_json([Shown("=Gräfin\x1b", datetime(2026, 6, 1, 9, tzinfo=UTC), ("b", "a"))])
    said = capsys.readouterr().out
    assert json.loads(said) == [{"name": "=Gräfin\x1b", "at": "2026-06-01T09:00:00Z", "columns": ["b", "a"]}]
    assert "\x1b" not in said


def test_a_table_fits_100_columns_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    long = "y" * 250
    show_table("title", ("one", "two"), [(long, ["[red]a[/red]", "b\x1b[2J\nc"])], "note")
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 100
    assert said.count("y") == 250
    assert "[red]a[/red]" in said
    assert "b\\x1b[2J\\nc" in said


def test_lines_are_whole_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_lines(["", f"  + {'word ' * 60}end"])
    assert capsys.readouterr().out == f"\n  + {'word ' * 60}end\n"


@pytest.mark.parametrize("refused", [False, True])
def test_a_sign_has_its_colour_on_a_terminal_that_takes_colours(monkeypatch: pytest.MonkeyPatch, refused: bool) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    if refused:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show_lines(["  - gone"])
    assert ("\x1b[31m" in terminal.getvalue()) is not refused
    assert "- gone" in terminal.getvalue()


def test_long_lines_keep_their_indent_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    show_lines(["    " + "word " * 20])
    lines = [line for line in terminal.getvalue().splitlines() if line.strip()]
    assert len(lines) > 2
    assert all(line.startswith("    word") for line in lines)


def test_progress_is_silent_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as said:
        said("deciding")
    assert capsys.readouterr() == ("", "")


def test_progress_shows_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress() as said:
        said("deciding [all] of it")
    assert "starting" in terminal.getvalue() or "deciding" in terminal.getvalue()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "plan.json"
    write_file(path, b"before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_file(path, b"after")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("plan.json", b"before")]


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "column", "0 columns"),
        (1, "session policy", "1 session policy"),
        (1234, "session policy", "1,234 session policies"),
    ],
)
def test_counts(number: int, noun: str, said: str) -> None:
    assert count(number, noun) == said


def test_printable_keeps_letters_and_shows_controls() -> None:
    assert printable("Zoë 東京\n\t\x07\u202e") == "Zoë 東京\\n\\t\\x07\\u202e"
