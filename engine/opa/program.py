"""The OPA that runs: a program beside this Python (as the set-up puts it there) or on PATH."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from engine.errors import ToolError


@cache
def find_opa() -> str:
    """The path of the OPA to run. Raises ToolError when there is none."""
    search = os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath)])
    if found := shutil.which("opa", path=search):
        return found
    raise ToolError("no `opa` beside this Python or on PATH; run `make setup`, or set OPA_URL to a running one")
