"""Makes `.venv`: the Python packages of `uv.lock`, and the pinned OPA, Regal and cdktf beside them in `.venv/bin`.

    python3 tools/setup.py run     what a run of the engine needs: packages, OPA
    python3 tools/setup.py dev     and what the inner loop needs: Regal
    python3 tools/setup.py test    the same, the cdktf command, and every prerequisite of the tests is there

Standard library only. It may be run again at any time: what is current is left alone. It writes to `.venv` and
`.tools` and, where they keep their caches, uv and Go.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import terraformrc
from prerequisites import OPA, REGAL, ROOT, GoTool, missing, version_of

VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
UV = "0.13.8"
OLDEST_UV = (0, 8)

LEVELS = {"run": (OPA,), "dev": (OPA, REGAL), "test": (OPA, REGAL)}
INPUTS = (
    "pyproject.toml",
    "uv.lock",
    "tools/setup.py",
    "tools/prerequisites.py",
    "tools/opa/go.mod",
    "tools/opa/go.sum",
    "tools/regal/go.mod",
    "tools/regal/go.sum",
    "tools/cdktf/package.json",
    "tools/cdktf/package-lock.json",
)


class SetupError(Exception):
    """What stopped the set-up, in words for the one who ran it."""


def main() -> int:
    level = sys.argv[1] if len(sys.argv) == 2 else ""
    if level not in LEVELS:
        print(f"usage: python3 tools/setup.py {'|'.join(LEVELS)}", file=sys.stderr)
        return 1
    try:
        with only_one():
            set_up(LEVELS[level], for_tests=level == "test")
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


def set_up(tools: tuple[GoTool, ...], for_tests: bool) -> None:
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise SetupError(f"Python 3.11, 3.12 or 3.13 is needed, this is {platform.python_version()}")
    packages_current = stamp().is_file() and stamp().read_text() == inputs_hash()
    absent = [tool for tool in tools if not (packages_current and (VENV / "bin" / tool.name).exists())]
    cdktf_absent = for_tests and not (packages_current and (VENV / "bin" / "cdktf").exists())
    problems = missing(absent, for_tests)
    if problems:
        raise SetupError("missing on this machine:\n" + "\n".join(f"  - {problem}" for problem in problems))
    terraformrc.write()
    names = ", ".join([*(tool.name for tool in tools), *(["cdktf"] if for_tests else [])])
    if packages_current and not absent and not cdktf_absent:
        print(f"set-up: .venv is current (Python {platform.python_version()}, {names})")
        return
    if not packages_current:
        sync_packages()
    for tool in absent:
        install(tool)
    if cdktf_absent:
        install_cdktf()
    stamp().write_text(inputs_hash())
    print(f"set-up: .venv is ready (Python {platform.python_version()}, {names})")


def stamp() -> Path:
    return VENV / ".set-up"


def inputs_hash() -> str:
    digest = hashlib.sha256(f"{sys.base_prefix} {sys.version}".encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def base_python() -> str:
    """The interpreter below, when this one is itself a virtual environment's (perhaps of the very one to be made)."""
    return str(getattr(sys, "_base_executable", sys.executable))


def sync_packages() -> None:
    uv = find_uv()
    if not (VENV / "bin" / "python").exists() and VENV.exists():
        shutil.rmtree(VENV)
    stamp().unlink(missing_ok=True)
    environment = {
        "UV_PYTHON": base_python(),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_PROJECT_ENVIRONMENT": str(VENV),
    }
    with step("Python packages of uv.lock, from PyPI (10 s to a minute the first time, 500 MB)"):
        run([uv, "sync", "--frozen", "--quiet"], "uv could not install the packages of uv.lock", environment)
    for name in (OPA.name, REGAL.name, "cdktf"):  # their pins are among the inputs: no level may find an old one
        (VENV / "bin" / name).unlink(missing_ok=True)


def find_uv() -> str:
    on_path = shutil.which("uv")
    if on_path and version_of(on_path, "--version") >= OLDEST_UV:
        return on_path
    folder = TOOLS / "uv"
    uv = str(folder / "bin" / "uv")
    if ".".join(map(str, version_of(uv, "--version"))) == UV:
        return uv
    with step(f"uv {UV}, from PyPI by pip (a few seconds, once)"):
        by_hand = "(or install uv by hand: https://docs.astral.sh/uv)"
        run([base_python(), "-m", "venv", "--clear", str(folder)], f"`python3 -m venv` failed {by_hand}", {})
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        run([*pip, f"uv=={UV}"], f"pip could not fetch uv {by_hand}", {})
    return uv


def install(tool: GoTool) -> None:
    """Puts the tool into `.venv/bin`: a link to a fitting one on PATH, else to one built from source."""
    source = tool.on_path()
    if source:
        print(f"  {tool.name}: {source} fits")
    else:
        source = built(tool)
    link = VENV / "bin" / tool.name
    link.unlink(missing_ok=True)
    link.symlink_to(source)


def built(tool: GoTool) -> Path:
    """Builds the committed module once for each content of its go.mod and go.sum; go.sum says what may be built."""
    pinned = hashlib.sha256(b"".join((tool.folder / name).read_bytes() for name in ("go.mod", "go.sum"))).hexdigest()
    binary = TOOLS / "bin" / f"{tool.name}-{tool.version}-{pinned[:8]}"
    if binary.is_file():
        return binary
    partial = binary.with_name(f"{binary.name}.partial")
    command = ["go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath"]
    command += [f"-ldflags={tool.ldflags.format(version=tool.version)}", "-o", str(partial), tool.module]
    environment = {"CGO_ENABLED": "0", "GOWORK": "off", "GOOS": "", "GOARCH": ""}
    if not os.environ.get("HOME"):
        environment["HOME"] = str(TOOLS / "home")
    with step(f"{tool.name} {tool.version}, from source with Go (about 90 s, once)"):
        run(command, f"Go could not build {tool.name} {tool.version}", environment, folder=tool.folder)
        partial.replace(binary)
    return binary


def install_cdktf() -> None:
    """Puts the pinned cdktf command into `.venv/bin`; the lock file says what may be installed."""
    folder = TOOLS / "cdktf"
    program = folder / "node_modules" / ".bin" / "cdktf"
    pinned = (ROOT / "tools" / "cdktf" / "package-lock.json").read_text()
    lock = folder / "package-lock.json"
    if not (program.exists() and lock.read_text() == pinned):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(ROOT / "tools" / "cdktf" / name, folder / name)
        with step("cdktf-cli, from npm (about 30 s, 420 MB, once)"):
            command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            try:
                run(command, "npm could not install cdktf-cli", {"CHECKPOINT_DISABLE": "1"}, folder=folder)
            except BaseException:
                shutil.rmtree(folder)
                raise
    link = VENV / "bin" / "cdktf"
    link.unlink(missing_ok=True)
    link.symlink_to(program)


@contextmanager
def only_one() -> Iterator[None]:
    """Two set-ups in one tree wait for each other."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with step("waiting for another set-up in this folder"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def step(what: str) -> Iterator[None]:
    print(f"  {what} … ", end="", flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - started:.1f} s", flush=True)


def run(command: list[str], failure: str, environment: dict[str, str], folder: Path = ROOT) -> None:
    """Runs a command quietly; when it fails, `failure` and the end of what it said become the error."""
    surroundings = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"} | environment
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{failure}: {error}") from error
    if done.returncode != 0:
        said = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise SetupError(f"{failure}:\n{said}")


if __name__ == "__main__":
    sys.exit(main())
