"""`meshwarden impact`: what a change of personas, mesh or policies gives and takes, before it is merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.base import base_folder, naming
from engine.cli.output import count, printable, progress, show_json, show_lines, show_table

if TYPE_CHECKING:
    from engine.graph.impact import Impact, Tally, Version
    from engine.model.mesh import Mesh
    from engine.run import Decided

_MOST = 15
"""Rows of a list for people; JSON has all."""


class Report(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    GAINED_PERSONAL = "gained-personal"
    GAINED = "gained"
    LOST = "lost"
    ANY = "any"


@app.command()
def impact(
    *,
    base: Annotated[str, typer.Option("--base", metavar="REV|DIR", help="What to compare with.", show_default=False)],
    output: Annotated[Report, typer.Option("--output", help="Markdown is for a pull request.")] = Report.TEXT,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help="Exit 2 when the change does this.", show_default=False)
    ] = None,
    project: Project = Path(),
    now: Now,
) -> None:
    """Whom the project, as it stands in its folder, lets in and locks out against a base.

    Who may read for another purpose what he reads already has gained it too.
    The base is a folder or a revision of the project's git repository. Both are
    decided at the same instant, and again at each later date of the agreements
    and embargoes that changed.

    Examples:
      meshwarden impact --base main
      meshwarden impact --base origin/main --output markdown --fail-on gained-personal
      meshwarden impact --base ../as-it-was
    """
    from engine.graph.impact import Version, compare, dates_of_changes, fails
    from engine.model.instants import format_instant
    from engine.run import decide_sources, plan_decided, read_sources, without_garbage_collection

    later: dict[datetime, Impact] = {}
    with without_garbage_collection(), progress() as said, base_folder(project, base) as folder:
        said(f"deciding the base `{base}`")
        with naming(base):
            old = read_sources(folder)
            was = decide_sources(old, now)
        new = read_sources(project, said, known=old)
        run = plan_decided(decide_sources(new, now, said, known=was.answered), said)
        said("comparing")
        before, after = _version(was), Version(run.mesh, run.plan.entitlements, run.plan.unrealised)
        found = compare(before, after)
        for instant in dates_of_changes(before.mesh, after.mesh, now):
            said(f"comparing at {format_instant(instant)}")
            with naming(base):
                was = decide_sources(old, instant)
            then = compare(_version(was), _version(decide_sources(new, instant, known=was.answered)))
            if then.entitlements and then.entitlements != found.entitlements:
                later[instant] = then
    if output is Report.JSON:
        show_json(
            {
                "base": base,
                "now": now,
                "total": found.total,
                "by_principal": found.by_principal,
                "by_persona": found.by_persona,
                "by_product": found.by_product,
                "by_column": found.by_column,
                "entitlements": [
                    {"id": change.id, "change": change.change, "texts": change.texts} for change in found.entitlements
                ],
                "rows": list(found.rows()),
                "later": [
                    {"now": instant, "total": then.total, "rows": list(then.rows())} for instant, then in later.items()
                ],
            }
        )
    elif output is Report.MARKDOWN:
        print("\n".join(_markdown(found, base, before.mesh, after.mesh)))
        for instant, then in later.items():
            print("\n".join(("", f"Then, from {format_instant(instant)}:", "")))
            print("\n".join(_item(line) for line in _totals(then)))
    else:
        _show(found, base, before.mesh, after.mesh)
        for instant, then in later.items():
            show_lines(["", f"then, from {format_instant(instant)}:", *(f"  {line}" for line in _totals(then))])
    if fail_on and any(fails(each, fail_on.value) for each in (found, *later.values())):
        raise typer.Exit(2)


def _version(decided: Decided) -> Version:
    """What is compared: a plan is more than that."""
    from engine.grants.quotas import fit
    from engine.graph.impact import Version

    mesh = decided.sources.mesh
    _, unrealised, _ = fit(mesh, decided.entitlements)
    return Version(mesh, decided.entitlements, tuple(unrealised))


def _show(found: Impact, base: str, before: Mesh, after: Mesh) -> None:
    show_lines([f"against {base}:", *(f"  {line}" for line in _totals(found))])
    for title, tallies in (("by persona", found.by_persona), ("by column", found.by_column)):
        if tallies:
            show_lines([""])
            more = f"and {len(tallies) - _MOST} more; --output json has all" if len(tallies) > _MOST else ""
            headings, rows = _said((title, *_HEADINGS), [_cells(tally) for tally in tallies[:_MOST]])
            show_table("", headings, rows, more)
    if found.entitlements:
        show_lines(["", *_entitlement_lines(found, before, after)])


_HEADINGS = ("principals", "columns", "gained", "personal", "lost", "personal")


def _said(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The table without the columns that say nothing, or 1 throughout `columns`, so that names have room."""
    silent = {"columns": {"", "1"}}
    kept = [
        number
        for number, heading in enumerate(headings)
        if not {row[number] for row in rows} <= silent.get(heading, {""})
    ]
    return tuple(headings[number] for number in kept), [tuple(row[number] for number in kept) for row in rows]


def _cells(tally: Tally) -> tuple[str, ...]:
    numbers = (tally.principals, tally.columns, tally.gained, tally.gained_personal, tally.lost, tally.lost_personal)
    return (tally.name, *(f"{number:,}" if number else "" for number in numbers))


def _totals(found: Impact) -> Iterator[str]:
    if not found.shifts and not found.entitlements:
        yield "nothing changes for anybody"
        return
    for sign, verb, kind in (
        ("+", "gained", "gained"),
        ("-", "lost", "lost"),
        ("+", "granted now, entitled before", "realised"),
        ("-", "granted no more, entitled still", "unrealised"),
    ):
        people = [tally for tally in found.by_principal if getattr(tally, kind)]
        columns = [tally for tally in found.by_column if getattr(tally, kind)]
        if people:
            said = f"{sign} {verb}: {count(len(people), 'principal')}, {count(len(columns), 'column')}"
            if kind in ("gained", "lost"):
                personal = [tally for tally in columns if getattr(tally, f"{kind}_personal")]
                said += f", {len(personal)} of them with personal data"
            yield said
    if not found.shifts:
        yield "~ the same people can read the same columns for the same purposes, by entitlements that change"


def _entitlement_lines(found: Impact, before: Mesh, after: Mesh) -> Iterator[str]:
    """Each changed entitlement, with how many hold its persona."""
    signs = {"gained": "+", "lost": "-", "changed": "~"}
    for change in found.entitlements:
        mesh, held = (after, change.after) if change.after else (before, change.before)
        assert held is not None
        who = f"{count(len(mesh.holders(held.role.persona)), held.role.persona)} for {held.role.purpose}"
        yield "; ".join(
            (f"{signs[change.change]} entitlement {change.id}, {who} in {held.role.account}", *change.texts)
        )


def _markdown(found: Impact, base: str, before: Mesh, after: Mesh) -> Iterator[str]:
    yield f"### Access against `{_inline(base)}`"
    yield ""
    yield from (_item(line) for line in _totals(found))
    for title, tallies in (("persona", found.by_persona), ("column", found.by_column)):
        if tallies:
            yield ""
            yield f"| {title} | {' | '.join(_HEADINGS)} |"
            yield "|---|" + "---:|" * len(_HEADINGS)
            for tally in tallies[:_MOST]:
                yield "| " + " | ".join(_inline(cell) for cell in _cells(tally)) + " |"
            if len(tallies) > _MOST:
                yield f"\nand {len(tallies) - _MOST} more"
    if found.entitlements:
        yield ""
        yield from (_item(line) for line in _entitlement_lines(found, before, after))


def _item(line: str) -> str:
    """An entry of a list. Its sign would else begin a list of its own, and not be shown."""
    shown = _inline(line)
    return f"- \\{shown}" if shown[0] in "+-" else f"- {shown}"


def _inline(text: str) -> str:
    """Text as Markdown shows it word for word: nothing in it is markup or HTML."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()#!|~<>&" else char for char in printable(text))
