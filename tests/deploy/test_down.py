"""A consumer account that is down: access still ends where the data is, and what is left is said.

One story, told in order: each test takes the accounts as the one before left them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto.iam.models import iam_backends

from tests.deploy.company import Company
from tests.deploy.conftest import NOW
from tests.deploy.deployment import DeployFailedError
from tests.deploy.projects import revoke
from tests.emulator.world import Event

GOVERNANCE, PRODUCER, CONSUMER = "100000000001", "200000000001", "300000000001"
ALONE = ("governance-*", f"{PRODUCER}-*-producer", "--ignore-missing-stack-dependencies")
"""As docs/deploy.md has it."""
REPORTING = "mw__analyst__reporting__servicing___collections"


def test_all_stands(company: Company) -> None:
    company.deploy(NOW)
    assert company.misread(company.plan(NOW)) == []


def test_a_cut_needs_the_governance_account_alone(company: Company) -> None:
    before = len(company.cloud.world.trail)
    with _down():
        done = company.cut("scores", NOW)
    assert (done.returncode, done.stderr) == (0, "")
    assert "links and policies are still there" in done.stdout
    assert _assumed(company.cloud.world.trail[before:]) == {f"arn:aws:iam::{GOVERNANCE}:role/meshwarden-deploy"}
    assert company.misread(company.plan(NOW)) == []


def test_a_cut_of_what_a_warehouse_shares_needs_its_producer_alone(company: Company) -> None:
    before = len(company.cloud.world.trail)
    with _down():
        done = company.cut("collections-modelling", NOW)
    assert done.returncode == 0, done.stderr
    assert f"account {CONSUMER}" in done.stdout
    succeeded = _assumed([event for event in company.cloud.world.trail[before:] if event.error_code is None])
    assert succeeded == {f"arn:aws:iam::{PRODUCER}:role/meshwarden-deploy"}
    assert company.misread(company.plan(NOW)) == []


def test_a_deploy_of_all_stacks_stops_before_the_data(company: Company) -> None:
    before = company.plan(NOW)
    revoke(company.project, "loans-reporting", NOW)
    revoke(company.project, "collections-reporting", NOW)
    with _down(), pytest.raises(DeployFailedError, match=f"{CONSUMER}-roles"):
        company.deploy(NOW)
    assert company.misread(before) == []


def test_the_stacks_where_the_data_are_revoke_alone(company: Company) -> None:
    before = len(company.cloud.world.trail)
    with _down():
        company.deploy(NOW, *ALONE)
        assert _assumed(company.cloud.world.trail[before:]) == {
            f"arn:aws:iam::{account}:role/meshwarden-deploy" for account in (GOVERNANCE, PRODUCER)
        }
        told = company.drift(NOW)
    assert company.misread(company.plan(NOW)) == []
    # what the two accounts hold is as planned; what is left in the third nobody could look at
    assert told.returncode == 1
    assert "no drift; 1 account not seen" in told.stdout
    assert f"account {CONSUMER}: AssumeRole: AccessDenied" in told.stderr


def test_what_is_left_is_said_and_leaves_when_the_account_is_back(company: Company) -> None:
    told = company.drift(NOW, "--output", "json")
    assert told.returncode == 2
    left = {
        (item["kind"], item["thing"]["account"], item["thing"]["kind"]) for item in json.loads(told.stdout)["drift"]
    }
    assert {account for _, account, _ in left} == {CONSUMER}
    assert ("excess", CONSUMER, "link") not in left
    assert ("excess", CONSUMER, "Redshift database") in left
    assert [item for item in company.left() if f"database {REPORTING}" in item]
    assert {kind for kind, _, _ in left} <= {"excess", "changed", "missing"}
    company.deploy(NOW)
    assert company.drift(NOW).returncode == 0
    assert company.misread(company.plan(NOW)) == []
    assert not [item for item in company.left() if REPORTING in item or "collections" in item]


@contextmanager
def _down() -> Iterator[None]:
    """Nobody may assume Meshwarden's roles there any more."""
    ours = {"meshwarden-deploy", "meshwarden-plan"}
    roles = [role for role in iam_backends[CONSUMER]["aws"].roles.values() if role.name in ours]
    assert len(roles) == 2
    trusted = [role.assume_role_policy_document for role in roles]
    for role in roles:
        nobody = json.loads(role.assume_role_policy_document)
        nobody["Statement"][0]["Effect"] = "Deny"
        role.assume_role_policy_document = json.dumps(nobody)
    try:
        yield
    finally:
        for role, trust in zip(roles, trusted, strict=True):
            role.assume_role_policy_document = trust


def _assumed(events: list[Event]) -> set[str]:
    """The roles of Meshwarden's that were assumed, or tried."""
    asked = {str(event.parameters["RoleArn"]) for event in events if event.name == "AssumeRole"}
    return {arn for arn in asked if "/meshwarden-" in arn and not arn.endswith("-broker")}
