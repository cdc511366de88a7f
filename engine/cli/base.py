"""The base that a project is compared with: a folder, or a revision of its git repository, exported into one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_DECLARED = ("personas", "mesh", "policies")


@contextmanager
def base_folder(project: Path, base: str) -> Iterator[Path]:
    """The folder to compare with; a revision is exported into one that lasts as long as the block.

    Raises ToolError for what is both, since a change could bring the folder with which it is compared.
    """
    from engine.errors import ToolError

    commit = _commit(project, base)
    if Path(base).is_dir() and commit:
        raise ToolError(f"`{base}` is a folder and a revision; write `./{base}` or `refs/heads/{base}`")
    if Path(base).is_dir():
        yield Path(base)
        return
    with TemporaryDirectory(prefix="meshwarden-base-") as temporary:
        yield _export(project, base, commit, Path(temporary))


def _commit(project: Path, revision: str) -> str | None:
    """The commit of a revision of the project's repository, None when there is none."""
    found = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return None if found.returncode else found.stdout.decode().strip()


def _export(project: Path, revision: str, commit: str | None, folder: Path) -> Path:
    """Writes what the project declared at a commit below a folder; gives its place. Raises ToolError with the reason.

    The files are checked out, not archived: `git archive` leaves out what an attribute of the base tells it to.
    """
    from engine.errors import ToolError

    inside = _git(project, "rev-parse", "--show-prefix")
    if inside.returncode:
        said = inside.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise ToolError(f"there is no folder `{revision}`, and git finds no repository in `{project}`: {said}")
    if commit is None:
        raise ToolError(
            f"`{revision}` is neither a folder nor a revision of the repository;"
            " where it was cloned without history, fetch the revision first"
        )
    tree, index = folder / "tree", folder / "index"
    tree.mkdir()
    top = Path(_git(project, "rev-parse", "--show-toplevel").stdout.decode().rstrip("\n"))
    read = _git(project, "read-tree", commit, index=index)
    listed = _git(project, "ls-files", "-z", "--full-name", "--", *_DECLARED, index=index)
    written = _git(top, "checkout-index", "-z", "--stdin", f"--prefix={tree}{os.sep}", stdin=listed.stdout, index=index)
    if read.returncode or written.returncode or not listed.stdout:
        said = (read.stderr or written.stderr).decode(errors="replace").strip().removeprefix("fatal: ")
        raise ToolError(f"revision `{revision}` holds no project: {said or 'it declares nothing'}")
    return tree / inside.stdout.decode().rstrip("\n")


def _git(
    project: Path, *arguments: str, stdin: bytes = b"", index: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    from engine.errors import ToolError

    try:
        return subprocess.run(
            ["git", "-C", str(project), *arguments],
            input=stdin,
            env={**os.environ, "GIT_INDEX_FILE": str(index)} if index else None,
            capture_output=True,
            check=False,
            timeout=60,
        )
    except FileNotFoundError:
        raise ToolError("no `git` on PATH; name a folder as the base") from None
    except subprocess.TimeoutExpired:
        raise ToolError(f"`git {arguments[0]}` did not end within 60 s") from None


@contextmanager
def naming(base: str) -> Iterator[None]:
    """What is wrong inside is wrong with the base."""
    from engine.errors import MeshwardenError

    try:
        yield
    except MeshwardenError as error:
        raise MeshwardenError(f"the base `{base}` cannot be decided:\n{error}") from None
