"""`engine.grants.diff`: nothing that changes in a plan stays unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.grants.diff import Change, diff_plans
from engine.model.instants import parse_instant
from engine.model.plan import ColumnTarget, Document, Plan, TagTarget
from engine.run import draft_run

SECTIONS = (
    "entitlements",
    "access_roles",
    "grants",
    "session_policies",
    "links",
    "opt_ins",
    "ontology",
    "assignments",
    "locations",
    "warehouses",
    "warehouse_tables",
    "unrealised",
)
HEAD = {"version", "policy_hash", "facts_hash", "now", "valid_until"}
ROLE = "credit-risk-analyst/credit-risk-modelling/300000000001"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return draft_run(Path(__file__).resolve().parents[3], parse_instant("2026-06-01T09:00:00Z")).plan


def with_items(plan: Plan, section: str, items: tuple[Any, ...]) -> Plan:
    changed: Any = {section: items}
    return replace(plan, **changed)


def mutated(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}-other"
        case datetime():
            return value + timedelta(seconds=1)
        case tuple():
            return (*value[:-1], mutated(value[-1])) if value else ("other",)
        case dict():
            return {**value, "other": next(iter(value.values()), {})}
        case None:
            return "other"
        case _ if is_dataclass(value) and not isinstance(value, type):
            first = fields(value)[0].name
            return replace(value, **{first: mutated(getattr(value, first))})
    raise AssertionError(value)


def test_every_field_of_a_plan_is_compared() -> None:
    assert {field.name for field in fields(Plan)} == HEAD | set(SECTIONS)


def test_a_plan_has_no_changes_against_itself(plan: Plan) -> None:
    assert diff_plans(plan, plan) == ()


def test_the_same_grants_at_another_instant_are_no_change(plan: Plan) -> None:
    later = replace(plan, now=plan.now + timedelta(days=1), facts_hash="0", policy_hash="0", valid_until=None)
    assert diff_plans(plan, later) == ()


def test_against_nothing_everything_comes(plan: Plan) -> None:
    changes = diff_plans(None, plan)
    assert {change.sign for change in changes} == {"+"}
    assert len(changes) == sum(len(getattr(plan, section)) for section in SECTIONS)


@pytest.mark.parametrize("section", SECTIONS)
def test_what_comes_and_goes_is_said_of_every_item(plan: Plan, section: str) -> None:
    items = getattr(plan, section)
    assert items
    for number in range(len(items)):
        without = with_items(plan, section, (*items[:number], *items[number + 1 :]))
        [goes] = [change for change in diff_plans(plan, without) if change.section == section]
        [comes] = [change for change in diff_plans(without, plan) if change.section == section]
        assert (goes.sign, comes.sign) == ("-", "+")
        assert goes.words == comes.words != ""


def changed_fields(plan: Plan) -> Iterator[tuple[str, str, Plan]]:
    """The plan with one field of one item changed, for every field of every section."""
    for section in SECTIONS:
        items = getattr(plan, section)
        for field in fields(items[0]):
            if field.name != "reason":
                other = replace(items[0], **{field.name: mutated(getattr(items[0], field.name))})
                yield section, field.name, with_items(plan, section, (other, *items[1:]))


def test_no_changed_field_stays_unsaid(plan: Plan) -> None:
    for section, field, other in changed_fields(plan):
        changes = diff_plans(plan, other)
        assert changes, f"{section}.{field}"
        assert all(change.words for change in changes)


def test_a_reason_alone_is_no_change(plan: Plan) -> None:
    grants = (replace(plan.grants[0], reason="otherwise"), *plan.grants[1:])
    assert diff_plans(plan, replace(plan, grants=grants)) == ()


def only(changes: tuple[Change, ...]) -> Change:
    [change] = changes
    return change


def test_an_entitlement_says_its_columns_and_dates(plan: Plan) -> None:
    old = next(each for each in plan.entitlements if each.id == "risk-modelling-loans@300000000001")
    others = tuple(each for each in plan.entitlements if each != old)
    loan = tuple(column for column in old.columns["loan"] if column != "loan_id")
    new = replace(old, columns={**old.columns, "loan": (*loan, "rating")}, end=old.end + timedelta(days=1))
    change = only(diff_plans(plan, replace(plan, entitlements=(*others, new))))
    assert (change.sign, change.group) == ("~", f"access role {ROLE}")
    assert change.words == (
        "+ `loan` `rating`; - `loan` `loan_id`; end 2027-10-01T22:00:00Z, before 2027-09-30T22:00:00Z"
    )


def test_a_grant_that_goes_names_the_entitlement_that_went(plan: Plan) -> None:
    gone = "risk-modelling-loans@300000000001"
    after = replace(
        plan,
        entitlements=tuple(each for each in plan.entitlements if each.id != gone),
        grants=tuple(each for each in plan.grants if gone not in each.entitlements),
    )
    grants = [change for change in diff_plans(plan, after) if change.section == "grants"]
    assert grants
    assert {(change.sign, change.reason) for change in grants} == {("-", f"`{gone}` is no more")}


def test_a_grant_by_tags_says_its_expression(plan: Plan) -> None:
    number, old = next((number, each) for number, each in enumerate(plan.grants) if isinstance(each.target, TagTarget))
    assert isinstance(old.target, TagTarget)
    target = replace(old.target, expression={**old.target.expression, "other-key": ("internal.impersonal",)})
    grants = (*plan.grants[:number], replace(old, target=target), *plan.grants[number + 1 :])
    change = only(diff_plans(plan, replace(plan, grants=grants)))
    assert "other-key = internal.impersonal, before " in change.words


def test_a_grant_by_name_says_its_columns(plan: Plan) -> None:
    number, old = next(
        (number, each) for number, each in enumerate(plan.grants) if isinstance(each.target, ColumnTarget)
    )
    assert isinstance(old.target, ColumnTarget)
    target = replace(old.target, columns=(*old.target.columns[1:], "zip_code"))
    grants = (*plan.grants[:number], replace(old, target=target), *plan.grants[number + 1 :])
    change = only(diff_plans(plan, replace(plan, grants=grants)))
    assert change.words == f"+ column `zip_code`; - column `{old.target.columns[0]}`"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"region": "eu-north-1"}, "stands in eu-north-1, before {region}"),
        ({"name": "loans"}, "is named `loans`, before `{name}`"),
        ({"target_database": "loans"}, "points to `loans` in {target_catalog}, before `{name}` in {target_catalog}"),
        ({"target_catalog": "1"}, "points to `{name}` in 1, before `{name}` in {target_catalog}"),
    ],
)
def test_a_link_says_what_of_it_changed(plan: Plan, change: dict[str, str], words: str) -> None:
    old = plan.links[0]
    links = (replace(old, **change), *plan.links[1:])
    assert only(diff_plans(plan, replace(plan, links=links))).words == words.format_map(asdict(old))


def test_a_document_says_what_it_allows_more_and_less_and_until_when(plan: Plan) -> None:
    old = plan.session_policies[0]
    document: Document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}},
        },
    }
    policies = (replace(old, document=document), *plan.session_policies[1:])
    words = only(diff_plans(plan, replace(plan, session_policies=policies))).words
    assert "+ action `s3:GetObject`" in words
    assert "- resource `arn:" in words
    assert "+ end `2030-01-01T00:00:00Z`, - end `" in words


def test_columns_that_are_tagged_otherwise_are_named_together(plan: Plan) -> None:
    database = next(each for each in plan.assignments if each.product == "servicing/loan-performance")
    loan = next(table for table in database.tables if table.name == "loan")
    [key] = loan.columns["loan_id"]
    columns = {**loan.columns, "loan_id": {key: "public.impersonal"}, "currency": {}}
    tables = tuple(replace(table, columns=columns) if table is loan else table for table in database.tables)
    others = tuple(each for each in plan.assignments if each is not database)
    change = only(diff_plans(plan, replace(plan, assignments=(*others, replace(database, tables=tables)))))
    assert change.group == "central catalog eu-west-1"
    assert f"`loan`: `loan_id` {key} = public.impersonal, before {key} = internal.impersonal" in change.words
    assert f"`loan`: `currency` as the table, before {key} = " in change.words
