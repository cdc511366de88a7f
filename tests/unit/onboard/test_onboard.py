"""The roles that Meshwarden assumes: complete for what is emitted, least, and unable to raise themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from engine.errors import MeshwardenError, TerraformError
from engine.model.mesh import Mesh
from engine.onboard.calls import SHARES_WITHOUT_ARN, TERRAFORM
from engine.onboard.permission import Permission
from engine.onboard.roles import AssumedRole, Onboarding, onboarding
from engine.onboard.stack import PROVIDER_VERSION, onboarding_stack
from engine.opa.bundle import read_lock
from engine.opa.lock import check_stacks, load_lock
from engine.registry.agreements import FileAgreementStore
from engine.run import run_line
from engine.sources.deployment import Backend, Deployment, load_deployment
from engine.sources.load import load_mesh

ROOT = Path(__file__).resolve().parents[3]
GOVERNANCE, PRODUCER, CONSUMER = "100000000001", "200000000001", "300000000001"
FILES_ONLY = "200000000002"
ACCOUNTS = [GOVERNANCE, PRODUCER, CONSUMER]
DEPLOYMENT = load_deployment(ROOT)
LOCK = load_lock(read_lock(ROOT / "policies"))
PLAN, DEPLOY = "meshwarden-plan", "meshwarden-deploy"
READS = re.compile(r"[a-z0-9]+:(Get|List|Describe|Lookup)[A-Za-z]+")


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return load_mesh(ROOT, FileAgreementStore(ROOT).read()).mesh


def of(mesh: Mesh, account: str, deployment: Deployment = DEPLOYMENT) -> Onboarding:
    return onboarding(mesh, deployment, mesh.account[account])


def role(item: Onboarding, name: str) -> AssumedRole:
    return next(role for role in item.roles if role.name == name)


def allows(permissions: Iterable[Permission], action: str, resource: str) -> bool:
    """Whether IAM would allow it, conditions left aside: `*` in a resource stands for any text."""
    return any(
        action in permission.actions and any(fnmatchcase(resource, pattern) for pattern in permission.resources)
        for permission in permissions
    )


@pytest.mark.parametrize("account", ACCOUNTS)
def test_who_plans_cannot_change_and_who_deploys_can_plan(mesh: Mesh, account: str) -> None:
    item = of(mesh, account)
    planning = {action for permission in role(item, PLAN).permissions for action in permission.actions}
    deploying = {action for permission in role(item, DEPLOY).permissions for action in permission.actions}
    assert all(READS.fullmatch(action) for action in planning - {"lambda:InvokeFunction"})
    assert not all(READS.fullmatch(action) for action in deploying)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_each_role_trusts_exactly_its_part_of_the_pipeline(mesh: Mesh, account: str) -> None:
    for name, part in ((PLAN, "plan"), (DEPLOY, "apply")):
        assert role(of(mesh, account), name).trust == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": [f"arn:aws:iam::{GOVERNANCE}:role/meshbank-pipeline-{part}"]},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"sts:ExternalId": "meshbank-7f3a91c2"}},
                }
            ],
        }


def test_every_call_for_what_is_emitted_is_allowed(mesh: Mesh) -> None:
    """Every resource type that the policies know, with every action of it, in one of the accounts."""
    known = LOCK.policies.files["terraform/requirement/known.rego"]
    types = set(re.findall(r'^\t"(aws_\w+|terraform_data)"', known, re.MULTILINE))
    assert types == TERRAFORM.keys()
    deploying = [
        action
        for account in ACCOUNTS
        for permission in role(of(mesh, account), DEPLOY).permissions
        for action in permission.actions
    ]
    for kind, calls in TERRAFORM.items():
        assert {*calls.reads, *calls.changes} <= set(deploying), kind


def test_every_name_of_the_demo_is_within_reach(mesh: Mesh) -> None:
    plan = run_line(ROOT, datetime(2026, 6, 1, 9, tzinfo=UTC)).plan
    checked = 0
    for planned in plan.access_roles:
        deploy = role(of(mesh, planned.account), DEPLOY).permissions
        assert allows(deploy, "iam:CreateRole", planned.arn)
        for name in planned.policies:
            assert allows(deploy, "iam:CreatePolicy", f"arn:aws:iam::{planned.account}:policy/{name}")
            checked += 1
    for policy in plan.session_policies:
        assert allows(role(of(mesh, policy.account), DEPLOY).permissions, "iam:CreatePolicy", policy.arn)
    for link in plan.links:
        deploy = role(of(mesh, link.account), DEPLOY).permissions
        arn = f"arn:aws:glue:{link.region}:{link.account}:database/{link.name}"
        for action in ("glue:CreateDatabase", "glue:GetDatabase", "glue:GetTags", "glue:DeleteDatabase"):
            assert allows(deploy, action, arn)
        assert allows(deploy, "glue:DeleteDatabase", arn.replace(":database/", ":table/") + "/*")
        checked += 1
    assert checked > 10


def test_what_an_access_role_is_given_is_within_its_boundary(mesh: Mesh) -> None:
    plan = run_line(ROOT, datetime(2026, 6, 1, 9, tzinfo=UTC)).plan
    documents: list[tuple[str, Any]] = [
        (planned.account, policy) for planned in plan.access_roles for policy in planned.policies.values()
    ]
    documents += [(policy.account, policy.document) for policy in plan.session_policies]
    assert len(documents) > 10
    for account, document in documents:
        for statement in document["Statement"]:
            for action in statement["Action"]:
                for resource in statement["Resource"]:
                    assert allows(of(mesh, account).boundary, action, resource), (action, resource)


BEYOND = [
    ("iam:CreateRole", f"arn:aws:iam::{CONSUMER}:role/admin"),
    ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{CONSUMER}:role/{DEPLOY}"),
    ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{CONSUMER}:role/{PLAN}"),
    ("iam:AttachRolePolicy", f"arn:aws:iam::{CONSUMER}:role/{DEPLOY}"),
    ("iam:PutRolePolicy", f"arn:aws:iam::{CONSUMER}:role/mw.analyst.modelling"),
    ("iam:PassRole", f"arn:aws:iam::{CONSUMER}:role/mw.analyst.modelling"),
    ("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{CONSUMER}:role/mw.analyst.modelling"),
    ("iam:PutRolePermissionsBoundary", f"arn:aws:iam::{CONSUMER}:role/mw.analyst.modelling"),
    ("iam:CreatePolicyVersion", f"arn:aws:iam::{CONSUMER}:policy/meshwarden-boundary"),
    ("iam:DeletePolicy", f"arn:aws:iam::{CONSUMER}:policy/admin"),
    ("iam:CreateRole", f"arn:aws:iam::{GOVERNANCE}:role/mw.analyst.modelling"),
    ("glue:DeleteDatabase", f"arn:aws:glue:eu-west-1:{CONSUMER}:database/of_others"),
    ("lakeformation:GetDataAccess", "*"),
]


@pytest.mark.parametrize(("action", "resource"), BEYOND)
def test_nothing_else_is_allowed(mesh: Mesh, action: str, resource: str) -> None:
    for assumed in of(mesh, CONSUMER).roles:
        assert not allows(assumed.permissions, action, resource)


def test_a_role_that_it_makes_is_bounded_and_given_our_policies_only(mesh: Mesh) -> None:
    by_action = {
        action: permission
        for permission in role(of(mesh, CONSUMER), DEPLOY).permissions
        for action in permission.actions
    }
    boundary = f"arn:aws:iam::{CONSUMER}:policy/meshwarden-boundary"
    assert by_action["iam:CreateRole"].condition == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    policies = f"arn:aws:iam::{CONSUMER}:policy/mw-access.*"
    assert by_action["iam:AttachRolePolicy"].condition == {"ArnLike": {"iam:PolicyARN": policies}}


def test_what_stands_without_an_arn_is_listed_with_its_source(mesh: Mesh) -> None:
    text = LOCK.policies.files["terraform/requirement/administration.rego"]
    listed = re.search(r"^without_arn := \{([^}]*)\}", text, re.MULTILINE)
    assert listed
    without = {
        action
        for account in ACCOUNTS
        for item in [of(mesh, account)]
        for permission in [
            *item.boundary,
            *item.reconciler_boundary,
            *(each for assumed in item.roles for each in assumed.permissions),
        ]
        for action in permission.actions
        if permission.resources == ("*",)
    }
    own = {action for action in without if action.startswith("redshift-data:")}  # by a condition on whose they are
    assert without - own <= set(re.findall(r'"([^"]+)"', listed[1]))
    assert set(SHARES_WITHOUT_ARN) <= without


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_statement_says_why_and_who_says_so(mesh: Mesh, account: str) -> None:
    for assumed in of(mesh, account).roles:
        assert len({permission.sid for permission in assumed.permissions}) == len(assumed.permissions)
        for permission in assumed.permissions:
            assert permission.why
            assert permission.source.startswith("https://docs.aws.amazon.com/")
            assert re.fullmatch(r"[A-Za-z0-9]+", permission.sid)
            assert list(permission.actions) == sorted(set(permission.actions))


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_stack_passes_the_lock_and_is_reviewable(mesh: Mesh, account: str) -> None:
    text = onboarding_stack(of(mesh, account))
    check_stacks(LOCK, {"onboarding": text})
    stack = json.loads(text)
    assert stack["provider"] == {"aws": [{"region": "eu-west-1", "allowed_account_ids": [account]}]}
    assert stack["resource"]["aws_iam_role"].keys() == {PLAN, DEPLOY}
    assert (
        stack["resource"].get("aws_iam_policy", {}).keys()
        == {
            GOVERNANCE: set(),
            PRODUCER: {"meshwarden-reconciler-boundary"},
            CONSUMER: {"meshwarden-boundary", "meshwarden-reconciler-boundary"},
        }[account]
    )
    assert onboarding_stack(of(mesh, account)) == text


def test_the_lock_notices_a_role_that_could_raise_itself(mesh: Mesh) -> None:
    text = onboarding_stack(of(mesh, CONSUMER)).decode()
    raised = text.replace("role/mw.*", f"role/{DEPLOY}")
    assert raised != text
    with pytest.raises(TerraformError, match=f"`aws_iam_role_policy.{DEPLOY}` does not meet `administration`"):
        check_stacks(LOCK, {"onboarding": raised.encode()})


def test_the_provider_is_the_one_that_stacks_are_pinned_to() -> None:
    golden = ROOT / "tests/synth/golden/governance-eu-west-1.tf.json"
    assert json.loads(golden.read_bytes())["terraform"]["required_providers"]["aws"]["version"] == PROVIDER_VERSION


def test_a_consumer_whose_settings_are_its_own_keeps_them(mesh: Mesh) -> None:
    deployment = DEPLOYMENT.model_copy(update={"lake_admins": ()})
    assert not allows(
        role(of(mesh, CONSUMER, deployment), DEPLOY).permissions, "lakeformation:PutDataLakeSettings", "*"
    )
    assert allows(role(of(mesh, CONSUMER), DEPLOY).permissions, "lakeformation:PutDataLakeSettings", "*")


@pytest.mark.parametrize(
    ("account", "deployment", "said"),
    [
        (FILES_ONLY, DEPLOYMENT, "account `200000000002` is a producer without a warehouse"),
        (CONSUMER, Deployment(external_id="mine"), "has no `pipeline`; without it nobody could be trusted"),
        (CONSUMER, DEPLOYMENT.model_copy(update={"external_id": None}), "has no `external_id`"),
    ],
    ids=["a producer of files", "no pipeline", "no external id"],
)
def test_nobody_is_trusted_by_default(mesh: Mesh, account: str, deployment: Deployment, said: str) -> None:
    with pytest.raises(MeshwardenError, match=said):
        of(mesh, account, deployment)


def test_what_does_not_fit_a_role_stops(mesh: Mesh) -> None:
    regions = tuple(f"eu-west-{number}" for number in range(1, 10)) + tuple(f"us-west-{number}" for number in range(10))
    wide = mesh.account[CONSUMER].model_copy(update={"regions": regions})
    with pytest.raises(MeshwardenError, match=r"`meshwarden-deploy` take \d+ characters.*iam-role-inline-characters"):
        onboarding(mesh, DEPLOYMENT, wide)


def test_what_the_pipeline_needs_for_states_in_a_bucket_is_told_once(mesh: Mesh) -> None:
    key = f"arn:aws:kms:eu-west-1:{GOVERNANCE}:key/0a"
    backend = Backend(kind="s3", bucket="states", region="eu-west-1", key_prefix="mesh", kms_key_arn=key)
    deployment = DEPLOYMENT.model_copy(update={"backend": backend})
    assert of(mesh, GOVERNANCE).pipeline == ()
    assert of(mesh, CONSUMER, deployment).pipeline == ()
    plans, applies = of(mesh, GOVERNANCE, deployment).pipeline
    state, lock = "arn:aws:s3:::states/mesh/a.tfstate", "arn:aws:s3:::states/mesh/a.tfstate.tflock"
    for told in (plans, applies):
        assert told.roles == getattr(DEPLOYMENT.pipeline, "plan" if told is plans else "apply")
        assert allows(told.permissions, "s3:GetObject", state)
        assert allows(told.permissions, "s3:PutObject", state) is (told is applies)
        assert not allows(told.permissions, "s3:DeleteObject", state)
        assert all(allows(told.permissions, f"s3:{action}Object", lock) for action in ("Get", "Put", "Delete"))
        assert allows(told.permissions, "kms:GenerateDataKey", key)
        assert not allows(told.permissions, "s3:GetObject", "arn:aws:s3:::states/other/a.tfstate")
