"""`meshwarden quotas`: how much of AWS's quotas the plan uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.app import Now, Project, app
from engine.cli.output import Format, Output, count, progress, show_csv, show_json, show_table, unrecorded

if TYPE_CHECKING:
    from engine.grants.headroom import Headroom

COLUMNS = ("account", "region", "limit", "used", "of", "left", "raise", "most")


@app.command()
def quotas(*, output: Output = Format.TABLE, project: Project = Path(), now: Now) -> None:
    """How much room the plan leaves in AWS's quotas, by account and region.

    The fullest come first. What others keep in an account is not counted.
    What does not fit is granted to nobody; `meshwarden plan` lists it with
    the way out.

    Examples:
      meshwarden quotas
      meshwarden quotas --output json
    """
    from engine.grants.headroom import headroom
    from engine.grants.limits import LIMITS
    from engine.run import recall_or_run

    with progress() as said:
        run = recall_or_run(project, now, progress=said, unrecorded=unrecorded)
    rows = headroom(run.mesh, run.plan)
    short = [item for item in run.plan.unrealised if LIMITS[item.limit].value is not None]
    if output is Format.JSON:
        show_json({"quotas": [{**_plain(row), "remaining": row.remaining} for row in rows], "unrealised": short})
        return
    cells = [_cells(row) for row in rows]
    if output is Format.CSV:
        show_csv(COLUMNS, cells)
        return
    lacking = f"{count(len(short), 'table')} unrealised for want of room; `meshwarden plan` lists them"
    shown = [cell[:-1] for cell in cells]
    show_table("quotas of AWS that the plan touches", COLUMNS[:-1], shown, lacking if short else "everything fits")


def _plain(row: Headroom) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(row)


def _cells(row: Headroom) -> tuple[str, ...]:
    return (
        row.account,
        row.region or "all",
        row.limit,
        f"{row.used:,}",
        f"{row.value:,}",
        f"{row.remaining:,}",
        "yes" if row.raisable else "",
        row.most,
    )
