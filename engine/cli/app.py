"""The application, and the options that every command has."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from engine.model.instants import parse_instant

app = typer.Typer(
    name="meshwarden",
    help="""Who may read which column of the mesh, why, and what has to stand in AWS for it.

    Exit codes: 0 done; 1 an error, in usage too; 2 a difference, where a command says so.""",
    add_completion=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def _show_help(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(1)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _present() -> datetime:
    """The only clock of Meshwarden."""
    return datetime.now(UTC).replace(microsecond=0)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise typer.BadParameter(f"there is no folder `{path}`")
    return path


def _project(path: Path) -> Path:
    if not any((_folder(path) / name).is_dir() for name in ("mesh", "personas", "policies")):
        here = "this folder" if path == Path() else f"`{path}`"
        raise typer.BadParameter(f"{here} is no project: it has neither `mesh` nor `personas` nor `policies`")
    return path


Project = Annotated[
    Path,
    typer.Option("-C", metavar="DIR", help="The project's folder.", callback=_project, show_default="the current one"),
]
Folder = Annotated[
    Path,
    typer.Option("-C", metavar="DIR", help="The project's folder.", callback=_folder, show_default="the current one"),
]
"""A project, or a folder that is still to become one."""
Now = Annotated[
    datetime,
    typer.Option(
        "--now",
        metavar="INSTANT",
        parser=_instant,
        default_factory=_present,
        envvar="MESHWARDEN_NOW",
        show_default="the present",
        help="The instant for which to answer, as 2026-01-31T00:00:00Z.",
    ),
]
