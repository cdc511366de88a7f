"""An account, a domain or a region leaves in two steps: it is suspended and deployed, then removed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cdktf_app.layout import StackPlan
from cdktf_app.leaving import check_states, record_stacks
from cdktf_app.main import prepare
from engine.errors import PlanError
from engine.model.mesh import Mesh
from engine.registry.stacks import of_warehouse
from engine.run import stack_store
from tests.synth.small import CONSUMER, IDLE, MESH, PRODUCER, stacks
from tests.synth.test_main import AT, copy_project

REGIONS = "name: analytics-prod\n    environment: prod\n    regions: [eu-west-1, eu-central-1]\n"


def without_consumer() -> Mesh:
    """The small mesh, with its consumer suspended."""
    account = MESH.account[CONSUMER].model_copy(update={"suspended": True})
    accounts = tuple(account if each.id == CONSUMER else each for each in MESH.accounts)
    return MESH.model_copy(update={"accounts": accounts})


def held(mesh: Mesh) -> set[str]:
    return {stack.name for stack in stacks((), mesh) if stack.holds}


def test_the_stacks_of_a_suspended_account_are_empty() -> None:
    assert f"{CONSUMER}-roles" in held(MESH)
    assert not any(CONSUMER in name for name in held(without_consumer()))
    assert f"{IDLE}-roles" in held(without_consumer())


@pytest.mark.parametrize("change", [{"suspended": True}, {"suspended_regions": ("eu-west-1",)}])
def test_the_stack_of_a_suspended_domain_is_empty(change: dict[str, object]) -> None:
    domain = MESH.domain["lending"].model_copy(update=change)
    mesh = MESH.model_copy(update={"domains": (MESH.domain["claims"], domain)})
    assert "governance-eu-west-1-lending" in held(MESH)
    assert held(mesh) == held(MESH) - {"governance-eu-west-1-lending"}


def test_every_kind_of_stack_that_holds_something_says_what_it_leaves_with(tmp_path: Path) -> None:
    record_stacks(tmp_path, stacks())
    assert stack_store(tmp_path).held() == {
        f"{CONSUMER}-roles": f"consumer account `{CONSUMER}`",
        f"{IDLE}-roles": f"consumer account `{IDLE}`",
        f"{CONSUMER}-eu-west-1-consumer": f"region `eu-west-1` of consumer account `{CONSUMER}`",
        f"{PRODUCER}-eu-west-1-producer": f"region `eu-west-1` of producer account `{PRODUCER}`",
        "governance-eu-central-1-claims": "region `eu-central-1` of domain `claims`",
        "governance-eu-west-1-lending": "region `eu-west-1` of domain `lending`",
        f"{PRODUCER}-eu-west-1-producer lending-dwh": of_warehouse(MESH.warehouse["lending-dwh"]),
        f"{CONSUMER}-eu-west-1-consumer analytics": of_warehouse(MESH.warehouse["analytics"]),
    }


@pytest.mark.parametrize("change", [{"suspended": True}, {"suspended_regions": ("eu-west-1",)}])
def test_the_reconciler_of_a_suspended_producer_goes(change: dict[str, object]) -> None:
    account = MESH.account[PRODUCER].model_copy(update=change)
    accounts = tuple(account if each.id == PRODUCER else each for each in MESH.accounts)
    assert held(MESH) - held(MESH.model_copy(update={"accounts": accounts})) == {f"{PRODUCER}-eu-west-1-producer"}


def test_what_is_only_planned_is_not_taken_for_deployed(tmp_path: Path) -> None:
    record_stacks(tmp_path, stacks())
    deployed = stack_store(tmp_path).held()
    record_stacks(tmp_path, [replace(stack, reading=True) for stack in stacks(())])
    assert stack_store(tmp_path).held() == deployed
    record_stacks(tmp_path, stacks(()))
    assert stack_store(tmp_path).held() != deployed


def test_a_region_leaves_in_two_steps(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    warehouses = project / "mesh" / "warehouses.yaml"
    declared = warehouses.read_text()
    elsewhere = declared.partition("  - id: analytics-frankfurt")[0]
    accounts = project / "mesh" / "accounts.yaml"
    whole = accounts.read_text()
    assert whole.count(REGIONS) == 1
    removed = whole.replace(REGIONS, REGIONS.replace(", eu-central-1", ""))
    suspending = whole.replace(REGIONS, f"{REGIONS}    suspended_regions: [eu-central-1]\n")

    record_stacks(project, prepare(project, {}, AT)[0])
    warehouses.write_text(elsewhere)
    accounts.write_text(removed)
    with pytest.raises(
        PlanError, match="region `eu-central-1` of consumer account `300000000001` is no longer declared"
    ):
        prepare(project, {}, AT)
    warehouses.write_text(declared)
    accounts.write_text(suspending)
    record_stacks(project, prepare(project, {}, AT)[0])
    warehouses.write_text(elsewhere)
    accounts.write_text(removed)
    assert "300000000001-eu-central-1-consumer" not in {stack.name for stack in prepare(project, {}, AT)[0]}


def state(root: Path, name: str, *types: str) -> None:
    (root / "state").mkdir(exist_ok=True)
    resources = [{"type": type, "name": "one", "instances": [{}]} for type in types]
    (root / "state" / f"{name}.tfstate").write_text(json.dumps({"version": 4, "resources": resources}))


def few() -> list[StackPlan]:
    return [stack for stack in stacks() if CONSUMER not in stack.name]


def test_a_local_state_of_a_stack_that_is_gone_is_noticed(tmp_path: Path) -> None:
    state(tmp_path, f"{CONSUMER}-roles", "aws_iam_role")
    check_states(tmp_path, stacks())
    with pytest.raises(PlanError, match=f"and stack `{CONSUMER}-roles` holds something, which Terraform would keep"):
        check_states(tmp_path, few())


def test_an_empty_state_has_left_and_so_have_lake_settings(tmp_path: Path) -> None:
    state(tmp_path, f"{CONSUMER}-roles")
    state(tmp_path, f"{CONSUMER}-eu-west-1-consumer", "aws_lakeformation_data_lake_settings")
    check_states(tmp_path, few())
    check_states(tmp_path / "elsewhere", few())


def test_a_state_that_cannot_be_read_stops(tmp_path: Path) -> None:
    state(tmp_path, f"{CONSUMER}-roles")
    (tmp_path / "state" / f"{CONSUMER}-roles.tfstate").write_text("{")
    with pytest.raises(PlanError, match="no state of Terraform, so nobody knows what it holds"):
        check_states(tmp_path, few())
