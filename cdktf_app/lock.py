"""Stacks are synthesized aside, judged, and put in their place only when every part of every one is let through."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cdktf_app.layout import StackPlan
from cdktf_app.validate import stack_files
from engine.opa.lock import Lock, check_stacks
from engine.sources.deployment import Deployment

_MANIFEST = "manifest.json"


def synthesize_locked(
    plans: Sequence[StackPlan], deployment: Deployment, lock: Lock, root: Path, environment: Mapping[str, str]
) -> Path:
    """Writes every stack where cdktf looks for it, and gives the folder.

    Raises TerraformError when a stack is denied. Then nothing is written, and what was written before stays.
    """
    from cdktf_app.synth import synthesize

    target = root / environment.get("CDKTF_OUTDIR", "cdktf.out")
    with TemporaryDirectory(prefix="meshwarden-") as temporary:
        folder = synthesize(plans, deployment, Path(temporary))
        check_stacks(lock, {name: path.read_bytes() for name, path in stack_files(folder).items()})
        shutil.copytree(folder, target, ignore=shutil.ignore_patterns(_MANIFEST), dirs_exist_ok=True)
        # last, since cdktf deploys what it lists
        shutil.copyfile(folder / _MANIFEST, target / _MANIFEST)
    return target
