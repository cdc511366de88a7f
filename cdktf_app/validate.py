"""Terraform's own word on synthesized stacks: `terraform validate`, with the provider that they are pinned to.

Loading the provider's schema takes most of two seconds, so all stacks are validated at once, as the modules of one
configuration. Terraform validates backends nowhere but in `terraform init`, on the real state.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from engine.errors import Problem, ToolError

_STACK_FILE = "cdk.tf.json"


def stack_files(folder: Path) -> dict[str, Path]:
    """Stack name → its file, for the stacks that were synthesized last into `folder`."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    return {name: folder / stack["synthesizedStackPath"] for name, stack in manifest["stacks"].items()}


def terraform_program() -> str | None:
    """The Terraform on PATH, None when there is none."""
    return shutil.which("terraform")


def validate(folder: Path) -> tuple[Problem, ...]:
    """What Terraform refuses in the stacks in `folder`, by stack. Raises ToolError when it cannot be asked."""
    terraform = terraform_program()
    if terraform is None:
        raise ToolError("there is no `terraform` on PATH; https://developer.hashicorp.com/terraform/install")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        modules = {}
        for stack, path in stack_files(folder).items():
            (scratch / stack).mkdir()
            shutil.copyfile(path, scratch / stack / _STACK_FILE)
            modules[f"stack-{stack}"] = {"source": f"./{stack}"}
        (scratch / "main.tf.json").write_text(json.dumps({"module": modules}))
        _ask(terraform, scratch, "init", "-backend=false", "-input=false", "-no-color")
        verdict = _verdict(_ask(terraform, scratch, "validate", "-json", checked=False))
    errors = [item for item in verdict["diagnostics"] if item["severity"] == "error"]
    problems = tuple(sorted(_problem(error) for error in errors))
    if not problems and not verdict["valid"]:
        raise ToolError("terraform finds the stacks invalid and does not say why")
    return problems


def _verdict(said: str) -> dict[str, Any]:
    try:
        verdict: dict[str, Any] = json.loads(said)
    except ValueError:
        raise ToolError(f"`terraform validate` did not answer in JSON:\n{said.strip()}") from None
    return verdict


def _problem(error: dict[str, object]) -> Problem:
    place = error.get("range")
    file, line = "", 0
    if isinstance(place, dict):
        file, line = str(place["filename"]), int(place["start"]["line"])
    said = " ".join(f"{error['summary']}: {error.get('detail', '')}".split())
    return Problem(file, line, said)


def _ask(terraform: str, scratch: Path, *arguments: str, checked: bool = True) -> str:
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    done = subprocess.run(
        [terraform, *arguments],
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if checked and done.returncode != 0:
        raise ToolError(f"`terraform {' '.join(arguments)}` failed:\n{(done.stderr or done.stdout).strip()}")
    return done.stdout
