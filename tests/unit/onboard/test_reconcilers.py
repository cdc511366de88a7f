"""What both roles may do for reconcilers: enough for what is planned, nothing beside; and what bounds a reconciler."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.grants.datashare.compile import warehouse_plans
from engine.grants.datashare.invocations import shares
from engine.grants.datashare.reconciler import Reconciler, namespace_arn, reconcilers, share_arn
from engine.model.mesh import Mesh
from engine.model.plan import Document, Plan
from engine.onboard.permission import Permission
from engine.onboard.reconcilers import reconcilers_of
from engine.onboard.roles import onboarding
from engine.run import run_line
from engine.sources.deployment import load_deployment
from tests.unit.onboard.test_onboard import CONSUMER, DEPLOY, PLAN, PRODUCER, ROOT, allows, of, role


@pytest.fixture(scope="module")
def line() -> tuple[Mesh, Plan]:
    run = run_line(ROOT, datetime(2026, 6, 1, 9, tzinfo=UTC))
    return run.mesh, run.plan


def all_reconcilers(mesh: Mesh) -> tuple[Reconciler, ...]:
    return reconcilers(mesh.accounts, warehouse_plans(mesh))


def test_a_side_stands_where_a_warehouse_is_declared(line: tuple[Mesh, Plan]) -> None:
    assert [(item.account, item.region, item.side) for item in all_reconcilers(line[0])] == [
        (PRODUCER, "eu-west-1", "producer"),
        (PRODUCER, "eu-central-1", "producer"),
        (CONSUMER, "eu-west-1", "consumer"),
        (CONSUMER, "eu-central-1", "consumer"),
    ]


def test_a_suspended_account_is_taken_apart_with_the_same_rights(line: tuple[Mesh, Plan]) -> None:
    mesh, _ = line
    account = mesh.account[PRODUCER].model_copy(update={"suspended": True})
    assert reconcilers([account], warehouse_plans(mesh)) == ()
    assert reconcilers_of(mesh, account) == reconcilers_of(mesh, mesh.account[PRODUCER]) != ()


def test_a_reconcilers_policy_is_within_its_boundary(line: tuple[Mesh, Plan]) -> None:
    mesh, _ = line
    checked = 0
    for item in all_reconcilers(mesh):
        bound = of(mesh, item.account).reconciler_boundary
        for statement in item.permissions:
            checked += within(bound, statement)
    assert checked > 40


def within(bound: Iterable[Permission], statement: Document) -> int:
    """How many (action, resource) of a statement the boundary allows, under the same condition: all.

    A function's session has no tags.
    """
    untagged = {"Null": {"aws:PrincipalTag/RedshiftDbRoles": "true"}}
    actions, resources = listed(statement, "Action"), listed(statement, "Resource")
    for action in actions:
        for resource in resources:
            same = [item for item in bound if item.condition in (statement.get("Condition"), untagged)]
            assert allows(same, action, resource), (action, resource)
    return len(actions) * len(resources)


def listed(statement: Document, key: str) -> list[str]:
    found = statement[key]
    assert isinstance(found, list)
    return found


def test_nothing_is_within_the_boundary_that_no_reconciler_needs(line: tuple[Mesh, Plan]) -> None:
    mesh, _ = line
    for account in (PRODUCER, CONSUMER):
        needed = [
            (action, resource)
            for item in all_reconcilers(mesh)
            if item.account == account
            for statement in item.permissions
            for action in listed(statement, "Action")
            for resource in listed(statement, "Resource")
        ]
        bounded = [
            (action, resource)
            for permission in of(mesh, account).reconciler_boundary
            for action in permission.actions
            for resource in permission.resources
        ]
        assert set(bounded) == set(needed)


def test_what_the_plan_shares_is_within_reach(line: tuple[Mesh, Plan]) -> None:
    mesh, plan = line
    crossing = [share for share in shares(plan) if share.crosses]
    assert crossing
    for share in crossing:
        arn = share_arn(share.producer, share.target.name)
        (lets,) = having(mesh, share.producer.account, "redshift:AuthorizeDataShare")
        assert allows([lets], "redshift:AuthorizeDataShare", arn)
        assert condition(lets, "redshift:ConsumerIdentifier") == [share.consumer.account]
        cuts = having(mesh, share.producer.account, "redshift:DeauthorizeDataShare")
        assert allows(cuts, "redshift:DeauthorizeDataShare", arn)
        (takes,) = having(mesh, share.consumer.account, "redshift:AssociateDataShareConsumer")
        assert allows([takes], "redshift:AssociateDataShareConsumer", arn)
        assert namespace_arn(share.consumer) in condition(takes, "redshift:ConsumerArn")


def having(mesh: Mesh, account: str, action: str) -> list[Permission]:
    return [item for item in role(of(mesh, account), DEPLOY).permissions if action in item.actions]


def condition(permission: Permission, key: str) -> list[str]:
    held: Any = permission.condition
    assert held.keys() == {"StringEquals"}
    assert held["StringEquals"].keys() == {key}
    found: list[str] = held["StringEquals"][key]
    return found


def test_who_plans_calls_readers_and_who_deploys_calls_the_others(line: tuple[Mesh, Plan]) -> None:
    mesh, _ = line
    for item in all_reconcilers(mesh):
        arns = {name: f"arn:aws:lambda:{item.region}:{item.account}:function:{name}" for name in item.functions}
        for assumed, called in ((PLAN, item.reader), (DEPLOY, item.function)):
            permissions = role(of(mesh, item.account), assumed).permissions
            for name, arn in arns.items():
                assert allows(permissions, "lambda:InvokeFunction", arn) is (name == called)
            assert not allows(permissions, "lambda:InvokeFunction", arns[called].replace("meshwarden-", "other-"))


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PassRole", "role/meshwarden-deploy"),
        ("iam:PassRole", "role/mw.analyst.modelling"),
        ("iam:PutRolePolicy", "role/meshwarden-deploy"),
        ("iam:PutRolePolicy", "role/mw.analyst.modelling"),
        ("iam:AttachRolePolicy", "role/meshwarden-reconciler-eu-west-1-producer"),
        ("iam:DeleteRolePermissionsBoundary", "role/meshwarden-reconciler-eu-west-1-producer"),
        ("iam:CreatePolicyVersion", "policy/meshwarden-reconciler-boundary"),
    ],
)
def test_a_reconciler_raises_nobody(line: tuple[Mesh, Plan], action: str, resource: str) -> None:
    for assumed in of(line[0], PRODUCER).roles:
        assert not allows(assumed.permissions, action, f"arn:aws:iam::{PRODUCER}:{resource}")


def test_a_role_is_made_bounded_and_handed_to_lambda_alone(line: tuple[Mesh, Plan]) -> None:
    boundary = f"arn:aws:iam::{PRODUCER}:policy/meshwarden-reconciler-boundary"
    for action in ("iam:CreateRole", "iam:PutRolePolicy"):
        (found,) = having(line[0], PRODUCER, action)
        assert found.condition == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    (passes,) = having(line[0], PRODUCER, "iam:PassRole")
    assert passes.condition == {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    assert passes.resources == tuple(item.role_arn for item in all_reconcilers(line[0]) if item.account == PRODUCER)


def test_a_producer_reads_nothing_of_a_lake(line: tuple[Mesh, Plan]) -> None:
    item = onboarding(line[0], load_deployment(ROOT), line[0].account[PRODUCER])
    assert item.boundary == ()
    actions = {action for assumed in item.roles for permission in assumed.permissions for action in permission.actions}
    assert not [action for action in actions if action.startswith(("lakeformation:", "glue:", "ram:"))]
