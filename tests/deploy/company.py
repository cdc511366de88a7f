"""A company in the emulated AWS that has taken Meshwarden up: its project, its accounts, and what its people run."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from engine.grants.datashare.reconciler import BOUNDARY
from engine.model.instants import format_instant
from engine.model.plan import Plan
from engine.onboard.roles import Onboarding, onboarding
from engine.onboard.stack import onboarding_stack
from engine.run import run_line
from engine.sources.deployment import Deployment as Settings
from engine.sources.deployment import load_deployment
from tests.deploy.cloud import Cloud, cloud_of, expected_reads
from tests.deploy.deployment import TERRAFORM_CONFIGURATION, DeployFailedError, Deployment
from tests.deploy.projects import ROOT
from tests.deploy.warehouses import misselected, namespace_of, run_by_hand
from tests.emulator.catalog import Catalog
from tests.emulator.identity import Credentials
from tests.emulator.lakeformation.state import Lake
from tests.emulator.lambda_service.state import Functions

MESHWARDEN = ROOT / ".venv" / "bin" / "meshwarden"


@dataclass(frozen=True)
class Company:
    project: Path
    cloud: Cloud
    settings: Settings
    deployment: Deployment

    def plan(self, now: datetime) -> Plan:
        """What should stand."""
        return run_line(self.project, now).plan

    def deploy(self, now: datetime, *stacks: str) -> dict[str, float]:
        """Deploys at `now`, which is AWS's present from then on."""
        self.cloud.world.set_now(now)
        return self.deployment.deploy(now, stacks or ("*",))

    def destroy(self, now: datetime) -> dict[str, float]:
        return self.deployment.destroy(now)

    def drift(self, now: datetime, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`meshwarden drift` by the pipeline that plans."""
        return self.meshwarden("drift", "-C", str(self.project), "--now", format_instant(now), *arguments)

    def cut(self, agreement: str, now: datetime) -> subprocess.CompletedProcess[str]:
        """`meshwarden cut` by the pipeline that applies."""
        self.cloud.world.set_now(now)
        arguments = ("cut", agreement, "-C", str(self.project), "--now", format_instant(now))
        return self.meshwarden(*arguments, credentials=self.pipeline("apply"))

    def meshwarden(self, *arguments: str, credentials: Credentials | None = None) -> subprocess.CompletedProcess[str]:
        environment = self.cloud.server.environment(credentials or self.pipeline("plan"))
        return subprocess.run(
            [str(MESHWARDEN), *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
        )

    def pipeline(self, kind: str) -> Credentials:
        assert self.settings.pipeline is not None
        return self.cloud.run_as(getattr(self.settings.pipeline, kind)[0])

    def misread(self, plan: Plan) -> list[str]:
        """Every session of every access role, with and without each session policy, that reads other than it should.

        All tables and columns of the mesh are asked. A role to which nothing is granted has to be refused.
        """
        return [*self.misread_in_lake(plan), *misselected(self.cloud, plan)[0]]

    def misread_in_lake(self, plan: Plan) -> list[str]:
        """Of those, what is read in the lake."""
        wrong = []
        for role in plan.access_roles:
            policies = [None, *(item for item in plan.session_policies if item.role == role.id)]
            for policy in policies:
                should = expected_reads(plan, role.id, policy.product if policy else None)
                reads = self.cloud.reads_of(role, policy.arn if policy else None)
                if reads != should:
                    wrong.append(f"{role.id} under {policy.id if policy else 'no policy'}: {reads}, should be {should}")
        return wrong

    def left(self) -> list[str]:
        """What of Meshwarden's is left in the accounts, in words."""
        return [
            *_left_in_lakes(self.cloud),
            *_left_in_catalogs(self.cloud),
            *_left_in_iam(self.cloud),
            *_left_in_warehouses(self.cloud),
            *_left_of_functions(self.cloud),
        ]


@contextmanager
def company_of(
    project: Path, now: datetime, say: Callable[[str], None] = lambda _: None, *, by_hand: bool = False
) -> Iterator[Company]:
    """The accounts of a project's mesh, with data, onboarded by their administrators.

    They apply what `meshwarden onboard` writes; `by_hand` without Terraform, which takes some ten seconds an account.
    """
    mesh, settings = run_line(project, now).mesh, load_deployment(project)
    with cloud_of(mesh, settings, now) as cloud:
        for account in mesh.accounts:
            if set(account.roles) != {"producer"} or any(item.account == account.id for item in mesh.warehouses):
                if by_hand:
                    _onboard_by_hand(cloud, onboarding(mesh, settings, account))
                else:
                    _onboard(project, cloud, account.id)
                say(f"account {account.id} onboarded")
        assert settings.pipeline is not None
        pipeline = settings.pipeline.apply[0]
        deployment = Deployment(project, lambda: cloud.server.environment(cloud.run_as(pipeline)), say)
        yield Company(project, cloud, settings, deployment)


def _onboard(project: Path, cloud: Cloud, account: str) -> None:
    """The account's administrator applies what `meshwarden onboard` writes."""
    folder = project / "onboarding" / account
    folder.parent.mkdir(exist_ok=True)
    environment = os.environ | cloud.server.environment(cloud.administrators[account])
    environment |= {"TF_CLI_CONFIG_FILE": str(TERRAFORM_CONFIGURATION), "CHECKPOINT_DISABLE": "1"}
    for command, at in (
        ([str(MESHWARDEN), "onboard", account, "-C", str(project), "--out", str(folder)], project),
        (["terraform", "init", "-input=false", "-no-color"], folder),
        (["terraform", "apply", "-auto-approve", "-input=false", "-no-color"], folder),
    ):
        done = subprocess.run(command, cwd=at, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DeployFailedError(f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    for warehouse in cloud.mesh.warehouses:
        if warehouse.account == account:
            _run_text(cloud, warehouse.id, (folder / f"warehouse-{warehouse.id}.sql").read_text())


def _onboard_by_hand(cloud: Cloud, item: Onboarding) -> None:
    """The same roles, policies and rights as in the files."""
    stack = json.loads(onboarding_stack(item))["resource"]
    iam = cloud.client("iam", item.account)
    for role in stack["aws_iam_role"].values():
        iam.create_role(RoleName=role["name"], AssumeRolePolicyDocument=_read_by_terraform(role["assume_role_policy"]))
    for policy in stack["aws_iam_role_policy"].values():
        held = {"RoleName": policy["role"], "PolicyName": policy["name"]}
        iam.put_role_policy(**held, PolicyDocument=_read_by_terraform(policy["policy"]))
    for policy in stack.get("aws_iam_policy", {}).values():
        iam.create_policy(PolicyName=policy["name"], PolicyDocument=_read_by_terraform(policy["policy"]))
    for setup in item.warehouses:
        _run_text(cloud, setup.warehouse, setup.text)


def _read_by_terraform(text: str) -> str:
    return text.replace("$${", "${")


def _run_text(cloud: Cloud, warehouse: str, text: str) -> None:
    """A superuser of the warehouse runs what `meshwarden onboard` wrote for it."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    statements = [statement.strip() for statement in "\n".join(lines).split(";\n")]
    run_by_hand(cloud, warehouse, *(statement.removesuffix(";") for statement in statements if statement))


def _left_in_lakes(cloud: Cloud) -> Iterator[str]:
    for (account, region), lake in cloud.world.states(Lake).items():
        for principal, key, held in lake.grants:
            if ":role/mw." in principal:
                yield f"{account} {region}: {principal} holds {sorted(held.permissions)} on {key}"
        yield from (f"{account} {region}: location {arn}" for arn in lake.locations)
        yield from (f"{account} {region}: opt-in {principal} {key}" for principal, key in lake.opt_ins)
        yield from (f"{account} {region}: LF-tag {tag}" for tag in lake.tags if tag.startswith("mw-"))


def _left_in_catalogs(cloud: Cloud) -> Iterator[str]:
    for (account, region), catalog in cloud.world.states(Catalog).items():
        yield from (f"{account} {region}: link {name}" for name, made in catalog.databases.items() if made.target)


def _left_in_iam(cloud: Cloud) -> Iterator[str]:
    for account in cloud.administrators:
        backend = iam_backends[account]["aws"]
        names = [role.name for role in backend.roles.values()]
        names += [policy.name for policy in backend.managed_policies.values()]
        ours = ("mw.", "mw-", "meshwarden-reconciler-")
        yield from (f"{account}: {name}" for name in names if name.startswith(ours) and name != BOUNDARY)


def _left_in_warehouses(cloud: Cloud) -> Iterator[str]:
    """But for users that Redshift itself makes of those who sign in, who hold nothing; what they hold is told."""
    for warehouse in cloud.mesh.warehouses:
        state, where = namespace_of(cloud, warehouse.id).state, f"warehouse {warehouse.id}"
        local = state.databases[warehouse.database]
        named: dict[str, Iterable[str]] = {
            "database": state.databases,
            "schema": local.schemas,
            "datashare": state.shares,
            "role": state.roles,
            "user": state.users,
        }
        for kind, held in named.items():
            yield from (f"{where}: {kind} {name}" for name in held if name.startswith("mw_"))
        for grant in state.grants:
            if grant.grantee.name.startswith(("mw_", "IAMR:mw.")):
                yield f"{where}: {grant.grantee.name} holds {grant.privilege} on {grant.on}"


def _left_of_functions(cloud: Cloud) -> Iterator[str]:
    for (account, region), functions in cloud.world.states(Functions).items():
        yield from (f"{account} {region}: function {name}" for name in functions.by_name)
        for name in logs_backends[account][region].groups:
            yield f"{account} {region}: log group {name}"
