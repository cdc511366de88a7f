"""Which stacks there are and what stands in each; no cdktf runs here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdktf_app.layout import as_terraform_reads, lay_out
from engine.errors import PlanError
from engine.grants.datashare.reconciler import reconcilers
from engine.model.facts import Domain
from engine.model.plan import write_plan
from tests.synth.small import ENTITLED, MESH, NEW, plan, stacks

ROLES = ("300000000003-roles", "300000000004-roles")
STACKS = {
    "300000000003-roles": (),
    "300000000004-roles": (),
    "governance-eu-west-1": ROLES,
    "governance-eu-central-1": ROLES,
    "governance-eu-central-1-claims": ("governance-eu-central-1",),
    "governance-eu-west-1-claims": ("governance-eu-west-1",),
    "governance-eu-west-1-lending": ("governance-eu-west-1",),
    "200000000002-eu-west-1-producer": ("governance-eu-west-1-claims", "governance-eu-west-1-lending"),
    "300000000003-eu-west-1-consumer": ("200000000002-eu-west-1-producer",),
    "300000000003-eu-central-1-consumer": ("governance-eu-central-1-claims",),
    "300000000004-eu-west-1-consumer": ("200000000002-eu-west-1-producer",),
}
"""Every declared stack, and what is deployed before it."""


def test_every_declared_stack_is_there_in_the_order_of_deployment() -> None:
    laid = stacks()
    assert {stack.name: stack.after for stack in laid} == STACKS
    assert [stack.name for stack in laid] == list(STACKS)


def test_a_consumer_with_a_warehouse_waits_for_producers_in_other_regions_too() -> None:
    """Datashares cross regions: a database is made of one that must be there, and outlives its end at the producer."""
    moved = MESH.warehouse["analytics"].model_copy(update={"region": "eu-central-1"})
    laid = stacks((), mesh=MESH.model_copy(update={"warehouses": (moved, MESH.warehouse["lending-dwh"])}))
    after = {stack.name: stack.after for stack in laid}
    assert after["300000000003-eu-central-1-consumer"] == (
        "governance-eu-central-1-claims",
        "200000000002-eu-west-1-producer",
    )
    assert after["300000000004-eu-west-1-consumer"] == STACKS["300000000004-eu-west-1-consumer"]


def test_stacks_do_not_depend_on_grants() -> None:
    assert [stack.name for stack in stacks(())] == [stack.name for stack in stacks((*ENTITLED, NEW))]


def test_there_is_no_stack_where_there_is_no_central_catalog() -> None:
    elsewhere = Domain(id="claims", title="Claims", regions=("eu-central-1", "eu-west-1", "us-east-1"))
    mesh = MESH.model_copy(update={"domains": (elsewhere, MESH.domain["lending"])})
    assert [stack.name for stack in stacks(mesh=mesh)] == list(STACKS)


def test_a_stack_is_in_its_own_account_and_region() -> None:
    places = {stack.name: (stack.account, stack.region) for stack in stacks()}
    assert places["300000000003-roles"] == ("300000000003", "eu-west-1")
    assert places["governance-eu-central-1-claims"] == ("100000000001", "eu-central-1")
    assert places["300000000003-eu-central-1-consumer"] == ("300000000003", "eu-central-1")


def test_all_of_the_plan_stands_in_exactly_one_stack() -> None:
    whole, laid = as_terraform_reads(write_plan(plan((*ENTITLED, NEW)))), stacks((*ENTITLED, NEW))
    for held, all_of in (
        ([item for stack in laid for item in stack.keys], whole.ontology),
        ([item for stack in laid for item in stack.assignments], whole.assignments),
        ([item for stack in laid for item in stack.locations], whole.locations),
        ([item for stack in laid for item in stack.roles], whole.access_roles),
        ([item for stack in laid for item in stack.session_policies], whole.session_policies),
        ([item for stack in laid for item in stack.links], whole.links),
        ([item for stack in laid for item in stack.opt_ins], whole.opt_ins),
        (
            [item for stack in laid for item in stack.grants],
            tuple(grant for grant in whole.grants if grant.kind != "datashare"),
        ),
        ([stack.reconciler for stack in laid if stack.reconciler], reconcilers(MESH.accounts, whole.warehouses)),
    ):
        assert all_of
        assert len(held) == len(all_of)
        assert all(item in held for item in all_of)


def test_a_datashare_stands_in_its_producers_and_its_consumers_stack() -> None:
    (grant,) = (grant for grant in plan().grants if grant.kind == "datashare")
    found = [(stack.name, share.grant) for stack in stacks() for share in stack.shares]
    assert found == [("200000000002-eu-west-1-producer", grant), ("300000000003-eu-west-1-consumer", grant)]


def test_reconcilers_do_not_depend_on_grants() -> None:
    laid = {stack.name: stack.reconciler for stack in stacks(())}
    assert laid == {stack.name: stack.reconciler for stack in stacks()}
    assert {name for name, item in laid.items() if item} == {
        "200000000002-eu-west-1-producer",
        "300000000003-eu-west-1-consumer",
    }


def test_a_datashare_without_a_reconciler_is_refused() -> None:
    whole = plan()
    account = MESH.account["300000000003"].model_copy(update={"suspended_regions": ("eu-west-1",)})
    mesh = MESH.model_copy(update={"accounts": tuple({**MESH.account, account.id: account}.values())})
    with pytest.raises(PlanError, match="stack `300000000003-eu-west-1-consumer` has datashares, and its account and"):
        lay_out(mesh, whole)


@pytest.mark.parametrize("lacking", ["warehouses", "warehouse_tables"])
def test_a_datashare_that_lacks_its_facts_is_refused(lacking: str) -> None:
    facts: dict[str, Any] = {lacking: ()}
    with pytest.raises(PlanError, match=r"which the plan lacks|of which the plan lacks the place"):
        lay_out(MESH, replace(plan(), **facts))


def test_what_nobody_declares_has_no_stack() -> None:
    whole = plan()
    for account in ("400000000005", "200000000002"):
        stray = replace(whole, access_roles=(replace(whole.access_roles[0], account=account),))
        with pytest.raises(PlanError, match=f"access role `.*` belongs to stack `{account}-roles`, which no account"):
            lay_out(MESH, stray)


def test_the_central_catalog_is_the_governance_accounts() -> None:
    whole = plan()
    by_tags = next(grant for grant in whole.grants if grant.kind == "lf_tag")
    with pytest.raises(PlanError, match=r"grant `lf_tag/.*` belongs to stack `governance-eu-west-1-lending`"):
        lay_out(MESH, replace(whole, grants=(replace(by_tags, account="200000000002"),)))


def test_a_grant_on_a_link_that_is_not_there_is_refused() -> None:
    with pytest.raises(PlanError, match="is on link `lending__loans`, which the plan lacks"):
        lay_out(MESH, replace(plan(), links=()))


def test_a_grant_on_a_product_without_tags_is_refused() -> None:
    with pytest.raises(PlanError, match="is on product `lending/payments`, which the plan does not tag"):
        lay_out(MESH, replace(plan(), assignments=()))


def test_what_cdktf_would_replace_is_refused() -> None:
    text = write_plan(plan()).replace(b"anal", b"${TfToken[TOKEN.0]}")
    with pytest.raises(PlanError, match=r"`TfToken\["):
        as_terraform_reads(text)
