"""`make deploy-emulated`: the mesh of this repository, deployed to an emulated AWS, changed, read back and destroyed.

    .venv/bin/python tools/deploy_emulated.py

The real cdktf, Terraform and AWS provider deploy a copy of the project; each account's administrator applies what
`meshwarden onboard` writes. After every deploy the accounts are read back with boto3 and compared with the plan, and a
session of every access role, alone and under each of its session policies, asks for every column of every table, in the
lake and in the warehouses of its account. It takes about half an hour, and ends with exit code 1 and the difference
where there is one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.live.survey import expected_standing  # noqa: E402 - the project's folder has to be on the path first
from engine.model.instants import format_instant, parse_instant  # noqa: E402
from engine.model.standing import Standing  # noqa: E402
from engine.run import run_line  # noqa: E402
from tests.deploy.company import Company, company_of  # noqa: E402
from tests.deploy.deployment import CDKTF, DeployFailedError  # noqa: E402
from tests.deploy.projects import change, copy_agreement, copy_project, revoke, sign  # noqa: E402
from tests.deploy.warehouses import misselected  # noqa: E402

NOW = parse_instant("2026-06-01T09:00:00Z")
# of each, one in the lake and one in a warehouse
REVOKED = ("risk-modelling-loans", "control-general-ledger")
NARROWED = ("fraud-applications-signals", "collections-cases")
SUSPENDED = ("treasury-analyst", "regulatory-reporter")
ENDED = "audit-underwriting"
LONELY = "300000000002"


class DifferenceError(Exception):
    """What stands is not what was decided; carries the difference."""


@dataclass
class Story:
    """A company, and what its plan wanted when it was deployed last."""

    company: Company
    wanted: Standing
    now: datetime

    def deploy(self, title: str, now: datetime | None = None) -> None:
        """Deploys what the project says, and proves that it stands and that nothing else changed."""
        self.now = now or self.now
        _chapter(f"{title}, at {format_instant(self.now)}")
        run = run_line(self.company.project, self.now)
        wanted = expected_standing(run.mesh, run.plan, self.company.settings)
        come, gone = wanted.keys() - self.wanted.keys(), self.wanted.keys() - wanted.keys()
        other = [thing for thing in wanted.keys() & self.wanted.keys() if wanted[thing] != self.wanted[thing]]
        for sign_, things in (("+", come), ("-", gone), ("~", other)):
            for thing in sorted(things)[:6] if self.wanted else []:
                _say(f"  {sign_} {thing}")
        _say(f"  {len(come)} things come, {len(gone)} go, {len(other)} change of {len(wanted)}")
        started = time.monotonic()
        seconds = self.company.deploy(self.now)
        _say(f"  deployed in {time.monotonic() - started:.0f} s, by stack:")
        for stack, took in sorted(seconds.items()):
            _say(f"    {stack:44} {took:5.0f} s")
        self.wanted = wanted
        self.prove()

    def prove(self) -> None:
        """Raises DifferenceError unless the accounts are the plan, for who lists them and for who reads them."""
        started = time.monotonic()
        told = self.company.drift(self.now)
        if told.returncode:
            raise DifferenceError(told.stdout + told.stderr)
        _say(f"  {told.stdout.strip()}")
        run = run_line(self.company.project, self.now)
        if wrong := self.company.misread_in_lake(run.plan):
            raise DifferenceError("\n".join(wrong))
        in_lake = [item for item in run.mesh.products if item.server is not None and item.server.kind == "glue"]
        tables = sum(len(product.tables) for product in in_lake)
        sessions = len(run.plan.access_roles) + len(run.plan.session_policies)
        _say(f"  {sessions} sessions asked for every column of {tables} tables: each reads just what was decided")
        wrong, asked = misselected(self.company.cloud, run.plan)
        if wrong:
            raise DifferenceError("\n".join(wrong))
        shares = sum(grant.kind == "datashare" for grant in run.plan.grants)
        _say(
            f"  and in {len(run.mesh.warehouses)} warehouses with {shares} datashares, by every path: {asked:,} columns"
        )
        _say(f"  (proven in {time.monotonic() - started:.0f} s)")

    def prove_nothing_to_do(self) -> None:
        """Raises DifferenceError when Terraform would still change something."""
        started = time.monotonic()
        if changed := self.company.deployment.second_plans(self.now):
            raise DifferenceError("\n".join(f"{stack}:\n{text}" for stack, text in changed.items()))
        _say(f"  a second plan of each stack is empty ({time.monotonic() - started:.0f} s)")


def main() -> int:
    started = time.monotonic()
    if not CDKTF.exists() or shutil.which("terraform") is None:
        print("deploy-emulated: cdktf or terraform is missing; run `make deploy-emulated`", file=sys.stderr)
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="meshwarden-emulated-") as folder:
            _tell(copy_project(ROOT, Path(folder) / "project"))
    except (DifferenceError, DeployFailedError) as error:
        print(f"deploy-emulated: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"\nThat took {time.monotonic() - started:.0f} seconds.")
    return 0


def _tell(project: Path) -> None:
    _chapter("An emulated AWS: accounts with data, onboarded by their own administrators")
    with company_of(project, NOW, _say) as company:
        story = Story(company, {}, NOW)
        story.deploy("The whole mesh is deployed")
        story.prove_nothing_to_do()
        for agreement in REVOKED:
            revoke(project, agreement, NOW)
        story.deploy(f"Agreements {' and '.join(REVOKED)} are revoked")
        for agreement in NARROWED:
            change(
                project, f"mesh/agreements/{agreement}.yaml", version=2, max_classification="internal", personal=False
            )
            sign(project, agreement, NOW)
        story.deploy(f"Agreements {' and '.join(NARROWED)} are narrowed")
        _add(project)
        story.deploy("What was revoked is agreed anew")
        for persona in SUSPENDED:
            change(project, f"personas/{persona}.yaml", suspended=True)
        story.deploy(f"Personas {' and '.join(SUSPENDED)} are suspended")
        _lonely(story)
        over = next(item.end for item in run_line(project, NOW).plan.entitlements if item.agreement == ENDED)
        story.deploy(f"Agreement {ENDED} ends, as others have before", over)
        story.prove_nothing_to_do()
        _chapter("Everything is destroyed")
        company.destroy(story.now)
        if left := company.left():
            raise DifferenceError("destroy left\n" + "\n".join(left))
        _say(f"  nothing is left; AWS was called {len(company.cloud.world.trail):,} times")


def _add(project: Path) -> None:
    """The revoked agreements are asked for anew, and signed."""
    history = [{"state": "pending", "at": "2026-06-01T08:00:00Z"}, {"state": "active", "at": "2026-06-01T08:30:00Z"}]
    for agreement in REVOKED:
        copy_agreement(project, agreement, f"{agreement}-again", history=history)
        sign(project, f"{agreement}-again", parse_instant("2026-06-01T08:15:00Z"))


def _lonely(story: Story) -> None:
    """Every agreement of one account is revoked: no grant, link or session policy stays there."""
    project = story.company.project
    mesh = run_line(project, NOW).mesh
    for agreement in mesh.agreements:
        if agreement.accounts == (LONELY,) and agreement.state_at(NOW) == "active":
            revoke(project, agreement.id, NOW)
    story.deploy(f"The only agreements of account {LONELY} are revoked")
    left = [item for item in story.company.left() if LONELY in item]
    if found := [item for item in left if any(word in item for word in ("holds", "link", "opt-in", "mw-session"))]:
        raise DifferenceError("left in the account\n" + "\n".join(found))
    _say(f"  no grant, link, opt-in or session policy is left there, but {len(left)} roles without rights")


def _chapter(title: str) -> None:
    print(f"\n{title}", flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
