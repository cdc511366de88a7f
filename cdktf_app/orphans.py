"""`python -m cdktf_app.orphans`: what an interrupted deploy left in AWS and in no state, and what to do about each.

Prints lines for a shell. Exit code: 0 nothing is in the way of the next deploy, 2 something is, 1 an error.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from cdktf_app.once import Once, made_once, terraform_line
from cdktf_app.states import States
from cdktf_app.validate import stack_files
from engine.errors import AccountError, MeshwardenError, PlanError
from engine.live.accounts import Accounts
from engine.live.named import read_named
from engine.model.standing import Thing
from engine.sources.deployment import load_deployment


def main() -> int:
    """Asks about the project in the working directory, as it was synthesized last."""
    try:
        return _tell(Path.cwd(), os.environ)
    except (MeshwardenError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _tell(root: Path, environment: Mapping[str, str]) -> int:
    deployment = load_deployment(root)
    states = States(root, deployment.backend)
    folders = _folders(root, environment.get("CDKTF_OUTDIR", "cdktf.out"))
    # a deploy that still runs would look like one that was interrupted, so a lock comes alone
    if locked := list(_locked(states, folders)):
        print("\n".join(locked))
        return 2
    missing = list(_missing(root, states, folders))
    standing, unseen = _stand(missing, deployment.external_id)
    orphans = [item for item in missing if item.thing in standing]
    for line in _adopting(orphans):
        print(line)
    for why in dict.fromkeys(unseen):
        print(f"error: {why}", file=sys.stderr)
    if not orphans and not unseen:
        print("# no orphans: nothing stands in AWS that a state lacks and a deploy would make again")
    return 2 if orphans else 1 if unseen else 0


def _stand(missing: Sequence[Once], external_id: str | None) -> tuple[set[Thing], list[str]]:
    """Those that stand, read with the role that Terraform assumes; and why a place could not be seen.

    Each kind is asked for by itself: before its first deploy a place shows no opt-ins, but it shows functions.
    """
    standing: set[Thing] = set()
    unseen = []
    for (account, region, role, _), held in groupby(sorted(missing, key=_place), key=_place):
        items = list(held)
        accounts = Accounts(role.rpartition("/")[2], external_id)
        try:
            things = {item.thing for item in items}
            standing |= read_named(accounts, account, region, things, max(item.leads_to for item in items))
        except AccountError as error:
            unseen.append(str(error))
    return standing, unseen


def _place(item: Once) -> tuple[str, str, str, str]:
    return item.thing.account, item.thing.region, item.role, item.thing.kind


def _folders(root: Path, out: str) -> dict[str, Path]:
    """Stack name → its folder, from the project's."""
    try:
        return {stack: path.parent.relative_to(root) for stack, path in sorted(stack_files(root / out).items())}
    except FileNotFoundError:
        raise PlanError(f"nothing is synthesized in `{out}`; run `cdktf synth`") from None


def _locked(states: States, folders: Mapping[str, Path]) -> Iterator[str]:
    for stack, folder in folders.items():
        if (lock := states.lock(stack)) is not None:
            yield f"# {stack}: its state is locked by {lock.Who} since {lock.Created}; once that deploy is over:"
            yield terraform_line(folder, "init", "-input=false")
            yield terraform_line(folder, "force-unlock", "-force", lock.ID)


def _missing(root: Path, states: States, folders: Mapping[str, Path]) -> Iterator[Once]:
    for stack, folder in folders.items():
        held = states.state(stack).addresses
        yield from (item for item in made_once(root, folder) if item.address not in held)


def _adopting(orphans: Sequence[Once]) -> Iterator[str]:
    for folder, held in groupby(orphans, key=lambda item: item.folder):
        of_stack = list(held)
        yield f"# stack {folder.name}"
        if any(item.imported for item in of_stack):
            yield terraform_line(folder, "init", "-input=false")
        for item in of_stack:
            way = "" if item.imported else f", which cannot be imported: taken away by {item.role}, it is made anew"
            yield f"# {item.thing}{way}"
            yield item.line


if __name__ == "__main__":
    sys.exit(main())
