"""The pages of the project as data: their commands, tables, headings and links.

A page is a story. Its fenced blocks are played in order, in a copy of the project:

    sh        each line is a command; a trailing `# exits 2` states its exit code
    console   a line after `$ ` is a command, the lines below are what it prints; `…` stands for any text, and alone in
              a line for any lines
    yaml      or rego, whose first line is `# personas/x.yaml`: is written to that file
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + [*ROOT.glob("docs/**/*.md")]
)

_COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:meshwarden|make|opa|cdktf|python -m|tools/verify-on-aws) ")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ((?:personas|mesh|policies|docs|engine|tests)/[\w./-]+)\n")
_EXIT = re.compile(r"\s+# exits (\d+)$")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Command:
    """A line for a shell, its exit code, and what it prints, where the page shows that."""

    line: str
    code: int
    shown: str | None


@dataclass(frozen=True)
class Written:
    """A file that a page writes."""

    path: str
    text: str


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def story(page: Path) -> list[Command | Written]:
    """What a page does, in order."""
    return [step for language, text in _FENCE.findall(page.read_text()) for step in _steps(language, text)]


def _steps(language: str, text: str) -> Iterator[Command | Written]:
    if language in {"yaml", "rego"} and (named := _FILE.match(text)):
        yield Written(named[1], text[named.end() :])
    elif language == "sh":
        for line in text.splitlines():
            if _COMMAND.match(line):
                yield _command(line, None)
    elif language == "console":
        for block in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, shown = block.partition("\n")
            yield _command(line, shown)


def _command(line: str, shown: str | None) -> Command:
    stated = _EXIT.search(line)
    return Command(_EXIT.sub("", line), int(stated[1]) if stated else 0, shown)


def prints(shown: str, said: str) -> bool:
    """Whether what a page shows is what a command said; white space at the end of a line is not looked at."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in _lines(shown)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(said))) is not None


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next of the same or a higher level."""
    text = page.read_text()
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"{name_of(page)} has no heading `{heading}`"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> dict[str, list[str]]:
    """The rows of all tables in a text, by their first cell without its backticks."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            key = cells[0].strip("`")
            assert key not in found, f"`{key}` stands twice"
            found[key] = cells[1:]
    return found


def anchors(page: Path) -> set[str]:
    """What a link to this page may name after `#`, as GitHub derives it from headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(_prose(page))}


def links(page: Path) -> list[str]:
    """Every link and image outside of code."""
    return [one or other for one, other in _LINK.findall(_prose(page))]


def _prose(page: Path) -> str:
    return re.sub(
        r"`[^`\n]*`", lambda code: code[0].replace("[", "").replace("]", ""), _FENCE.sub("", page.read_text())
    )
