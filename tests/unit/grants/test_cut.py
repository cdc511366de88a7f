"""What a cut takes and gives, over listings as ListPermissions tells them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import PlanError
from engine.grants.cut import Act, Part, part_of, replacements, revocations
from engine.model.plan import ColumnTarget, Grant, LinkTarget, Plan, TagTarget
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned

AGREEMENT = "loans-for-fraud"
OVER: Facts = {"agreements": {AGREEMENT: {"end": "2026-05-01T00:00:00Z"}}}
BY_NAME: Facts = {"agreements": {AGREEMENT: {"tables": ["loan"]}}}


def listing(plan: Plan) -> list[dict[str, Any]]:
    """The central catalog's grants, as AWS would tell them."""
    return [told(grant) for grant in plan.grants if not isinstance(grant.target, LinkTarget)]


def told(grant: Grant, **changes: Any) -> dict[str, Any]:
    resource: dict[str, Any] = {}
    match grant.target:
        case TagTarget(resource_type, expression):
            tags = [{"TagKey": key, "TagValues": list(values)} for key, values in expression.items()]
            policy = {"CatalogId": grant.account, "ResourceType": resource_type, "Expression": tags}
            resource = {"LFTagPolicy": policy}
        case ColumnTarget(database, table, columns):
            place = {"CatalogId": grant.account, "DatabaseName": database, "Name": table}
            resource = {"TableWithColumns": {**place, "ColumnNames": sorted(columns)}}
        case LinkTarget():
            raise AssertionError("a link is in the consumer's catalog")
    return {
        "Principal": {"DataLakePrincipalIdentifier": grant.principal},
        "Resource": resource,
        "Permissions": sorted(grant.permissions),
        "PermissionsWithGrantOption": [],
    } | changes


def part(facts: Facts | None = None) -> Part:
    mesh = small_mesh(facts)
    return part_of(mesh, mesh.agreement[AGREEMENT])


def requests(acts: list[Act]) -> list[dict[str, Any]]:
    return [act.request["Resource"] for act in acts]


def test_every_grant_of_the_agreement_is_taken_when_nothing_else_needs_it() -> None:
    before, after = planned(small_mesh()), planned(small_mesh(OVER))
    acts = revocations(after, part(), listing(before))
    assert [act.request for act in acts] == [
        {
            "CatalogId": item["Resource"]["LFTagPolicy"]["CatalogId"],
            "Principal": item["Principal"],
            "Resource": item["Resource"],
            "Permissions": item["Permissions"],
        }
        for item in listing(before)
        if item["Principal"]["DataLakePrincipalIdentifier"] in part().principals
    ]
    assert acts
    assert replacements(after, part(), listing(before)) == []


def test_what_another_entitlement_needs_stays() -> None:
    plan = planned(small_mesh())
    assert revocations(plan, part(), listing(plan)) == []


def test_other_principals_and_other_products_are_left_alone() -> None:
    before, after = planned(small_mesh()), planned(small_mesh(OVER))
    elsewhere = replace(part(), principals=frozenset({"arn:aws:iam::300000000001:role/other"}))
    assert revocations(after, elsewhere, listing(before)) == []
    other = replace(part(), product="x", database="x", tag=("mw-product-mortgage", "x"))
    assert revocations(after, other, listing(before)) == []


def test_a_grant_that_no_plan_made_is_taken_too() -> None:
    """A grant by hand on the product's table, to the agreement's role, would outlive a cut that looks at plans."""
    plan = planned(small_mesh())
    (principal,) = part().principals
    by_hand = {
        "Principal": {"DataLakePrincipalIdentifier": principal},
        "Resource": {"Table": {"CatalogId": part().catalog, "DatabaseName": part().database, "Name": "loan"}},
        "Permissions": ["DESCRIBE"],
    }
    assert requests(revocations(plan, part(), [*listing(plan), by_hand])) == [by_hand["Resource"]]


def test_named_columns_that_nothing_needs_any_more_are_taken_alone() -> None:
    plan = planned(small_mesh(BY_NAME))
    (grant,) = [item for item in plan.grants if isinstance(item.target, ColumnTarget)]
    wider = told(grant)
    wider["Resource"]["TableWithColumns"]["ColumnNames"].append("iban")
    others = [item for item in listing(plan) if "TableWithColumns" not in item["Resource"]]
    (act,) = revocations(plan, part(BY_NAME), [*others, wider])
    assert act.request["Resource"]["TableWithColumns"]["ColumnNames"] == ["iban"]
    assert act.request["Permissions"] == ["SELECT"]


def test_permissions_that_nothing_needs_are_taken_alone() -> None:
    plan = planned(small_mesh())
    grants = [item for item in plan.grants if item.principal in part().principals and item.kind == "lf_tag"]
    wider = told(grants[0], Permissions=[*grants[0].permissions, "ALTER"])
    (act,) = revocations(plan, part(), [*map(told, grants[1:]), wider])
    assert act.request["Permissions"] == ["ALTER"]


def test_a_narrower_grant_is_given_before_the_wider_is_taken() -> None:
    wide, narrow = planned(small_mesh()), planned(small_mesh({"agreements": {AGREEMENT: {"personal": False}}}))
    given = replacements(narrow, part(), listing(wide))
    taken = revocations(narrow, part(), listing(wide))
    assert [act.request["Resource"]["LFTagPolicy"]["ResourceType"] for act in given] == ["TABLE"]
    assert [act.request["Resource"]["LFTagPolicy"]["ResourceType"] for act in taken] == ["TABLE"]
    assert given[0].thing != taken[0].thing


def test_a_product_outside_the_lake_is_said_and_not_passed_over() -> None:
    mesh = small_mesh({"products": {"mortgage/loans": {"server": None}}})
    with pytest.raises(PlanError, match="not granted in the lake"):
        part_of(mesh, mesh.agreement[AGREEMENT])
