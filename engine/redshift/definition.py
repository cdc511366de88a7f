"""The text of a view, as Redshift keeps it: which columns of which table it shows."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")+")|(?P<word>[^\s".,;()\']+)|(?P<sign>[.,;]))')


def read_definition(text: str) -> tuple[list[str] | None, list[str]]:
    """The schema and table that a view selects columns of, and these, sorted; `(None, [])` for any other view.

    The text is what Redshift keeps (https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_VIEW.html shows one):
    `SELECT t.a, t.b FROM s.t`. A table on the search path, which is `public`, stands without its schema.
    """
    words, at = [], 0
    while found := _TOKEN.match(text, at):
        words.append(found[0].strip())
        at = found.end()
    if text[at:].strip():
        return None, []
    try:
        return _selected(words)
    except (IndexError, ValueError):
        return None, []


def _selected(words: list[str]) -> tuple[list[str], list[str]]:
    """Raises IndexError or ValueError for anything but columns, by their names, of one table."""
    words = words[:-1] if words[-1] == ";" else words
    columns: list[str] = []
    at = _word(words, 0, "SELECT")
    while True:
        path, at = _path(words, at)
        columns.append(path[-1])
        if words[at].upper() == "AS":
            if _unquoted(words[at + 1]) != path[-1]:
                raise ValueError("a column by another name")
            at += 2
        if words[at] != ",":
            break
        at += 1
    table, at = _path(words, _word(words, at, "FROM"))
    if at != len(words) or len(table) > 2 or len(set(columns)) != len(columns):
        raise ValueError("more than columns of one table")
    return [table[0] if len(table) == 2 else "public", table[-1]], sorted(columns)


def _word(words: list[str], at: int, word: str) -> int:
    if words[at].upper() != word:
        raise ValueError(f"no {word}")
    return at + 1


def _path(words: list[str], at: int) -> tuple[list[str], int]:
    parts = []
    while True:
        if words[at] in (".", ",", ";", "*") or words[at].upper() in ("SELECT", "DISTINCT", "FROM", "AS"):
            raise ValueError("no name")
        parts.append(_unquoted(words[at]))
        at += 1
        if words[at : at + 1] != ["."]:
            return parts, at
        at += 1


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
