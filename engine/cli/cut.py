"""`meshwarden cut`: ends an agreement's access at once, at the data, without Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import TextFormat, TextOutput, count, note, progress, show_json, show_lines, unrecorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.live.cut import Cut
    from engine.model.agreements import Agreement


@app.command()
def cut(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id.")],
    *,
    output: TextOutput = TextFormat.TEXT,
    project: Project = Path(),
    now: Now,
) -> None:
    """Ends an agreement's access at once, at the data, without Terraform.

    The agreement is recorded as revoked first. Then what no other entitlement
    needs is revoked where the data is, in the central catalog or in the
    producer's warehouse, with the role that deploys, and read back. Running it
    again finishes what was interrupted. Commit the agreement's file: the next
    deploy then grants nothing back, and removes links and policies, by which
    nothing is read any more.

    Examples:
      meshwarden cut risk-modelling-exposures
    """
    from engine.errors import MeshwardenError, RegistryError, UnknownNameError
    from engine.grants.cut import part_of
    from engine.grants.datashare.cut import parts_after, widest_shares
    from engine.live.accounts import Accounts
    from engine.live.cut import cut_part
    from engine.live.cut_shares import cut_shares
    from engine.registry.agreements import FileAgreementStore
    from engine.run import record_run, run_line
    from engine.sources.deployment import load_deployment
    from engine.sources.load import load_mesh
    from engine.text.wording import nearest

    deployment = load_deployment(project)
    store = FileAgreementStore(project)
    with progress() as said:
        said("reading personas, mesh and agreements")
        mesh = load_mesh(project, store.read()).mesh
        found = mesh.agreement.get(agreement)
        if found is None:
            raise UnknownNameError(f"there is no agreement `{agreement}`{nearest(agreement, mesh.agreement)}")
        _check_active(found)
        server = mesh.product[found.product].server
        shares = widest_shares(mesh, found) if server is not None and server.kind == "redshift" else None
        part = part_of(mesh, found) if shares is None else None
        store.record_revoked(agreement, now)
        try:
            run = run_line(project, now, progress=said)
            try:
                record_run(project, run, planned=False)
            except RegistryError as error:
                # access is not kept for want of a record; the agreement's file has the revocation
                unrecorded(str(error))
            accounts = Accounts(deployment.deploy_role, deployment.external_id)
            if shares is not None:
                done = cut_shares(accounts, run.plan, parts_after(run.plan, shares), said)
            else:
                assert part is not None
                done = cut_part(accounts, run.plan, part, said)
        except MeshwardenError:
            note(f"`{agreement}` is recorded as revoked, in mesh/agreements/{agreement}.yaml")
            raise
    if output is TextFormat.JSON:
        show_json(
            {
                "agreement": agreement,
                "revoked": done.revoked,
                "narrowed": done.narrowed,
                "given": done.given,
                "left": [{"thing": thing, "why": why} for thing, why in done.left],
                "remains": [{"thing": thing, "why": why} for thing, why in done.remains],
            }
        )
        return
    show_lines(_lines(agreement, done))


def _lines(agreement: str, done: Cut) -> Iterator[str]:
    yield f"`{agreement}` is recorded as revoked; {count(len(done.revoked), 'thing')} ended and read back"
    for sign, things, why in (
        ("-", done.revoked, ""),
        ("~", done.narrowed, ": narrower, as another entitlement needs it"),
        ("+", done.given, ", which another entitlement needs"),
    ):
        for thing in things:
            yield f"  {sign} {thing.kind} {thing.name}{why}"
    for thing, why in done.left:
        yield f"  not given, deploy soon: {thing.kind} {thing.name}, which another entitlement needs"
        yield f"      {why}"
    for thing, why in done.remains:
        yield f"  not reached, nothing is read by it, and the next deploy removes it: {thing.kind} {thing.name}"
        yield f"      {why}"
    yield f"commit mesh/agreements/{agreement}.yaml, and deploy: links and policies are still there"


def _check_active(agreement: Agreement) -> None:
    """Raises RegistryError for an agreement under which nothing can have been granted."""
    from engine.errors import RegistryError
    from engine.model.agreements import State

    states = [change.state for change in agreement.history]
    if State.ACTIVE not in states:
        raise RegistryError(f"agreement `{agreement.id}` was never active, so nothing was granted under it")
