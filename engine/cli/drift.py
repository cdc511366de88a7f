"""`meshwarden drift`: where what stands in AWS differs from what should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import TextFormat, TextOutput, count, progress, show_json, show_lines

if TYPE_CHECKING:
    from engine.grants.drift import Drift
    from engine.live.trail import Made
    from engine.model.standing import Value

_DOCUMENTS = {"document", "trust"}
_SIGNS = {"missing": "-", "changed": "~"}


@app.command()
def drift(
    *,
    output: TextOutput = TextFormat.TEXT,
    project: Project = Path(),
    now: Now,
) -> None:
    """Reads the accounts and compares them with the plan, both ways.

    What is missing, changed or in excess, and what others granted on the
    mesh's tables, each with who made it and how to mend it. It reads with the
    role that mesh/deployment.yaml names for plans, in every account, and in
    warehouses by the function that only reads; an account that it cannot read
    is an error, told after what the others hold.
    AWS's own environment variables say whose credentials these are and where
    AWS is. Exits 2 on any difference.

    Examples:
      meshwarden drift
      meshwarden drift --output json
    """
    from engine.errors import AccountError
    from engine.live.accounts import Accounts
    from engine.live.survey import survey
    from engine.run import run_line
    from engine.sources.deployment import load_deployment

    deployment = load_deployment(project)
    with progress() as said:
        run = run_line(project, now, progress=said)
        accounts = Accounts(deployment.plan_role, deployment.external_id)
        surveyed = survey(accounts, run.mesh, run.plan, deployment, said)
    if output is TextFormat.JSON:
        from engine.model.plan import plan_hash

        show_json(
            {
                "plan": plan_hash(run.text),
                "things": surveyed.things,
                "drift": [
                    {
                        "kind": item.kind,
                        "thing": item.thing,
                        "expected": item.expected,
                        "found": item.found,
                        "made": made,
                        "mend": item.mend,
                    }
                    for item, made in surveyed.drifts
                ],
                "unseen": surveyed.unseen,
            }
        )
    else:
        places = count(surveyed.accounts, "account")
        verdict = count(len(surveyed.drifts), "difference") if surveyed.drifts else "no drift"
        verdict += f"; {count(len(surveyed.unseen), 'account')} not seen" if surveyed.unseen else ""
        show_lines([f"{count(surveyed.things, 'thing')} in {places} compared with the plan: {verdict}"])
        show_lines(_lines(surveyed.drifts))
    if surveyed.unseen:
        raise AccountError("\n".join(surveyed.unseen.values()))
    if surveyed.drifts:
        raise typer.Exit(2)


def _lines(drifts: Sequence[tuple[Drift, Made | None]]) -> Iterator[str]:
    from engine.grants.datashare.things import warehouse_of
    from engine.live.trail import by_sql
    from engine.model.instants import format_instant

    for place, held in groupby(drifts, key=lambda item: (item[0].thing.account, item[0].thing.region)):
        yield f"account {' '.join(filter(None, place))}"
        for item, made in held:
            yield f"  {_SIGNS.get(item.kind, '+')} {item.kind}: {item.thing.kind} {item.thing.name}"
            for words in _differing(item.expected, item.found):
                yield f"      {words}"
            if made:
                yield f"      by {made.by}, {made.event} at {format_instant(made.at)}"
            elif by_sql(item):
                warehouse = warehouse_of(item.thing)
                yield f"      by whom is not in CloudTrail: ask SYS_QUERY_HISTORY of `{warehouse}`, or its activity log"
            else:
                yield "      by whom is not known: CloudTrail names no such event in 90 days"
            yield f"      mend: {item.mend}"


def _differing(expected: Value | None, found: Value | None) -> Iterator[str]:
    for name in sorted({*(expected or {}), *(found or {})}):
        should, stands = (expected or {}).get(name), (found or {}).get(name)
        if should == stands or not (should or stands):
            continue
        if name in _DOCUMENTS:
            yield f"{name}: --output json shows it"
        elif expected is not None and found is not None:
            yield f"{name}: {_plain(stands)}, should be {_plain(should)}"
        else:
            yield f"{name}: {_plain(should or stands)}"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else "none" if value is None else str(value)
