"""What the machine must have before set-up starts. Everything that is missing is told at once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Version = tuple[int, ...]

NODE_OF_THE_TESTS = (20, 22)  # cdktf-cli 0.21 deploys on these; on 24 its terminal library fails
NODE_OF_A_RUN = 20  # jsii alone takes any newer one
TERRAFORM = (1, 10)  # since then a state in S3 is locked by a file beside it (`use_lockfile`)
GO_FETCHES_GO = (1, 21)  # since then `go` downloads the toolchain a module asks for, unless told not to


@dataclass(frozen=True)
class GoTool:
    """A program in Go, pinned by the module in `tools/<name>`."""

    name: str
    module: str
    ldflags: str

    @property
    def folder(self) -> Path:
        return ROOT / "tools" / self.name

    @property
    def version(self) -> str:
        return _required(rf"{re.escape(self.module)} v(\S+)", self.folder)

    @property
    def go(self) -> Version:
        """The oldest Go that builds it."""
        return numbers(_required(r"(?m)^go (\S+)", self.folder))

    def accepts(self, found: Version) -> bool:
        """The pinned version, or a newer one that semantic versioning calls compatible."""
        pinned = numbers(self.version)
        breaking = 1 if pinned[0] == 0 else 0
        return found >= pinned and found[: breaking + 1] == pinned[: breaking + 1]

    def on_path(self) -> Path | None:
        """A fitting program that the machine already has, outside our own `.venv`."""
        folders = [
            folder
            for folder in os.environ.get("PATH", "").split(os.pathsep)
            if folder and not Path(folder).absolute().is_relative_to(ROOT / ".venv")
        ]
        found = shutil.which(self.name, path=os.pathsep.join(folders))
        if found and self.accepts(version_of(found, "version")):
            return Path(found).absolute()
        return None


def _required(pattern: str, folder: Path) -> str:
    found = re.search(pattern, (folder / "go.mod").read_text())
    if found is None:
        raise LookupError(f"{folder / 'go.mod'}: nothing matches {pattern}")
    return found[1]


OPA = GoTool("opa", "github.com/open-policy-agent/opa", "-s -w")
REGAL = GoTool(
    "regal",
    "github.com/open-policy-agent/regal",
    # Regal knows its own version from the linker only.
    "-s -w -X github.com/open-policy-agent/regal/pkg/version.Version={version}",
)


def numbers(text: str) -> Version:
    """`v1.22.0-rc1` as (1, 22, 0); an empty tuple when there is no version in `text`."""
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def version_of(program: str, *arguments: str) -> Version:
    """The version a program reports, or an empty tuple when it does not run."""
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "GOWORK": "off"}
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
            check=True,
            cwd="/",
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return numbers(done.stdout)


def missing(tools: list[GoTool], for_tests: bool) -> list[str]:
    """A line for each thing that is missing: what, and where it comes from. `tools` are those not installed yet."""
    problems = [_node(for_tests), *(_go_tool(tool) for tool in tools)]
    if for_tests:
        problems += [_npm(), _terraform()]
    return [problem for problem in problems if problem]


def _node(for_tests: bool) -> str | None:
    found = version_of("node", "--version")
    have = f"node {_text(found)} is here" if found else "there is no node on PATH"
    if for_tests and found[:1] not in {(major,) for major in NODE_OF_THE_TESTS}:
        majors = " or ".join(map(str, NODE_OF_THE_TESTS))
        return f"node {majors}: {have}; https://nodejs.org/en/download"
    if found[:1] < (NODE_OF_A_RUN,):
        return f"node {NODE_OF_A_RUN} or newer: {have}; https://nodejs.org/en/download"
    return None


def _npm() -> str | None:
    return None if version_of("npm", "--version") else "npm, which comes with node, is not on PATH"


def _terraform() -> str | None:
    found = version_of("terraform", "version")
    if found >= TERRAFORM:
        return None
    have = f"Terraform {_text(found)} is here" if found else "there is no terraform on PATH"
    return f"Terraform {_text(TERRAFORM)} or newer: {have}; https://developer.hashicorp.com/terraform/install"


def _go_tool(tool: GoTool) -> str | None:
    if tool.on_path():
        return None
    found = version_of("go", "env", "GOVERSION")
    if found >= tool.go or (found >= GO_FETCHES_GO and _go_may_fetch_go()):
        return None
    have = f"Go {_text(found)} is here and may not fetch a newer one" if found else "there is no go on PATH"
    return (
        f"Go {_text(tool.go[:2])} or newer to build {tool.name} {tool.version}: {have}; https://go.dev/dl"
        f" (or put {tool.name} {tool.version} on PATH: https://{tool.module}/releases)"
    )


def _go_may_fetch_go() -> bool:
    done = subprocess.run(
        ["go", "env", "GOTOOLCHAIN"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, cwd="/"
    )
    choice = done.stdout.strip()
    return choice == "auto" or choice.endswith("+auto")


def _text(version: Version) -> str:
    return ".".join(map(str, version))
