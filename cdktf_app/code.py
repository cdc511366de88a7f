"""The reconciler's code as AWS Lambda takes it: a zip of `engine/redshift`, and of nothing else.

The same sources give the same bytes, whatever their files' dates, order and rights, since a change of them is a deploy.
Stored, not deflated, since zlib's versions differ.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from engine.errors import ToolError

SOURCES = Path(__file__).resolve().parents[1] / "engine" / "redshift"
FILE = "reconciler.zip"
"""Beside the stacks, in the folder that synthesis writes."""

_BEGINNING = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True)
class Code:
    """The zip, and its SHA-256 as Lambda writes it."""

    content: bytes

    @property
    def hash(self) -> str:
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


@cache
def reconciler_code(sources: Path = SOURCES) -> Code:
    """The Python modules below a folder, as a package of the folder's name. Raises ToolError where there are none."""
    modules = sorted((path.relative_to(sources).as_posix(), path) for path in sources.rglob("*.py"))
    if not modules:
        raise ToolError(f"{sources}: there is no code of the reconciler; the installation is not complete")
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for name, path in modules:
            entry = zipfile.ZipInfo(f"{sources.name}/{name}", _BEGINNING)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, path.read_bytes())
    return Code(written.getvalue())
