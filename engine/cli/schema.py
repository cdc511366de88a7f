"""`meshwarden schema`: the JSON Schemas of the files that authors write."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.app import app
from engine.cli.output import show_json, show_table


@app.command()
def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A kind of file, e.g. persona.", show_default=False)
    ] = None,
) -> None:
    """Prints the JSON Schema of a kind of file, for editors; without NAME lists the kinds.

    An editor with the YAML language server completes and checks a file whose
    first line names its schema:

    # yaml-language-server: $schema=../.schemas/persona.json

    Examples:
      meshwarden schema
      meshwarden schema persona > .schemas/persona.json
    """
    from engine.errors import UnknownNameError
    from engine.sources.schemas import published_schemas
    from engine.text.wording import nearest

    schemas = published_schemas()
    if name is None:
        rows = [(each, str(found.get("description", ""))) for each, found in schemas.items()]
        show_table("", ("schema", "of"), rows)
    elif name in schemas:
        show_json(schemas[name])
    else:
        near = nearest(name, schemas) or f"; expected one of {', '.join(schemas)}"
        raise UnknownNameError(f"there is no schema `{name}`{near}")
