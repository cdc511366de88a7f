"""`make synth-cdktn`: the mesh of this repository, synthesized with cdktf and with its fork, gives the same Terraform.

The fork, CDK Terrain, lives in `.tools/cdktn`: what `tools/cdktn/uv.lock` pins, and behind it the packages of `.venv`.
Compared is the parsed JSON of every stack, but for cdktf's own notes (`//`) and the provider's version
(`required_providers`), which is 5 with cdktf and 6 with the fork.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prerequisites import ROOT
from setup import TOOLS, VENV, SetupError, base_python, find_uv, only_one, run, step

DEMO_NOW = "2026-06-01T09:00:00Z"
PROJECT = ROOT / "tools" / "cdktn"
FORK = TOOLS / "cdktn"


def main() -> int:
    try:
        with only_one():
            install()
        with TemporaryDirectory(prefix="meshwarden-cdktn-") as work:
            folders = {name: Path(work) / name for name in ("cdktf", "cdktn")}
            synthesize(VENV, "cdktf", folders["cdktf"])
            synthesize(FORK, "cdktn", folders["cdktn"])
            stacks = {name: read_stacks(folder) for name, folder in folders.items()}
    except SetupError as error:
        print(f"synth-cdktn: {error}", file=sys.stderr)
        return 1
    differences = compare(stacks["cdktf"], stacks["cdktn"])
    for difference in differences:
        print(f"  {difference}")
    resources = sum(len(of) for stack in stacks["cdktn"].values() for of in stack.get("resource", {}).values())
    verdict = f"{len(differences)} differ" if differences else "the fork gives the same"
    print(f"{len(stacks['cdktn'])} stacks, {resources:,} resources: {verdict}")
    return 1 if differences else 0


def install() -> None:
    """Makes the fork's environment, unless it is current. Raises SetupError."""
    stamp, lock = FORK / ".set-up", (PROJECT / "uv.lock").read_text()
    if stamp.is_file() and stamp.read_text() == lock:
        return
    environment = {
        "UV_PYTHON": base_python(),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(FORK),
    }
    with step("CDK Terrain, from PyPI (a minute, 300 MB, once)"):
        run([find_uv(), "sync", "--frozen", "--quiet"], "uv could not install CDK Terrain", environment, folder=PROJECT)
    # behind the fork's own packages, so that its jsii and constructs come first
    (_packages(FORK) / "meshwarden.pth").write_text(f"{_packages(VENV)}\n")
    stamp.write_text(lock)


def synthesize(venv: Path, binding: str, folder: Path) -> None:
    """Runs what `cdktf synth` runs, with one of the bindings. Raises SetupError with what it said when it fails."""
    environment = {
        "CDKTF_OUTDIR": str(folder),
        "MESHWARDEN_BINDING": binding,
        "MESHWARDEN_NOW": os.environ.get("MESHWARDEN_NOW") or DEMO_NOW,
        "PATH": os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)]),
    }
    with step(f"synthesizing with {binding}"):
        run([str(venv / "bin" / "python"), "-m", "cdktf_app"], f"synthesis with {binding} failed", environment)


def read_stacks(folder: Path) -> dict[str, Any]:
    """Stack → its Terraform, without what is cdktf's own."""
    files = sorted(folder.glob("stacks/*/cdk.tf.json"))
    return {file.parent.name: _bare(json.loads(file.read_bytes())) for file in files}


def compare(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The stacks, and the blocks of each, in which two syntheses differ."""
    found = [f"{name}: in one of them only" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        blocks = sorted(one[name].keys() | other[name].keys())
        found += [f"{name}: {block}" for block in blocks if one[name].get(block) != other[name].get(block)]
    return found


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _bare(value) for key, value in node.items() if key not in {"//", "required_providers"}}
    return [_bare(item) for item in node] if isinstance(node, list) else node


def _packages(venv: Path) -> Path:
    asked = [str(venv / "bin" / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
