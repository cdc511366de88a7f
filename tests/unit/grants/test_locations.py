"""S3 locations, opt-ins at hybrid ones, and what Lake Formation hands out for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.grants.equivalence import check_equivalence, compare
from engine.model.mesh import Mesh
from engine.model.plan import LinkTarget, LocationPlan, Plan
from tests import declared
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

ACCOUNT = "300000000001"
ROLE = f"fraud-analyst/fraud-detection/{ACCOUNT}"
ARN = f"arn:aws:iam::{ACCOUNT}:role/mw.fraud-analyst.fraud-detection"
NAMED: Facts = {"agreements": {"loans-for-fraud": {"tables": ["loan"]}}}


def hybrid(changes: Facts | None = None, table: str = "payment") -> Mesh:
    """The small mesh; one table of its product is hybrid."""
    mesh = small_mesh(changes)
    return mesh.model_copy(update={"products": tuple(declared.hybrid(product, table) for product in mesh.products)})


@pytest.mark.parametrize("agreements", [{}, {"agreements": {"loans-for-fraud": None}}])
def test_a_location_stands_whether_anything_is_granted_or_not(agreements: Facts) -> None:
    (location,) = planned(small_mesh(agreements)).locations
    assert location == LocationPlan("eu-west-1", "mortgage", "mortgage/loans", "arn:aws:s3:::lake/loans", hybrid=False)


@pytest.mark.parametrize("change", [{"domain": None}, {"server": None}, {"server": {"location": None}}])
def test_a_product_that_nobody_can_place_has_no_location(change: Facts) -> None:
    assert planned(small_mesh({"products": {"mortgage/loans": change}})).locations == ()


def test_tables_without_a_location_are_granted_to_nobody() -> None:
    plan = planned(small_mesh({"products": {"mortgage/loans": {"server": {"location": None}}}}))
    assert [(item.table, item.limit) for item in plan.unrealised] == [("loan", "location"), ("payment", "location")]
    assert not plan.grants
    check_equivalence(plan)


def test_nobody_is_opted_in_where_nothing_is_hybrid() -> None:
    assert planned(small_mesh()).opt_ins == ()


@pytest.mark.parametrize(("changes", "tables"), [({}, ["loan", "payment"]), (NAMED, ["loan"])])
def test_a_role_is_opted_in_to_the_database_and_each_table_that_it_reads(changes: Facts, tables: list[str]) -> None:
    """Also to the tables that are not hybrid themselves: a location has one mode."""
    plan = planned(hybrid(changes))
    assert [location.hybrid for location in plan.locations] == [True]
    assert [(item.id, item.table) for item in plan.opt_ins] == [
        (f"{ROLE}/mortgage/loans/database", None),
        *((f"{ROLE}/mortgage/loans/table/{table}", table) for table in tables),
    ]
    for item in plan.opt_ins:
        assert (item.account, item.region, item.principal) == (ACCOUNT, "eu-west-1", ARN)
        assert (item.catalog, item.database) == ("100000000001", "mortgage__loans")
    check_equivalence(plan)


def lacking(*tables: str | None) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, opt_ins=tuple(item for item in plan.opt_ins if item.table not in tables))


def stray(plan: Plan) -> Plan:
    return replace(plan, opt_ins=tuple(replace(item, principal=f"{ARN}-2") for item in plan.opt_ins))


def elsewhere(plan: Plan) -> Plan:
    return replace(plan, opt_ins=tuple(replace(item, catalog=ACCOUNT) for item in plan.opt_ins))


def unregistered(plan: Plan) -> Plan:
    return replace(plan, locations=())


@pytest.mark.parametrize(
    ("break_", "unread"),
    [
        (lacking("loan"), {"loan"}),
        (lacking("loan", "payment"), {"loan", "payment"}),
        (lacking(None), {"loan", "payment"}),
        (stray, {"loan", "payment"}),
        (elsewhere, {"loan", "payment"}),
        (unregistered, {"loan", "payment"}),
    ],
)
def test_a_grant_opens_nothing_whose_data_are_not_handed_out(break_: Callable[[Plan], Plan], unread: set[str]) -> None:
    differences = compare(break_(planned(hybrid()))).differences
    assert {(item.kind, item.table) for item in differences} == {("missing", table) for table in unread}


def test_a_location_that_is_not_registered_opens_nothing() -> None:
    differences = compare(unregistered(planned(small_mesh()))).differences
    assert {(item.kind, item.table) for item in differences} == {("missing", "loan"), ("missing", "payment")}


def test_a_grant_on_another_kind_of_thing_is_found() -> None:
    plan = planned(small_mesh(NAMED))
    mistaken = replace(next(grant for grant in plan.grants if grant.kind == "lf_column"), target=LinkTarget("loans"))
    differences = compare(replace(plan, grants=(*plan.grants, replace(mistaken, id="mistaken")))).differences
    assert [(item.kind, item.grant, item.text) for item in differences if item.grant == "mistaken"] == [
        ("excess", "mistaken", "grant `mistaken` is on nothing that a grant of kind `lf_column` is on")
    ]


def test_a_grant_in_excess_is_found_where_nothing_is_handed_out() -> None:
    """What opens nothing today opens something as soon as somebody registers or opts in."""
    plan = planned(hybrid())
    fewer = tuple(replace(item, columns={"loan": item.columns["loan"]}) for item in plan.entitlements)
    differences = compare(lacking("payment")(replace(plan, entitlements=fewer))).differences
    assert {(item.kind, item.table, item.grant) for item in differences if item.column} == {
        ("excess", "payment", f"lf_tag/{ROLE}/mortgage/loans/table")
    }
