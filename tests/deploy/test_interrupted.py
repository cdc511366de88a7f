"""Deploys that are killed, or whose calls fail: the next one ends equal to the plan, once what is named is adopted.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys

import pytest

from tests.deploy.company import Company
from tests.deploy.conftest import NOW
from tests.deploy.deployment import DeployFailedError
from tests.deploy.interrupt import kill_at
from tests.emulator.faults import Fault, Kind
from tests.emulator.identity import Credentials

PRODUCER, CONSUMER, REGION = "200000000001", "300000000001", "eu-west-1"
ROLES, DOMAIN, CONSUMERS = f"{CONSUMER}-roles", f"governance-{REGION}-servicing", f"{CONSUMER}-{REGION}-consumer"
PRODUCERS = f"{PRODUCER}-{REGION}-producer"
IAM_MAKES = frozenset({("iam", "CreateRole"), ("iam", "CreatePolicy")})
CHANGES = frozenset({("lakeformation", "GrantPermissions"), ("lakeformation", "AddLFTagsToResource")})


def test_before_the_first_deploy_nothing_is_synthesized(company: Company) -> None:
    told = orphans(company)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "error: nothing is synthesized in `cdktf.out`; run `cdktf synth`\n"


def test_what_was_made_while_the_answer_was_lost_is_named_and_adopted(company: Company) -> None:
    """The provider asks again, hears that it exists, and stops. The lake cannot be seen yet, which is told."""
    fault = Fault("lost answer", every=8, operations=IAM_MAKES)
    company.cloud.world.faults.append(fault)
    with pytest.raises(DeployFailedError, match="EntityAlreadyExists"):
        company.deploy(NOW)
    company.cloud.world.faults.remove(fault)
    stands = {item.partition(": ")[2] for item in company.left()}
    lost = stands - held(company, ROLES)
    assert lost
    assert {re.findall("`(.+)`", name)[0] for name in adopt(company)} == lost
    told = orphans(company)
    assert (told.returncode, told.stdout) == (1, "")
    assert re.search(f"error: account {CONSUMER}, {REGION}: ListLakeFormationOptIns: AccessDenied", told.stderr)


def test_what_was_made_when_all_was_killed_is_named_and_adopted(company: Company) -> None:
    kill_at(company, "CreateLFTag")
    named = adopt(company)
    assert named
    left = [kind for kind in kinds(company.left()) if kind in {"LF-tag", "link"}]
    assert kinds(named) == left == ["LF-tag"] * len(named)


def test_a_function_that_goes_on_when_all_was_killed_needs_no_adoption(company: Company) -> None:
    """Before it makes a datashare it has made the views, and Terraform hears of nothing."""
    kill_at(company, "ExecuteStatement", sql="CREATE DATASHARE")
    assert [item for item in company.left() if "schema mw_" in item]
    assert not [item for item in adopt(company) if "authorization" in item]


def test_all_that_was_made_since_the_state_was_kept_last_is_named_and_adopted(company: Company) -> None:
    """As when the state is in a bucket, into which Terraform writes it now and then."""
    kill_at(company, "CreateDatabase", "CreateLakeFormationOptIn", "AssociateDataShareConsumer")
    for stack in (DOMAIN, PRODUCERS, CONSUMERS):
        (company.project / "state" / f"{stack}.tfstate").unlink()
    named = kinds(adopt(company))
    assert set(named) == {"LF-tag", "association", "authorization", "function", "link", "log", "opt-in", "role"}
    for kind in ("LF-tag", "link"):
        assert named.count(kind) == kinds(company.left()).count(kind)


def test_the_next_deploy_ends_equal_to_the_plan_though_calls_fail(company: Company) -> None:
    """It gives again what stands already: locations, tags, grants, settings."""
    everywhere: tuple[Kind, ...] = ("throttle", "timeout")
    faults = [Fault(kind, every=25, seed=seed) for seed, kind in enumerate(everywhere)]
    faults.append(Fault("concurrent modification", every=5, operations=CHANGES))
    company.cloud.world.faults += faults
    company.deploy(NOW)
    company.cloud.world.faults.clear()
    assert all(fault.struck for fault in faults), faults
    told = company.drift(NOW)
    assert told.returncode == 0, told.stdout + told.stderr
    assert company.misread(company.plan(NOW)) == []
    assert company.deployment.second_plans(NOW) == {}
    assert orphans(company).returncode == 0


def held(company: Company, stack: str) -> set[str]:
    """The names in a stack's state."""
    state = json.loads((company.project / "state" / f"{stack}.tfstate").read_bytes())
    return {each["attributes"].get("name") for item in state["resources"] for each in item["instances"]}


def kinds(told: list[str]) -> list[str]:
    """Of things that are told, their kinds, sorted."""
    words = "LF-tag|link|opt-in|authorization|association|function|log|role"
    return sorted(kind for item in told for kind in re.findall(words, item)[:1])


def orphans(company: Company) -> subprocess.CompletedProcess[str]:
    """`python -m cdktf_app.orphans`, with what the deploy runs with."""
    return subprocess.run(
        [sys.executable, "-m", "cdktf_app.orphans"],
        cwd=company.project,
        env=company.deployment.environment(NOW),
        capture_output=True,
        text=True,
        check=False,
    )


def adopt(company: Company) -> list[str]:
    """Asks for orphans, does what is told of each, and gives what they are."""
    told = orphans(company)
    lines = told.stdout.splitlines()
    named = [line.removeprefix("# ") for line in lines if re.match("# (?!stack |no orphans)", line)]
    assert told.returncode in ({2} if named else {0, 1}), told.stdout + told.stderr
    for line in lines:
        if line.startswith("aws "):
            _take_away(company, shlex.split(line))
    script = "\n".join(line for line in lines if not line.startswith("aws "))
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=company.project,
        env=company.deployment.environment(NOW),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return named


def _take_away(company: Company, command: list[str]) -> None:
    """The AWS CLI's line, run by the role that it names."""
    assert command[1:3] == ["lakeformation", "delete-lake-formation-opt-in"]
    options = dict(zip(command[3::2], command[4::2], strict=True))
    sts = company.cloud.server.client("sts", company.pipeline("apply"))
    role = {"RoleArn": company.settings.deploy_role_arn(CONSUMER), "ExternalId": company.settings.external_id}
    keys = sts.assume_role(**role, RoleSessionName="by-hand")["Credentials"]
    deployer = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    lake = company.cloud.server.client("lakeformation", deployer, options["--region"])
    lake.delete_lake_formation_opt_in(
        Principal=json.loads(options["--principal"]), Resource=json.loads(options["--resource"])
    )
