"""Synthesizes the mesh of this repository into `cdktf.out`, and has Terraform validate every stack.

    .venv/bin/python tools/synth.py [--now 2026-06-01T09:00:00Z]

The instant is `--now`, else MESHWARDEN_NOW, else one at which the demo mesh has agreements in every state. Exits 1 when
something is wrong, which includes a stack that Terraform refuses; without Terraform that is left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from cdktf_app.leaving import record_stacks
from cdktf_app.lock import synthesize_locked
from cdktf_app.main import prepare
from cdktf_app.validate import stack_files, terraform_program, validate
from engine.errors import MeshwardenError
from engine.opa.bundle import read_lock
from engine.opa.lock import load_lock

ROOT = Path(__file__).resolve().parent.parent
DEMO_NOW = "2026-06-01T09:00:00Z"


def main() -> int:
    arguments = argparse.ArgumentParser(description="Synthesizes the mesh of this repository into cdktf.out.")
    arguments.add_argument("--now", default=os.environ.get("MESHWARDEN_NOW") or DEMO_NOW, metavar="INSTANT")
    os.environ["MESHWARDEN_NOW"] = arguments.parse_args().now
    if (configuration := ROOT / ".tools" / "terraformrc").is_file():
        os.environ["TF_CLI_CONFIG_FILE"] = str(configuration)  # it already carries the machine's own
    os.chdir(ROOT)
    try:
        return _synthesize()
    except MeshwardenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _synthesize() -> int:
    started = time.monotonic()
    lock = load_lock(read_lock(ROOT / "policies"))
    stacks, deployment = prepare(ROOT, os.environ, datetime.now(UTC), progress=_say)
    _say(f"synthesizing {len(stacks)} stacks, each held against {len(lock.requirements)} policies")
    folder = synthesize_locked(stacks, deployment, lock, ROOT, os.environ)
    record_stacks(ROOT, stacks)
    kinds: Counter[str] = Counter()
    size = 0
    for name, path in stack_files(folder).items():
        text = path.read_bytes()
        resources = {kind: len(of) for kind, of in json.loads(text).get("resource", {}).items()}
        print(f"  {name:44} {sum(resources.values()):6,} resources {len(text):10,} bytes")
        kinds.update(resources)
        size += len(text)
    print(f"resources of {len(kinds)} types")
    for kind, count in sorted(kinds.items()):
        print(f"  {kind:44} {count:6,}")
    seconds = time.monotonic() - started
    print(f"{len(stacks)} stacks, {kinds.total():,} resources, {size:,} bytes in {seconds:.1f} s: {folder}")
    return _validate(folder, len(stacks))


def _validate(folder: Path, stacks: int) -> int:
    if terraform_program() is None:
        print("not validated: there is no `terraform` on PATH")
        return 0
    _say("asking Terraform and the AWS provider")
    started = time.monotonic()
    problems = validate(folder)
    for problem in problems:
        print(f"  {problem}")
    invalid = len({problem.file for problem in problems})
    print(f"{stacks - invalid} of {stacks} stacks are valid ({time.monotonic() - started:.1f} s)")
    return 1 if problems else 0


def _say(what: str) -> None:
    print(f"{what} …", flush=True)


if __name__ == "__main__":
    sys.exit(main())
