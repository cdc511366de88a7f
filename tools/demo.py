"""One story in under a minute: from declared facts to Terraform, on the mesh of this repository.

    .venv/bin/python tools/demo.py

It runs the commands that a user would type, and shows of each what it said, or its telling lines. What it changes, it
changes in a copy; it writes `cdktf.out`, `.meshwarden` and `why.svg` into the project's folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NOW = "2026-06-01T09:00:00Z"

ANALYST = "anna.keller@meshbank.example"
TABLE = "servicing/loan-performance/loan"
RULE = "policies/access/column/personal.rego"
AS_IT_IS = "input.purpose.allows_personal == true"
AS_CHANGED = "input.purpose.suspended == false"
AGREEMENT = "mesh/agreements/risk-modelling-loans.yaml"
REVOCATION = "  - {state: revoked, at: 2026-06-01T08:30:00Z}\n"
SHARED = "risk-modelling-exposures"
STACK = "governance-eu-west-1-servicing"
DOWNLOAD = 90
"""Seconds that Terraform gets to fetch its provider."""

Telling = Callable[[str], bool]


class DemoError(Exception):
    """A command did not do what the story needs; carries what it said."""


def main() -> int:
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="meshwarden-demo-") as folder:
            tell(Path(folder))
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    say(f"\nThat took {time.monotonic() - started:.0f} seconds.")
    return 0


def tell(aside: Path) -> None:
    """The story; what it writes beside the project, it writes into `aside`."""
    copy, plan = aside / "copy", aside / "plan.json"
    say(f"The instant of this story is {NOW}; every command takes it from MESHWARDEN_NOW.")

    chapter("What is declared: YAML, contracts in ODCS, policies in Rego")
    run("meshwarden", "validate")

    chapter("What is decided, and what has to stand in AWS for it")
    run(
        "meshwarden",
        "plan",
        "--out",
        str(plan),
        telling=containing("plan ", "policies ", "questions ", "evaluated ", "unrealised", "  limit "),
        most=7,
    )

    chapter(f"What may {ANALYST.partition('.')[0].title()}, a credit risk analyst, read of it?")
    run("meshwarden", "what-can", ANALYST, telling=containing(" for ", " loan "))

    chapter("Why, from the directory to the grant")
    chain = ("member of", "holds persona", "agreement `", "approved it", "column requirement `personal`", ": granted")
    command = ("meshwarden", "why", ANALYST, f"{TABLE}/current_balance", "--svg", "why.svg")
    run(*command, telling=containing("under agreement", *chain, "grants:"), most=9)

    chapter("Why not the borrower's tax id?")
    run("meshwarden", "why-not", ANALYST, f"{TABLE}/borrower_tax_id")

    chapter(f"In Amazon Redshift: what does agreement {SHARED} become there?")
    tell_share(plan)

    chapter("One line of Rego changes, in a copy: whom does it let in?")
    for part in ("personas", "mesh", "policies"):
        shutil.copytree(ROOT / part, copy / part)
    edit(copy / RULE, AS_IT_IS, AS_CHANGED)
    say(f"  {RULE}", f"  - {AS_IT_IS}", f"  + {AS_CHANGED}")
    run("meshwarden", "impact", "--base", str(ROOT), folder=copy)

    chapter("The rule is put back, and an agreement is revoked: what leaves AWS?")
    edit(copy / RULE, AS_CHANGED, AS_IT_IS)
    run("meshwarden", "plan", "--out", "plan.json", folder=copy, telling=containing("plan "), most=1)
    edit(copy / AGREEMENT, "requester:", f"{REVOCATION}requester:")
    say(f"  {AGREEMENT}", f"  + {REVOCATION.strip()}")
    run("meshwarden", "plan", "--out", "plan.json", folder=copy, telling=after("against the plan"), most=16)

    chapter("Terraform for all of it")
    synthesize()

    chapter("What to type next")
    say(
        f'  export PATH="$PWD/.venv/bin:$PATH" MESHWARDEN_NOW={NOW}',
        "  meshwarden --help",
        f"  meshwarden who-can {TABLE}/borrower_iban",
        "  meshwarden impact --base HEAD",
        "  meshwarden generate --scale 1 ../large",
        f"and open {ROOT / 'why.svg'}",
    )


def tell_share(file: Path) -> None:
    """What the plan in `file` makes of an agreement on a product that lies in a warehouse."""
    plan = json.loads(file.read_bytes())
    grants = [
        grant
        for grant in plan["grants"]
        if grant["kind"] == "datashare" and any(name.startswith(f"{SHARED}@") for name in grant["entitlements"])
    ]
    if not grants:
        raise DemoError(f"the plan has no datashare of `{SHARED}`; the story needs one")
    warehouses = {item["id"]: item for item in plan["warehouses"]}
    grant, target = grants[0], grants[0]["target"]
    producer, consumer = (
        f"{target[side]} in {item['account']} {item['region']}"
        for side in ("producer", "consumer")
        for item in [warehouses[target[side]]]
    )
    views = [view["table"] for view in target["views"]]
    columns = sum(len(view["columns"]) for view in target["views"])
    user = target["redshift_user"]
    say(
        f"Product {grant['product']} is shared with {len(grants)} warehouses, a datashare each, without a copy. One:",
        f"  {target['name']}",
        f"    {producer} → {consumer}",
        f"    {len(views)} views with {columns} columns: {', '.join(views)}",
        f"  A session of {grant['principal'].rpartition('/')[2]} reads them by database role",
        f"    {target['redshift_role']}" + (f", as user {user}" if user else ""),
        f"  in {target['consumer']} as database.datashare.view, for example datashare.{views[0]} of database",
        f"    {target['database']}",
    )


def synthesize() -> None:
    run("python", "-m", "cdktf_app")
    folder = ROOT / "cdktf.out"
    manifest = json.loads((folder / "manifest.json").read_bytes())
    stacks = {
        name: json.loads((folder / stack["synthesizedStackPath"]).read_bytes())
        for name, stack in manifest["stacks"].items()
    }
    resources = {name: sum(map(len, stack.get("resource", {}).values())) for name, stack in stacks.items()}
    say(f"{len(stacks)} stacks with {sum(resources.values())} resources lie in {folder / 'stacks'}")
    if shutil.which("terraform") is None:
        say("There is no terraform on PATH, so none of them is validated here.")
        return
    place = f"-chdir=cdktf.out/stacks/{STACK}"
    try:
        run(
            "terraform",
            place,
            "init",
            "-backend=false",
            "-input=false",
            "-no-color",
            telling=lambda _: False,
            limit=DOWNLOAD,
        )
    except DemoError as error:
        say("Terraform could not get the AWS provider, so the stack is not validated here:", f"  {error}")
        return
    run("terraform", place, "validate", "-no-color")


def run(
    *command: str,
    folder: Path = ROOT,
    telling: Telling = lambda _: True,
    most: int = 30,
    limit: float | None = None,
) -> None:
    """Runs a command, and shows it as typed with the telling lines of what it said; the rest is counted."""
    out = console()
    where = f"(in {folder}) " if folder != ROOT else ""
    out.print(Text(f"\n{where}$ {' '.join(command)}", style="bold cyan"))
    program = shutil.which(command[0], path=f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if program is None:
        raise DemoError(f"there is no `{command[0]}`; run `make demo`, which sets everything up")
    with out.status("") if out.is_terminal else nullcontext():
        try:
            done = subprocess.run(
                [program, *command[1:]],
                cwd=folder,
                env=surroundings(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemoError(f"`{command[0]}` did not end within {limit:.0f} s") from None
    if done.returncode:
        raise DemoError(f"`{' '.join(command)}` exits {done.returncode}:\n{done.stdout}{done.stderr}".rstrip())
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    shown = [line for line in lines if telling(line)][:most]
    say(*shown)
    if len(shown) < len(lines):
        out.print(Text(f"… and {len(lines) - len(shown)} more lines", style="dim"))


def surroundings() -> dict[str, str]:
    """The environment of every command: that of `make`, and the story's instant."""
    ours = {
        "MESHWARDEN_NOW": NOW,
        "CHECKPOINT_DISABLE": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    configuration = ROOT / ".tools" / "terraformrc"
    if configuration.is_file():
        ours["TF_CLI_CONFIG_FILE"] = str(configuration)
    return {**os.environ, **ours}


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise DemoError(f"{path.name} says `{old}` {text.count(old)} times; the story needs it once")
    path.write_text(text.replace(old, new), encoding="utf-8")


def containing(*words: str) -> Telling:
    return lambda line: any(word in line for word in words)


def after(word: str) -> Telling:
    """The first line with this word, and all that follow it."""
    found: list[str] = []

    def telling(line: str) -> bool:
        if found or word in line:
            found.append(line)
        return bool(found)

    return telling


def console() -> Console:
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 100)


def chapter(title: str) -> None:
    console().print()
    console().rule(Text(title, style="bold"), align="left")


def say(*lines: str) -> None:
    """Lines folded at the terminal's width with their indent kept; `+ - ~` have their colours."""
    styles = {"+ ": "green", "- ": "red", "~ ": "yellow"}
    for line in lines:
        words = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        console().print(Padding(Text(words, style=styles.get(words[:2], "")), (0, 0, 0, indent)))


if __name__ == "__main__":
    sys.exit(main())
