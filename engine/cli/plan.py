"""`meshwarden plan`: what has to stand in AWS, what cannot, and what changes against the plan before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import TextFormat, TextOutput, count, note, progress, show_json, show_lines, write_file

if TYPE_CHECKING:
    from engine.grants.diff import Change
    from engine.model.plan import Plan, Unrealised
    from engine.run import Run

NOUNS = {
    "entitlements": "entitlement",
    "access_roles": "access role",
    "grants": "grant",
    "session_policies": "session policy",
    "links": "resource link",
    "opt_ins": "opt-in",
    "ontology": "LF-tag",
    "assignments": "tag assignment",
    "locations": "S3 location",
    "warehouses": "warehouse",
    "warehouse_tables": "warehoused product",
    "unrealised": "unrealised table",
}


@app.command()
def plan(
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Also write the plan, as canonical JSON.", show_default=False),
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 when the plan grants other than the one before.")
    ] = False,
    output: TextOutput = TextFormat.TEXT,
    project: Project = Path(),
    now: Now,
) -> None:
    """Decides everything, compiles the plan, and shows what changes.

    It is compared with the plan that FILE holds, else with the plan that
    was recorded last. Only what it grants counts: the same grants at another
    instant are no difference. A plan may be deployed until the instant that
    it names.

    Examples:
      meshwarden plan
      meshwarden plan --out plan.json --now 2026-06-01T09:00:00Z
      meshwarden plan --detailed-exitcode --output json
    """
    from engine.grants.diff import diff_plans
    from engine.model.plan import plan_hash
    from engine.registry.stacks import check_leaving
    from engine.run import record_run, run_line, stack_store

    before = _plan_in(out) if out else None
    before = before or _last_plan(project)
    with progress() as said:
        run = run_line(project, now, progress=said)
    check_leaving(stack_store(project), run.mesh)
    changes = diff_plans(before, run.plan)
    record_run(project, run, planned=True)
    if out:
        write_file(out, run.text)
    if run.findings:
        note(f"{count(len(run.findings), 'finding')} of what contracts leave open; `meshwarden validate` lists them")
    if output is TextFormat.JSON:
        show_json(
            {
                "plan": plan_hash(run.text),
                "now": run.plan.now,
                "valid_until": run.plan.valid_until,
                "policy_hash": run.plan.policy_hash,
                "facts_hash": run.plan.facts_hash,
                "counts": {name: len(getattr(run.plan, name)) for name in NOUNS},
                "unrealised": run.plan.unrealised,
                "compared_with": before.now if before else None,
                "changes": changes if before else (),
            }
        )
    else:
        show_lines([*_summary(run, plan_hash(run.text)), *_unrealised(run.plan.unrealised), ""])
        show_lines(change_lines(changes, before) if before else ["no plan to compare with: everything is new"])
        if out:
            note(f"wrote {out}")
    if detailed_exitcode and changes:
        raise typer.Exit(2)


def _plan_in(path: Path) -> Plan | None:
    """The plan that stands where the new one goes; anything else that stands there is not overwritten."""
    from engine.errors import PlanError
    from engine.model.plan import read_plan

    if not path.parent.is_dir():
        raise PlanError(f"cannot write `{path}`: there is no folder `{path.parent}`")
    if path.is_dir():
        raise PlanError(f"cannot write `{path}`: it is a folder; name a file in it")
    if not path.exists():
        return None
    try:
        return read_plan(path.read_bytes())
    except PlanError as error:
        raise PlanError(f"`{path}` would be overwritten, and is {error}; name another file or remove it") from None


def _last_plan(project: Path) -> Plan | None:
    """The plan that was recorded last; None, and said so, where another version of Meshwarden wrote it.

    Nobody's access hangs on it: it is what the new one is shown against.
    """
    from engine.errors import PlanError
    from engine.run import last_plan

    try:
        return last_plan(project)
    except PlanError as error:
        note(f"everything counts as new, since the plan recorded last in `{project / '.meshwarden'}` is {error}")
        return None


def _summary(run: Run, digest: str) -> Iterator[str]:
    from engine.model.instants import format_instant

    plan = run.plan

    ends = f"valid until {format_instant(plan.valid_until)}" if plan.valid_until else "valid until the facts change"
    yield f"plan {digest[:12]} at {format_instant(plan.now)}, {ends}"
    yield f"  policies {plan.policy_hash[:12]}, facts {plan.facts_hash[:12]}"
    held = [count(len(getattr(plan, name)), NOUNS[name]) for name in NOUNS if name != "unrealised"]
    yield f"  {count(len(run.decisions.access), 'question')} decided: {', '.join(held)}"
    yield "  evaluated as AWS would, it gives each access role exactly what is decided"


def _unrealised(unrealised: Sequence[Unrealised]) -> Iterator[str]:
    """By limit and way out: which tables of which entitlements, and for one of them why."""
    if not unrealised:
        return
    entitlements = {item.entitlement for item in unrealised}
    yield ""
    yield (
        f"unrealised, granted to nobody: {count(len(unrealised), 'table')} of {count(len(entitlements), 'entitlement')}"
    )
    by_limit = sorted(unrealised, key=lambda item: (item.limit, item.way_out, item.entitlement, item.table))
    for (limit, way_out), items in groupby(by_limit, key=lambda item: (item.limit, item.way_out)):
        held = list(items)
        others = len({item.reason for item in held}) - 1
        yield f"  limit {limit}: {held[0].reason}" + (f", and {others} more like it" if others else "")
        yield f"    source: {held[0].source}"
        yield f"    way out: {way_out}"
        for entitlement, tables in groupby(held, key=lambda item: item.entitlement):
            yield f"    {entitlement}: {', '.join(item.table for item in tables)}"


def change_lines(changes: Sequence[Change], before: Plan) -> Iterator[str]:
    """The changes, by access role or place, each with its reason."""
    from engine.model.instants import format_instant

    against = f"against the plan of {format_instant(before.now)}"
    if not changes:
        yield f"{against}: no change"
        return
    signs = [change.sign for change in changes]
    yield f"{against}: {', '.join(f'{signs.count(sign)} {sign}' for sign in '+-~' if sign in signs)}"
    for group, held in groupby(changes, key=lambda change: change.group):
        yield group
        for change in held:
            yield f"  {change.sign} {NOUNS[change.section]}{_short_id(change)}: {change.words}"
            if change.reason:
                yield f"      {change.reason}"


def _short_id(change: Change) -> str:
    """The id without what the group's heading says already."""
    role = change.group.removeprefix("access role ")
    short = change.id.replace(f"{role}/", "")
    return f" {short}" if short != role else ""
