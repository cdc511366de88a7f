"""`meshwarden onboard`: the roles that Meshwarden assumes in an account, for the account's own administrator."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.app import Project, app
from engine.cli.output import TextFormat, TextOutput, note, progress, show_json, show_lines, write_file

if TYPE_CHECKING:
    from engine.model.mesh import Mesh
    from engine.onboard.permission import Permission
    from engine.onboard.roles import Onboarding

FILE = "meshwarden-onboarding.tf.json"


@app.command()
def onboard(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account of mesh/accounts.yaml.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Also write them as a Terraform stack.", show_default=False),
    ] = None,
    output: TextOutput = TextFormat.TEXT,
    project: Project = Path(),
) -> None:
    """Says which roles Meshwarden assumes in an account, and why each may do what it may.

    The account's own administrator applies the stack in DIR, with his own
    credentials. One role plans and only reads, the other deploys; they trust
    the pipeline that mesh/deployment.yaml names, and nobody else.

    For each of its Amazon Redshift warehouses it says what an administrator
    of the warehouse runs there; in DIR, that is a file of SQL.

    Examples:
      meshwarden onboard 300000000001
      meshwarden onboard 300000000001 --out onboarding
    """
    from engine.errors import UnknownNameError
    from engine.onboard.roles import onboarding
    from engine.onboard.stack import onboarding_stack
    from engine.opa.bundle import read_lock
    from engine.opa.lock import check_stacks, load_lock
    from engine.registry.agreements import FileAgreementStore
    from engine.sources.deployment import load_deployment
    from engine.sources.load import load_mesh

    with progress() as said:
        said("reading personas, mesh and agreements")
        mesh = load_mesh(project, FileAgreementStore(project).read()).mesh
        found = mesh.account.get(account)
        if found is None:
            raise UnknownNameError(f"there is no account `{account}`{_meant(account, mesh)}")
        item = onboarding(mesh, load_deployment(project), found)
        text = onboarding_stack(item)
        said("holding the stack against policies/terraform")
        check_stacks(load_lock(read_lock(project / "policies")), {f"onboarding-{account}": text})
    notes = _write(out, item, text) if out else []
    if output is TextFormat.JSON:
        show_json(item)
    else:
        show_lines(_lines(item))
    for line in notes:
        note(line)


def _meant(typed: str, mesh: Mesh) -> str:
    """What may have been meant by something that is no account."""
    from engine.text.wording import nearest

    if near := nearest(typed, mesh.account):
        return near
    for warehouse in mesh.warehouses:
        if warehouse.id == typed:
            return f"; warehouse `{typed}` is in account `{warehouse.account}`"
    return "; mesh/accounts.yaml declares them"


def _write(out: Path, item: Onboarding, stack: bytes) -> list[str]:
    """Writes the files into a folder, and gives what is to be said of each.

    Raises MeshwardenError, before anything is written, where something else stands in the place of one.
    """
    from engine.errors import MeshwardenError

    if out.exists() and not out.is_dir():
        raise MeshwardenError(f"`{out}` is a file; `--out` names a folder, which is made if there is none")
    sql = {out / f"warehouse-{setup.warehouse}.sql": setup for setup in item.warehouses}
    for path in (out / FILE, *sql):
        if path.is_dir():
            raise MeshwardenError(f"`{path}` cannot be written: it is a folder")
    out.mkdir(parents=True, exist_ok=True)
    write_file(out / FILE, stack)
    notes = [
        f"wrote {out / FILE}; the administrator of account {item.account} applies it: terraform init, terraform apply"
    ]
    for path, setup in sql.items():
        write_file(path, setup.text.encode())
        notes.append(f"wrote {path}; a superuser of the warehouse runs it in database {setup.database}")
    return notes


def _lines(item: Onboarding) -> Iterator[str]:
    from engine.grants.datashare.reconciler import BOUNDARY as RECONCILER_BOUNDARY
    from engine.grants.names import BOUNDARY

    for role in item.roles:
        yield f"role {role.name} in account {item.account}: {role.why}"
        yield f"  trusts {', '.join(role.trusted)} with external id {role.external_id}"
        for permission in role.permissions:
            yield from _permission(permission)
        yield ""
    for name, who, permissions in (
        (BOUNDARY, "an access role", item.boundary),
        (RECONCILER_BOUNDARY, "a reconciler of warehouses", item.reconciler_boundary),
    ):
        if permissions:
            yield f"policy {name} in account {item.account}: the most that {who} may do, whatever it is given"
            for permission in permissions:
                yield from _permission(permission)
            yield ""
    for setup in item.warehouses:
        yield f"warehouse {setup.warehouse}: what a superuser runs once in database {setup.database}"
        for (why, source), statements in groupby(setup.statements, key=lambda item: (item.why, item.source)):
            yield from (f"  {statement.sql};" for statement in statements)
            yield f"    {why}"
            yield f"    source: {source}"
        yield ""
    for pipeline in item.pipeline:
        yield f"{', '.join(pipeline.roles)}: {pipeline.why}; they are yours, so give them this"
        for permission in pipeline.permissions:
            yield from _permission(permission)
        yield ""


def _permission(permission: Permission) -> Iterator[str]:
    yield f"  {permission.sid}: {permission.why}"
    yield f"    {', '.join(permission.actions)}"
    yield f"    on {', '.join(permission.resources)}"
    if permission.condition:
        for operator, asked in permission.condition.items():
            assert isinstance(asked, dict)
            for key, values in asked.items():
                yield f"    if {key} {operator} {values if isinstance(values, str) else ' or '.join(values)}"
    yield f"    source: {permission.source}"
