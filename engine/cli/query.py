"""The questions of auditors: `who-can`, `what-can`, `why`; answered from the recorded run where one answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import (
    Format,
    Output,
    count,
    note,
    progress,
    show_csv,
    show_json,
    show_lines,
    show_table,
    unrecorded,
    write_file,
)

if TYPE_CHECKING:
    from engine.graph.index import Access, AccessIndex
    from engine.model.mesh import Mesh
    from engine.run import Run

Target = Annotated[
    str, typer.Argument(metavar="TARGET", help="A column, table or product, as servicing/loan-performance/loan.")
]
Principal = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="A person or workload, as the directory names it.")]

ACCESS = ("persona", "purpose", "account", "agreement", "product", "table", "column", "since", "until", "status")
"""The cells of an access in CSV; each column of a table has a row."""


@app.command()
def who_can(target: Target, *, output: Output = Format.TABLE, project: Project = Path(), now: Now) -> None:
    """Who can read this column, table or product.

    Every answer says from when until when, on whose approval, and whether it
    is granted or entitled but unrealised.

    Examples:
      meshwarden who-can servicing/loan-performance/loan/borrower_tax_id
      meshwarden who-can servicing/loan-performance --output csv
    """
    from engine.graph.names import resolve_target
    from engine.graph.who_can import by_principal, readers_of, who_can

    run, index = indexed_run(project, now)
    asked = resolve_target(run.mesh, target)
    readers = who_can(index, asked)
    approvers = _approvers(run, {row.access.agreement for row in readers})
    if output is Format.JSON:
        rows = [
            {"principal": principal, **_record(access), "approvers": approvers[access.agreement]}
            for principal, access in by_principal(readers)
        ]
        show_json({"target": asked.id, **basis(run, now), "readers": rows})
    elif output is Format.CSV:
        show_csv(
            ("principal", *ACCESS, "approvers"),
            [
                (principal, *cells, _joined(approvers[access.agreement]))
                for principal, access in by_principal(readers)
                for cells in _cells(access)
            ],
        )
    else:
        table = []
        for persona, of in groupby(readers, lambda row: row.access.persona):
            held = list(of)
            access = [persona, *_access_lines([row.access for row in held], approvers, asked.column)]
            table.append((access, sorted(held[0].principals)))
        granted = readers_of(index, asked, granted=True)
        only = readers_of(index, asked) - granted
        title = f"{count(len(granted), 'principal') if granted else 'nobody'} can read {asked.name}"
        more = f"; {count(len(only), 'principal')} entitled but unrealised" if only else ""
        show_table(title + more, ("by persona", "principals"), table)


@app.command()
def what_can(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A principal or a persona.")],
    *,
    output: Output = Format.TABLE,
    project: Project = Path(),
    now: Now,
) -> None:
    """What a principal, or whoever holds a persona, can read.

    Different purposes never add up: each is read in a session of its own.

    Examples:
      meshwarden what-can anna.keller@meshbank.example
      meshwarden what-can persona:credit-risk-analyst --output json
    """
    from engine.graph.names import resolve_holder
    from engine.graph.what_can import columns_of, what_can

    run, index = indexed_run(project, now)
    holder = resolve_holder(run.mesh, name)
    accesses = what_can(index, holder)
    if output is Format.JSON:
        show_json({"holder": holder.id, **basis(run, now), "reads": [_record(access) for access in accesses]})
    elif output is Format.CSV:
        show_csv(ACCESS, [cells for access in accesses for cells in _cells(access)])
    else:
        granted = columns_of(index, holder, granted=True)
        only = columns_of(index, holder).keys() - granted
        reads = f"{holder.name} can read {count(len(granted), 'table')}"
        show_lines([reads + (f"; {count(len(only), 'table')} entitled but unrealised" if only else "")])
        for role, of in groupby(accesses, lambda access: (access.persona, access.purpose, access.account)):
            show_lines([""])
            rows = [
                (access.product, access.table, _share(run.mesh, access), _day(access.until), access.status)
                for access in of
            ]
            title = f"{role[0]} for {role[1]} in account {role[2]}"
            show_table(title, ("product", "table", "columns", "until", "status"), rows)


@app.command()
def why(
    principal: Principal,
    target: Target,
    *,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Also draw the answer.", show_default=False)
    ] = None,
    output: Output = Format.TABLE,
    project: Project = Path(),
    now: Now,
) -> None:
    """Why a principal can read something: the chain from the directory to the grant.

    Examples:
      meshwarden why anna.keller@meshbank.example servicing/loan-performance/loan
      meshwarden why anna.keller@meshbank.example servicing/loan-performance --svg why.svg
    """
    from engine.errors import UnknownNameError
    from engine.graph.explain import explain
    from engine.graph.names import resolve_principal, resolve_target
    from engine.graph.why import why

    run, index = indexed_run(project, now)
    asked, who = resolve_target(run.mesh, target), resolve_principal(run.mesh, principal)
    chains = why(run.mesh, run.decisions, index, who, asked)
    if svg and not chains:
        raise UnknownNameError(f"`{who}` cannot read `{asked.name}`, so there is nothing to draw; ask why-not")
    if svg:
        from engine.graph.draw import draw_why

        write_file(svg, draw_why(chains).encode())
        note(f"wrote {svg}")
    if output is Format.JSON:
        show_json({"principal": who, "target": asked.id, **basis(run, now), "chains": chains})
    elif output is Format.CSV:
        show_csv(
            ("principal", *ACCESS, "approvers", "grants"),
            [
                (who, *cells, _joined(item.approver for item in chain.approvals), _joined(chain.grants))
                for chain in chains
                for access in chain.accesses
                for cells in _cells(access)
            ],
        )
    elif chains:
        for chain in chains:
            role = chain.entitlement.role
            show_lines([f"for {role.purpose} in account {role.account}, under agreement {chain.agreement.id}:"])
            show_lines(f"  {sentence}" for sentence in explain(chain))
    else:
        show_lines([f"{who} cannot read {asked.name}; why-not says what is missing"])


def indexed_run(project: Path, now: datetime) -> tuple[Run, AccessIndex]:
    """The run that answers at `now`, recorded or new, and the index that every question to it asks."""
    from engine.graph.index import index_access
    from engine.run import recall_or_run

    with progress() as said:
        run = recall_or_run(project, now, progress=said, unrecorded=unrecorded)
    return run, index_access(run.mesh, run.plan)


def basis(run: Run, now: datetime) -> dict[str, object]:
    """What an answer rests on."""
    return {"now": now, "policy_hash": run.plan.policy_hash, "facts_hash": run.plan.facts_hash}


def _record(access: Access) -> dict[str, object]:
    return {
        "persona": access.persona,
        "purpose": access.purpose,
        "account": access.account,
        "agreement": access.agreement,
        "product": access.product,
        "table": access.table,
        "columns": access.columns,
        "since": access.since,
        "until": access.until,
        "status": access.status,
        "unrealised": access.unrealised,
    }


def _cells(access: Access) -> Iterator[tuple[str, ...]]:
    from engine.model.instants import format_instant

    role = (access.persona, access.purpose, access.account, access.agreement, access.product, access.table)
    for column in access.columns:
        yield (*role, column, format_instant(access.since), format_instant(access.until), access.status)


def _approvers(run: Run, agreements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Agreement → those whose approval of it counts, in the order of time."""
    from engine.entitle import counting_approvals

    mesh = run.mesh
    return {
        id: tuple(item.approver for item in counting_approvals(mesh, mesh.agreement[id], run.decisions.now))
        for id in agreements
    }


def _access_lines(
    accesses: Sequence[Access], approvers: dict[str, tuple[str, ...]], column: str | None
) -> Iterator[str]:
    """For people: by which role and agreement, from when until when, on whose approval, which tables."""

    def key(access: Access) -> tuple[str, str, str]:
        return access.purpose, access.account, access.agreement

    for (purpose, account, agreement), of in groupby(sorted(accesses, key=key), key):
        held = list(of)
        yield f"for {purpose} in {account}"
        yield f"  {agreement}"
        yield f"  from {_day(held[0].since)} until {_day(held[0].until)}"
        if approvers[agreement]:
            yield "  approved by"
            yield from (f"    {approver}" for approver in approvers[agreement])
        for access in held:
            columns = "" if column else f"{count(len(access.columns), 'column')} of {access.table}"
            if columns:
                yield f"  {columns}"
            if refusal := access.unrealised:
                yield f"  entitled but unrealised: limit {refusal.limit}"


def _share(mesh: Mesh, access: Access) -> str:
    return f"{len(access.columns)} of {len(mesh.product[access.product].tables_by_name[access.table].columns)}"


def _day(instant: datetime) -> str:
    from engine.model.instants import format_instant

    return format_instant(instant)[:10]


def _joined(names: Iterable[str]) -> str:
    return " ".join(names)
