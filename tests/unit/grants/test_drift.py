"""Drift both ways, over what would have been read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.grants.drift import Drift, Scope, compare_standing, scope_of
from engine.grants.lf_grants_live import IAM_ALLOWED_PRINCIPALS, KIND, thing_of
from engine.live.survey import expected_standing
from engine.model.plan import Plan
from engine.model.standing import Standing, Thing
from engine.sources.deployment import Deployment
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned

MESH = small_mesh()
PLAN: Plan = planned(MESH)
GOVERNANCE = MESH.governance_account.id
EXPECTED: Standing = expected_standing(MESH, PLAN, Deployment())
(DATABASE,) = PLAN.assignments
SYNC = f"arn:aws:iam::{GOVERNANCE}:role/sync"
SCOPE: Scope = scope_of(PLAN, GOVERNANCE, {(GOVERNANCE, DATABASE.region): frozenset({SYNC})}, {})


def drift(found: Standing) -> list[tuple[str, str]]:
    return [(item.kind, item.thing.name) for item in compare_standing(EXPECTED, found, SCOPE)]


def grant(principal: str, resource: str, account: str = GOVERNANCE) -> Standing:
    thing = Thing(KIND, account, DATABASE.region, f"{principal} on {resource}")
    return {thing: {"columns": [], "permissions": ["SELECT"], "grantable": []}}


def test_what_stands_as_planned_is_no_drift() -> None:
    assert len(EXPECTED) > 10
    assert drift(dict(EXPECTED)) == []


@pytest.mark.parametrize("thing", EXPECTED, ids=str)
def test_each_thing_is_missed_when_it_does_not_stand(thing: Thing) -> None:
    (found,) = compare_standing(EXPECTED, {key: value for key, value in EXPECTED.items() if key != thing}, SCOPE)
    assert (found.kind, found.thing, found.expected, found.found) == ("missing", thing, EXPECTED[thing], None)


@pytest.mark.parametrize("thing", EXPECTED, ids=str)
def test_each_thing_that_is_otherwise_is_changed(thing: Thing) -> None:
    other = {**EXPECTED, thing: {**EXPECTED[thing], "touched": True}}
    (found,) = compare_standing(EXPECTED, other, SCOPE)
    assert isinstance(found, Drift)
    assert (found.kind, found.thing) == ("changed", thing)


@pytest.mark.parametrize(
    ("principal", "resource", "kind"),
    [
        (PLAN.access_roles[0].arn, f"table {DATABASE.database}.loan", "excess"),
        (PLAN.access_roles[0].arn, "database elsewhere", "excess"),
        ("arn:aws:iam::300000000001:role/mw.gone.purpose", f"database {DATABASE.database}", "excess"),
        ("arn:aws:iam::300000000001:role/dba", f"columns of {DATABASE.database}.loan: all", "by others"),
        ("arn:aws:iam::300000000001:role/dba", "tables tagged team=x", "by others"),
        (IAM_ALLOWED_PRINCIPALS, f"table {DATABASE.database}.*", "IAMAllowedPrincipals"),
        ("arn:aws:iam::300000000001:role/dba", "table elsewhere.loan", None),
        (IAM_ALLOWED_PRINCIPALS, "database elsewhere", None),
        (SYNC, f"table {DATABASE.database}.loan", None),
    ],
)
def test_a_grant_that_nobody_planned(principal: str, resource: str, kind: str | None) -> None:
    found = drift({**EXPECTED, **grant(principal, resource)})
    assert found == ([(kind, f"{principal} on {resource}")] if kind else [])


def test_iam_goes_on_to_decide_at_a_hybrid_location() -> None:
    hybrid = replace(PLAN, locations=tuple(replace(location, hybrid=True) for location in PLAN.locations))
    scope = scope_of(hybrid, GOVERNANCE, {}, {})
    place = f"table {DATABASE.database}.loan"
    assert compare_standing(EXPECTED, {**EXPECTED, **grant(IAM_ALLOWED_PRINCIPALS, place)}, scope) == ()
    (found,) = compare_standing(EXPECTED, {**EXPECTED, **grant("arn:aws:iam::1:role/dba", place)}, scope)
    assert found.kind == "by others"


def test_a_consumers_own_catalog_is_its_own_affair_but_for_links() -> None:
    consumer = PLAN.links[0].account
    dba = f"arn:aws:iam::{consumer}:role/dba"
    link = PLAN.links[0].name
    found = {
        **EXPECTED,
        **grant(dba, "tables tagged team=x", consumer),
        **grant(dba, "database own", consumer),
        **grant(IAM_ALLOWED_PRINCIPALS, f"database {link}", consumer),
    }
    assert drift(found) == [("IAMAllowedPrincipals", f"{IAM_ALLOWED_PRINCIPALS} on database {link}")]


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"Database": {"Name": "loans"}}, "database loans"),
        ({"Table": {"DatabaseName": "loans", "Name": "loan"}}, "table loans.loan"),
        ({"Table": {"DatabaseName": "loans", "TableWildcard": {}}}, "table loans.*"),
        ({"TableWithColumns": {"DatabaseName": "d", "Name": "t", "ColumnNames": ["b", "a"]}}, "columns of d.t"),
        ({"TableWithColumns": {"DatabaseName": "d", "Name": "t", "ColumnWildcard": {}}}, "columns of d.t: all"),
        (
            {
                "TableWithColumns": {
                    "DatabaseName": "d",
                    "Name": "t",
                    "ColumnWildcard": {"ExcludedColumnNames": ["z", "y"]},
                }
            },
            "columns of d.t: all but y, z",
        ),
        ({"DataLocation": {"ResourceArn": "arn:aws:s3:::bucket"}}, "DataLocation ResourceArn=arn:aws:s3:::bucket"),
        ({"Catalog": {}}, "Catalog"),
        ({"LFTag": {"TagKey": "team", "TagValues": ["x", "y"]}}, "LFTag TagKey=team TagValues=x|y"),
        (
            {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [{"TagKey": "k", "TagValues": ["b", "a"]}]}},
            "tables tagged k=a|b",
        ),
    ],
)
def test_every_kind_of_resource_is_told_in_words(resource: dict[str, object], words: str) -> None:
    thing, _ = thing_of(
        {"Principal": {"DataLakePrincipalIdentifier": "p"}, "Resource": resource, "Permissions": ["SELECT"]}, "1", "r"
    )
    assert thing.name == f"p on {words}"
