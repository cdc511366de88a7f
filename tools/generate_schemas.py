"""Writes what is generated into `policies/`: the JSON Schemas of `input`, and the manifest with the revision."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.opa.bundle import write_generated

if __name__ == "__main__":
    root = Path(__file__).resolve().parent.parent
    for path in write_generated(root / "policies"):
        sys.stdout.write(f"wrote {path.relative_to(root)}\n")
