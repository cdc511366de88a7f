"""The ids of resources in Terraform: a function of what a plan calls a thing, never of its place in a list."""

from __future__ import annotations

import hashlib
import re

_LONGEST = 200
_REVERSIBLE = re.compile(r"[a-z0-9-]+([_/][a-z0-9-]+)*")


def logical_id(kind: str, name: str) -> str:
    """A Terraform resource's name: `kind`, then the plan's id with `__` for `/`. Two ids of a kind never share one.

    An id that is too long, or that could not be read back, ends in a hash of the whole.
    """
    readable = re.sub(r"[^A-Za-z0-9_-]", "_", name.replace("/", "__"))
    if _REVERSIBLE.fullmatch(name) and len(readable) <= _LONGEST:
        return f"{kind}-{readable}"
    return f"{kind}-{readable[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
