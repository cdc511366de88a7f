"""`meshwarden equivalence`: would AWS give exactly what was decided?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import TextFormat, TextOutput, count, progress, show_json, show_lines

if TYPE_CHECKING:
    from engine.model.plan import Plan


@app.command()
def equivalence(
    *,
    file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="A written plan, not the project's.", show_default=False),
    ] = None,
    output: TextOutput = TextFormat.TEXT,
    project: Project = Path(),
    now: Now,
) -> None:
    """Evaluates a plan as AWS would, and compares it with its entitlements column by column.

    Exits 2 on a difference, and names the access role, the column and the grant at fault.

    Examples:
      meshwarden equivalence
      meshwarden equivalence --plan plan.json
    """
    from engine.grants.equivalence import compare
    from engine.run import draft_run

    with progress() as said:
        plan = _plan_in(file) if file else draft_run(project, now, progress=said).plan
        said("evaluating the plan")
        comparison = compare(plan)
    differences = comparison.differences
    if output is TextFormat.JSON:
        show_json(comparison)
    else:
        compared = (
            f"{count(comparison.roles, 'access role')}, {count(comparison.sessions, 'session policy')},"
            f" {count(comparison.columns, 'readable column')} compared"
        )
        verdict = f"{count(len(differences), 'difference')}:" if differences else "each role reads exactly its columns"
        lines = [f"  {'-' if difference.kind == 'missing' else '+'} {difference.text}" for difference in differences]
        show_lines([f"{compared}: {verdict}", *lines])
    if differences:
        raise typer.Exit(2)


def _plan_in(path: Path) -> Plan:
    from engine.errors import PlanError
    from engine.model.plan import read_plan

    try:
        return read_plan(path.read_bytes())
    except PlanError as error:
        raise PlanError(f"`{path}` is {error}") from None
