"""`meshwarden why-not`: what keeps a principal from something, and the least that would have to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.app import Now, Project, app
from engine.cli.output import Format, Output, count, progress, show_csv, show_json, show_lines
from engine.cli.query import Principal, Target, basis, recalled_run

if TYPE_CHECKING:
    from engine.graph.obstacles import Obstacle
    from engine.graph.why_not import Way, WhyNot, Withheld


@app.command()
def why_not(
    principal: Principal, target: Target, *, output: Output = Format.TABLE, project: Project = Path(), now: Now
) -> None:
    """Why a principal cannot read something, and the least that would have to change.

    Examples:
      meshwarden why-not anna.keller@meshbank.example servicing/loan-performance/loan/borrower_tax_id
    """
    from engine.graph.names import resolve_principal, resolve_target
    from engine.graph.why_not import questions_for, why_not
    from engine.run import decide_more

    run = recalled_run(project, now)
    asked, who = resolve_target(run.mesh, target), resolve_principal(run.mesh, principal)
    with progress() as said:
        said("asking OPA what no agreement covers")
        extra = decide_more(run, questions_for(run.mesh, who, asked.product))
    answer = why_not(run.mesh, run.decisions, extra, run.plan, who, asked)
    if output is Format.JSON:
        show_json({**basis(run, now), "why_not": answer})
    elif output is Format.CSV:
        show_csv(
            ("persona", "purpose", "account", "agreement", "table", "column", "kind", "rule", "text"),
            _obstacle_rows(answer),
        )
    else:
        show_lines(_why_not_lines(answer))


def _why_not_lines(answer: WhyNot) -> Iterator[str]:
    """The nearest way in full, the others in a line each."""
    target = answer.target
    if not answer.wanted:
        yield f"{answer.principal} can read all of {target.name}; why says by what"
        return
    if answer.entitled:
        readable = {(access.table, column) for access in answer.entitled for column in access.columns}
        reads = f"{answer.principal} reads {count(len(readable), 'column')} of {target.name}"
        yield f"{reads}, but not {_columns(answer.wanted)}"
    else:
        yield f"{answer.principal} cannot read {target.name}"
    for access in answer.entitled:
        if access.unrealised:
            yield f"  {access.table}: {access.status}: {access.unrealised.reason}; {access.unrealised.way_out}"
    held = ", ".join(answer.personas) or "no persona"
    yield f"  holds {held}" + (f"; would do: {', '.join(answer.would_do)}" if answer.would_do else "")
    for number, way in enumerate(answer.ways):
        if number == 0:
            yield ""
            yield f"nearest way: {_way_name(way)}"
            yield from _way_lines(way)
        else:
            if number == 1:
                yield ""
                yield "other ways:"
            yield f"  {_way_name(way)}: {_brief(way.smallest)}"


def _way_name(way: Way) -> str:
    role = way.question.role
    under = f"agreement {way.agreement.id}" if way.agreement else "no agreement yet"
    return f"{role.persona} for {role.purpose} in {role.account}, {under}"


def _way_lines(way: Way) -> Iterator[str]:
    for obstacle in way.obstacles:
        yield from _obstacle_lines(obstacle)
    alike: dict[tuple[object, ...], list[Withheld]] = {}
    for held in way.withheld:
        why = tuple((obstacle.kind, obstacle.rule, tuple(fact.text for fact in obstacle.facts)) for obstacle in held.by)
        alike.setdefault(why, []).append(held)
    for columns in alike.values():
        yield f"  withheld: {_columns([(held.table, held.column) for held in columns])}"
        for obstacle in columns[0].by:
            yield from _obstacle_lines(obstacle, len(columns) - 1)
    if len(way.smallest) < len(way.obstacles) + sum(len(held.by) for held in way.withheld):
        yield f"  least to change: {_brief(way.smallest)}"
    if way.requestable:
        yield "  it can be requested"


def _obstacle_lines(obstacle: Obstacle, others: int = 0) -> Iterator[str]:
    """An obstacle with its rule and facts; `others` columns are withheld alike."""
    yield f"  - {obstacle.text}" + (f", and {others} alike" if others else "")
    if obstacle.rule:
        rule = obstacle.rule
        yield f"      {rule.title} ({rule.file}:{rule.line}, control {rule.control})"
    for fact in obstacle.facts:
        yield f"      {fact.text}"
    for signature, approver in obstacle.signers:
        yield f"      could sign as {signature}: {approver}"


def _brief(obstacles: Sequence[Obstacle]) -> str:
    return "; ".join(f"requirement `{item.rule.id}`" if item.rule else item.text for item in obstacles)


def _columns(columns: Sequence[tuple[str, str]], most: int = 8) -> str:
    tables = {table for table, _ in columns}
    names = [column if len(tables) == 1 else f"{table}/{column}" for table, column in columns]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _obstacle_rows(answer: WhyNot) -> Iterator[tuple[str, ...]]:
    """A row for each obstacle of each way; one before every column has no table and no column."""
    for way in answer.ways:
        role = way.question.role
        place = (role.persona, role.purpose, role.account, way.agreement.id if way.agreement else "")
        found = [("", "", obstacle) for obstacle in way.obstacles]
        found += [(held.table, held.column, obstacle) for held in way.withheld for obstacle in held.by]
        for table, column, obstacle in found:
            rule = obstacle.rule.id if obstacle.rule else ""
            yield (*place, table, column, obstacle.kind, rule, obstacle.text)
