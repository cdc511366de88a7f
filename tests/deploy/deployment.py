"""`cdktf deploy` as the platform team runs it, against the emulated AWS: the real cdktf, Terraform and AWS provider."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.model.instants import format_instant
from tests.deploy.projects import ROOT

CDKTF = ROOT / ".venv" / "bin" / "cdktf"
TERRAFORM_CONFIGURATION = ROOT / ".tools" / "terraformrc"
PARALLEL = 4
"""Stacks at a time: each keeps a Terraform and a provider of some 300 MB."""

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_OF_STACK = re.compile(r"^(\S+)  (.*)$")


class DeployFailedError(Exception):
    """cdktf or Terraform failed; carries the end of what it said."""


@dataclass(frozen=True)
class Deployment:
    """A project and where it is deployed to. `surroundings` point at the emulated AWS, with credentials of now."""

    project: Path
    surroundings: Callable[[], Mapping[str, str]]
    say: Callable[[str], None] = lambda _: None

    def deploy(self, now: datetime, stacks: Iterable[str] = ("*",)) -> dict[str, float]:
        """Deploys, and gives the seconds each stack took from its first word to its last."""
        return self._cdktf("deploy", now, stacks)

    def destroy(self, now: datetime, stacks: Iterable[str] = ("*",)) -> dict[str, float]:
        return self._cdktf("destroy", now, stacks)

    def second_plans(self, now: datetime) -> dict[str, str]:
        """Stack → what a second plan would still change; only stacks with something are in it."""
        manifest = json.loads((self.project / "cdktf.out" / "manifest.json").read_bytes())
        folders = {
            name: self.project / "cdktf.out" / stack["workingDirectory"] for name, stack in manifest["stacks"].items()
        }
        with ThreadPoolExecutor(PARALLEL) as pool:
            said = dict(zip(folders, pool.map(lambda folder: self._plan(folder, now), folders.values()), strict=True))
        return {name: text for name, text in said.items() if text}

    def _plan(self, folder: Path, now: datetime) -> str:
        command = ["terraform", "plan", "-detailed-exitcode", "-input=false", "-no-color", "-lock=false"]
        done = subprocess.run(
            command, cwd=folder, env=self.environment(now), capture_output=True, text=True, check=False
        )
        if done.returncode not in (0, 2):
            raise DeployFailedError(f"{folder.name}: {' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout if done.returncode == 2 else ""

    def replace(self, now: datetime, stack: str, resource: str) -> None:
        """Makes one resource of a stack anew, as docs/deploy.md has it; `resource` is how its name begins."""
        folder = self.project / "cdktf.out" / "stacks" / stack
        written = json.loads((folder / "cdk.tf.json").read_bytes())["resource"]
        (address,) = (f"{kind}.{name}" for kind, of in written.items() for name in of if name.startswith(resource))
        command = ["terraform", "apply", "-auto-approve", "-input=false", "-no-color", f"-replace={address}"]
        done = subprocess.run(
            command, cwd=folder, env=self.environment(now), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DeployFailedError(f"{stack}: {' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")

    def start(self, verb: str, now: datetime, stacks: Iterable[str], *more: str) -> subprocess.Popen[str]:
        """cdktf, begun; what it says comes out of its `stdout`, errors too."""
        self._write_configuration()
        # without the lock of providers, for which Terraform would ask the registry whatever its configuration says
        command = [str(CDKTF), verb, *stacks, "--auto-approve", "--skip-provider-lock", "--parallelism", str(PARALLEL)]
        return subprocess.Popen(
            [*command, *more],
            cwd=self.project,
            env=self.environment(now),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _cdktf(self, verb: str, now: datetime, stacks: Iterable[str]) -> dict[str, float]:
        said: list[str] = []
        seen: dict[str, tuple[float, float]] = {}
        with self.start(verb, now, stacks) as process:
            assert process.stdout is not None
            for raw in process.stdout:
                line = _ESCAPES.sub("", raw.rstrip())
                said.append(line)
                if (match := _OF_STACK.match(line)) and not line.startswith(" "):
                    first, _ = seen.get(match[1], (time.monotonic(), 0.0))
                    seen[match[1]] = (first, time.monotonic())
                    if "complete!" in match[2]:
                        self.say(f"  {match[1]}: {match[2]}")
        if process.returncode != 0:
            raise DeployFailedError(f"`cdktf {verb}` gave exit code {process.returncode}:\n" + "\n".join(said[-60:]))
        return {stack: last - first for stack, (first, last) in seen.items()}

    def _write_configuration(self) -> None:
        configuration = json.loads((ROOT / "cdktf.json").read_bytes())
        configuration["app"] = f"{sys.executable} -m cdktf_app"
        (self.project / "cdktf.json").write_text(json.dumps(configuration))

    def environment(self, now: datetime) -> dict[str, str]:
        """What cdktf and Terraform see of this process's surroundings: no more than they need."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "TF_CLI_CONFIG_FILE": str(TERRAFORM_CONFIGURATION),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "GOGC": "400",  # a fifth less work for Terraform and its provider, for memory
            "CI": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "MESHWARDEN_NOW": format_instant(now),
            **self.surroundings(),
        }
