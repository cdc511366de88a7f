"""`meshwarden generate`: a large mesh to try and to measure things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli.app import Folder, Now, app
from engine.cli.output import count, note, progress


@app.command()
def generate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new project's folder.", show_default=False)],
    *,
    scale: Annotated[int, typer.Option(min=1, metavar="N", help="How many times the size.")] = 1,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed gives another mesh.")] = 1,
    project: Folder = Path(),
    now: Now,
) -> None:
    """Writes an invented mesh into a new folder, to try or to measure things.

    Scale 1 has 850 tables with 17,000 columns in 300 products, 50 personas,
    2,000 principals, 3,000 agreements and 12 consumer accounts; N times as
    much of each at scale N. The policies are those of the project, if it has
    any. The same scale, seed and day give the same files.

    Examples:
      meshwarden generate ../large
      meshwarden generate --scale 10 ../huge
      meshwarden plan -C ../large
    """
    from engine.generate import generate_project

    policies = project / "policies"
    copied = policies.is_dir()
    with progress() as said:
        said(f"writing a mesh of scale {scale}")
        written = generate_project(folder, scale, seed, now, policies if copied else None)
    note(f"wrote {count(written, 'file')} to {folder}")
    if copied:
        note(f"copied the policies of {policies}")
    else:
        note(f"{project} has no policies to copy; put some into {folder / 'policies'} before anything is decided")
