"""docs/redshift.md shows what the reconcilers run for the demo plan, and leaves no kind of change out."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from engine.run import Run, run_line
from tests.docs.pages import ROOT, prints, rows
from tests.docs.redshift_story import short_names, tell

PAGE = ROOT / "docs" / "redshift.md"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
NOT_SHOWN = {"consumer: a table less", "producer: role"}
"""Nothing runs for the first; the second is what the consumer's side runs."""


@pytest.fixture(scope="module")
def run() -> Run:
    return run_line(ROOT, NOW)


@pytest.fixture(scope="module")
def told(run: Run) -> dict[str, str]:
    return dict(tell(run.mesh, run.plan))


def shown() -> dict[str, str]:
    text = PAGE.read_text()
    found = re.findall(r"(?ms)^```sql\n-- ((?:producer|consumer): [^\n]+)\n(.*?)^```$", text)
    assert len(found) == len(dict(found)) == text.count("```sql")
    return dict(found)


def test_the_statements_are_those_that_run(told: dict[str, str]) -> None:
    assert shown().keys() == told.keys() - NOT_SHOWN
    for title, block in shown().items():
        assert prints(block, told[title]), f"{title} runs\n{told[title]}"


def test_what_is_not_shown_is_as_the_page_says(told: dict[str, str]) -> None:
    assert told["consumer: a table less"] == ""
    assert told["producer: role"] == told["consumer: role"]


def test_a_table_less_leaves_no_grant_behind(told: dict[str, str]) -> None:
    """What the consumer holds on a view that is gone is not granted again with the next one of its name."""
    assert told["consumer: a table more"] == 'GRANT SELECT ON "DATABASE"."SHARE"."provision" TO ROLE "ROLE";'


def test_short_names_stand_for_those_of_the_plan(run: Run) -> None:
    shown = rows(PAGE.read_text().partition("\n## ")[0])
    names = {short: name for name, short in short_names(run.plan).items() if short != "PRODUCER"}
    assert {short: shown[short][0].partition("`: ")[0].strip("`") for short in names} == names
