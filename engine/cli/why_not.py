"""`meshwarden why-not`: what keeps a principal from something, and the least that would have to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.app import Now, Project, app
from engine.cli.output import Format, Output, progress, show_csv, show_json, show_lines
from engine.cli.query import Principal, Target, basis, indexed_run

if TYPE_CHECKING:
    from engine.graph.why_not import WhyNot


@app.command()
def why_not(
    principal: Principal, target: Target, *, output: Output = Format.TABLE, project: Project = Path(), now: Now
) -> None:
    """Why a principal cannot read something, and the least that would have to change.

    Examples:
      meshwarden why-not anna.keller@meshbank.example servicing/loan-performance/loan/borrower_tax_id
    """
    from engine.graph.explain import explain_not
    from engine.graph.names import resolve_principal, resolve_target
    from engine.graph.why_not import questions_for, why_not
    from engine.run import decide_more

    run, index = indexed_run(project, now)
    asked, who = resolve_target(run.mesh, target), resolve_principal(run.mesh, principal)
    with progress() as said:
        said("asking OPA what no agreement covers")
        extra = decide_more(run, questions_for(run.mesh, who, asked.product))
    answer = why_not(run.mesh, run.decisions, extra, index, who, asked)
    if output is Format.JSON:
        show_json({**basis(run, now), "why_not": answer})
    elif output is Format.CSV:
        show_csv(
            ("persona", "purpose", "account", "agreement", "table", "column", "kind", "rule", "text"),
            _obstacle_rows(answer),
        )
    else:
        whole = "can read all of" if _granted(answer) else "is entitled to all of"
        reads = whole if not answer.wanted else "cannot read all of" if answer.entitled else "cannot read"
        show_lines([f"{who} {reads} {asked.name}"])
        show_lines(f"  {sentence}" for sentence in explain_not(answer))


def _granted(answer: WhyNot) -> bool:
    """Whether each column that he is entitled to is granted, for one purpose at least."""
    cells = {
        granted: {
            (access.product, access.table, column)
            for access in answer.entitled
            if granted == (access.unrealised is None)
            for column in access.columns
        }
        for granted in (True, False)
    }
    return cells[False] <= cells[True]


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
