"""`meshwarden cut`: ends an agreement's access at once, at the data, without Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Now, Project, app
from engine.cli.output import TextFormat, TextOutput, count, progress, show_json, show_lines

if TYPE_CHECKING:
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
    needs is revoked in the central catalog, with the role that deploys, and
    read back. Running it again finishes what was interrupted. Commit the
    agreement's file: the next deploy then grants nothing back, and removes
    links and policies, by which nothing is read any more.

    Examples:
      meshwarden cut fraud-collections
    """
    from engine.errors import UnknownNameError
    from engine.grants.cut import part_of
    from engine.live.accounts import Accounts
    from engine.live.cut import cut_part
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
        part = part_of(mesh, found)
        store.record_revoked(agreement, now)
        run = run_line(project, now, progress=said)
        record_run(project, run, planned=False)
        accounts = Accounts(deployment.deploy_role, deployment.external_id)
        done = cut_part(accounts, run.plan, part, said)
    if output is TextFormat.JSON:
        show_json(
            {
                "agreement": agreement,
                "revoked": [act.thing for act in done.revoked],
                "given": [act.thing for act in done.given],
                "left": [{"thing": act.thing, "why": why} for act, why in done.left],
            }
        )
        return
    show_lines([f"`{agreement}` is recorded as revoked; {count(len(done.revoked), 'grant')} revoked and read back"])
    show_lines(f"  - {act.thing.name}" for act in done.revoked)
    show_lines(f"  + {act.thing.name}, which another entitlement needs" for act in done.given)
    for act, why in done.left:
        show_lines([f"  not given, deploy soon: {act.thing.name}, which another entitlement needs", f"      {why}"])
    show_lines([f"commit mesh/agreements/{agreement}.yaml, and deploy: links and policies are still there"])


def _check_active(agreement: Agreement) -> None:
    """Raises RegistryError for an agreement under which nothing can have been granted."""
    from engine.errors import RegistryError
    from engine.model.agreements import State

    states = [change.state for change in agreement.history]
    if State.ACTIVE not in states:
        raise RegistryError(f"agreement `{agreement.id}` was never active, so nothing was granted under it")
