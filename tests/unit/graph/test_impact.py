"""Impact: what a change gives and takes, by principal and column, and whether a check fails for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.graph.impact import FailOn, Impact, Version, compare, dates_of_changes, fails
from engine.model.mesh import Mesh
from engine.model.products import Column
from tests.unit.graph.small import CONSUMER, MESH, NOW, agreement, changed, plan, with_agreement

LOANS = "servicing/loans"
CHECKS: tuple[FailOn, ...] = ("gained-personal", "gained", "lost", "any")


def version(mesh: Mesh) -> Version:
    made = plan(mesh)
    return Version(mesh, made.entitlements, made.unrealised)


def impact(before: Mesh, after: Mesh) -> Impact:
    return compare(version(before), version(after))


def rows(found: Impact) -> list[tuple[str, str, str, str]]:
    return [(row.change, row.principal, f"{row.table}/{row.column}", row.purpose) for row in found.rows()]


def member(group: str, *members: str) -> Mesh:
    groups = tuple(item.model_copy(update={"members": members}) if item.id == group else item for item in MESH.groups)
    return changed(groups=groups)


def column(table: str, name: str, **update: object) -> Mesh:
    def altered(item: Column) -> Column:
        return item.model_copy(update=update) if item.name == name else item

    def of(product_id: str) -> object:
        product = MESH.product[product_id]
        tables = tuple(
            item.model_copy(update={"columns": tuple(altered(column) for column in item.columns)})
            if item.name == table
            else item
            for item in product.tables
        )
        return product.model_copy(update={"tables": tables})

    return changed(products=tuple(of(product.id) for product in MESH.products))


def test_nothing_changed() -> None:
    found = impact(MESH, MESH)
    assert (found.shifts, found.entitlements, list(found.rows())) == ((), (), [])
    assert (found.total.name, found.total.gained) == ("total", 0)
    assert not any(fails(found, on) for on in CHECKS)


def test_a_new_member_gains_what_the_persona_reads_personal_data_first() -> None:
    found = impact(MESH, member("juniors", "ben", "dora"))
    assert rows(found) == [
        ("gained", "dora", "loan/borrower_email", "reporting"),
        ("gained", "dora", "exposure/amount", "modelling"),
        ("gained", "dora", "exposure/id", "modelling"),
        ("gained", "dora", "loan/amount", "modelling"),
        ("gained", "dora", "loan/amount", "reporting"),
        ("gained", "dora", "loan/id", "modelling"),
        ("gained", "dora", "loan/id", "reporting"),
        ("gained", "dora", "payment/id", "modelling"),
        ("gained", "dora", "payment/id", "reporting"),
        ("gained", "dora", "payment/paid", "modelling"),
        ("gained", "dora", "payment/paid", "reporting"),
    ]
    assert {row.personas for row in found.rows()} == {("analyst",)}
    assert {row.after for row in found.rows() if row.product == "risk/exposures"} == {"unrealised"}
    assert {row.after for row in found.rows() if row.product == LOANS} == {"granted"}
    assert found.entitlements == ()
    assert (found.total.gained_personal, found.total.gained, found.total.lost) == (1, 11, 0)
    assert (found.total.principals, found.total.columns) == (1, 7)


def test_leaving_one_of_two_ways_takes_nothing() -> None:
    assert rows(impact(MESH, member("leads"))) == []
    assert {row[:2] for row in rows(impact(MESH, member("juniors")))} == {("lost", "ben")}


def test_who_reads_a_column_by_another_entitlement_of_the_purpose_loses_nothing() -> None:
    """One of two agreements for reporting ends."""
    twice = with_agreement(agreement("reporting-too", "analyst", "reporting", LOANS, personal=True))
    found = impact(twice, MESH)
    assert rows(found) == []
    assert [(change.id, change.change) for change in found.entitlements] == [(f"reporting-too@{CONSUMER}", "lost")]
    assert not fails(found, "lost")
    assert fails(found, "any")


def test_a_column_read_for_one_purpose_and_now_for_another_is_gained() -> None:
    """A session is for one purpose: personal data that opens for modelling too is news, also to who reports on it."""
    opened = agreement("modelling", "analyst", "modelling", LOANS, personal=True)
    before = version(MESH)
    wider = tuple(
        replace(item, columns=item.columns | {"loan": ("amount", "borrower_email", "id")})
        if item.role.purpose == "modelling" and item.product == LOANS
        else item
        for item in version(with_agreement(opened)).entitlements
    )
    found = compare(before, Version(MESH, wider, before.unrealised))
    assert rows(found) == [
        ("gained", "anna", "loan/borrower_email", "modelling"),
        ("gained", "ben", "loan/borrower_email", "modelling"),
    ]
    assert fails(found, "gained-personal")


def test_a_purpose_withdrawn_takes_its_columns() -> None:
    ended = agreement("reporting", "analyst", "reporting", LOANS, states=("pending", "active", "revoked"))
    found = impact(MESH, with_agreement(ended))
    assert rows(found) == [
        ("lost", principal, place, "reporting")
        for places in (["loan/borrower_email"], ["loan/amount", "loan/id", "payment/id", "payment/paid"])
        for principal in ("anna", "ben")
        for place in places
    ]
    assert [(tally.name, tally.lost_personal) for tally in found.by_principal] == [("anna", 1), ("ben", 1)]
    assert (found.total.lost_personal, found.total.principals, found.total.columns) == (2, 2, 5)


def test_tallies_by_principal_persona_product_and_column() -> None:
    active = agreement(
        "fraud",
        "investigator",
        "fraud",
        LOANS,
        personal=True,
        max_classification="restricted",
        tables=("loan",),
    )
    groups = tuple(
        item.model_copy(update={"members": ("carl", "ben")}) if item.id == "fraud-team" else item
        for item in MESH.groups
    )
    found = impact(MESH, changed(with_agreement(active), groups=groups))
    assert rows(found)[:4] == [
        ("gained", "ben", "loan/borrower_email", "fraud"),
        ("gained", "ben", "loan/tax_id", "fraud"),
        ("gained", "carl", "loan/borrower_email", "fraud"),
        ("gained", "carl", "loan/tax_id", "fraud"),
    ]
    assert [(tally.name, tally.gained_personal, tally.gained) for tally in found.by_principal] == [
        ("ben", 2, 4),
        ("carl", 2, 4),
    ]
    assert [(tally.name, tally.gained, tally.principals, tally.columns) for tally in found.by_persona] == [
        ("investigator", 8, 2, 4)
    ]
    assert [(tally.name, tally.gained, tally.principals, tally.columns) for tally in found.by_product] == [
        (LOANS, 8, 2, 4)
    ]
    assert [(tally.name, tally.gained_personal, tally.principals) for tally in found.by_column] == [
        (f"{LOANS}/loan/borrower_email", 2, 2),
        (f"{LOANS}/loan/tax_id", 2, 2),
        (f"{LOANS}/loan/amount", 0, 2),
        (f"{LOANS}/loan/id", 0, 2),
    ]
    assert [(change.id, change.change) for change in found.entitlements] == [(f"fraud@{CONSUMER}", "gained")]


def test_a_column_reclassified_changes_the_entitlements() -> None:
    found = impact(MESH, column("payment", "paid", classification="restricted"))
    assert rows(found) == [
        ("lost", "anna", "payment/paid", "modelling"),
        ("lost", "anna", "payment/paid", "reporting"),
        ("lost", "ben", "payment/paid", "modelling"),
        ("lost", "ben", "payment/paid", "reporting"),
    ]
    assert [(change.change, change.texts) for change in found.entitlements] == [
        ("changed", ("`payment` loses `paid`",)),
        ("changed", ("`payment` loses `paid`",)),
    ]


def test_personal_is_what_either_version_calls_personal() -> None:
    """Who relabels a personal column gives it away no less."""
    modelling_only = with_agreement(
        agreement("reporting", "analyst", "reporting", LOANS, states=("pending", "rejected"))
    )
    relabelled = changed(column("loan", "borrower_email", personal=False), agreements=modelling_only.agreements)
    found = impact(modelling_only, relabelled)
    assert [(row.principal, row.column, row.personal, row.change) for row in found.rows()] == [
        ("anna", "borrower_email", True, "gained"),
        ("ben", "borrower_email", True, "gained"),
    ]
    assert fails(found, "gained-personal")


def test_a_product_that_goes() -> None:
    after = changed(
        products=tuple(item for item in MESH.products if item.id != LOANS),
        agreements=tuple(item for item in MESH.agreements if item.product != LOANS),
    )
    found = impact(MESH, after)
    assert found.total.lost == 18
    assert found.total.lost_personal == 2
    assert [row.personal for row in found.rows()][:3] == [True, True, False]


def test_realised_and_unrealised_are_neither_gained_nor_lost() -> None:
    lake = MESH.product["risk/exposures"].model_copy(update={"server": MESH.product[LOANS].server})
    after = changed(products=tuple(lake if item.id == lake.id else item for item in MESH.products))
    found = impact(MESH, after)
    assert {(row.change, row.before, row.after) for row in found.rows()} == {("realised", "unrealised", "granted")}
    assert [fails(found, on) for on in CHECKS] == [False, False, False, True]
    assert found.entitlements[0].texts == (
        "`exposure` is granted now; it was unrealised: `risk/exposures` lies in warehouse `dwh`,"
        " and account 000000000003 has no warehouse in a region of persona `analyst`",
        "`exposure` lay in `000000000002/eu-west-1/dwh/risk.exposure`,"
        " and lies in `000000000002/eu-west-1//risk.exposure`",
    )
    back = impact(after, MESH)
    assert {row.change for row in back.rows()} == {"unrealised"}
    assert (back.total.unrealised, back.total.gained, back.total.lost) == (4, 0, 0)


def test_dates_and_sessions_change_an_entitlement() -> None:
    personas = tuple(item.model_copy(update={"max_session": 1800}) for item in MESH.personas)
    found = impact(MESH, changed(personas=personas))
    assert [(change.id, change.texts) for change in found.entitlements] == [
        (f"exposures@{CONSUMER}", ("longest session `28800 s` becomes `1800 s`",)),
        (f"modelling@{CONSUMER}", ("longest session `28800 s` becomes `1800 s`",)),
        (f"reporting@{CONSUMER}", ("longest session `3600 s` becomes `1800 s`",)),
    ]
    assert rows(found) == []


@pytest.mark.parametrize(
    ("on", "gains", "loses"),
    [("gained-personal", True, False), ("gained", True, False), ("lost", False, True), ("any", True, True)],
)
def test_what_fails_a_check(on: FailOn, gains: bool, loses: bool) -> None:
    joined = member("juniors", "ben", "dora")
    assert fails(impact(MESH, joined), on) is gains
    assert fails(impact(joined, MESH), on) is loses


def test_the_dates_to_look_at_are_those_of_what_changed() -> None:
    """A longer term gains at the earlier end; what is the same in both versions changes nothing between them."""
    now = NOW
    longer = MESH.agreement["reporting"].model_copy(update={"end": MESH.agreement["reporting"].end + timedelta(days=9)})
    assert dates_of_changes(MESH, MESH, now) == []
    assert dates_of_changes(MESH, with_agreement(longer), now) == [MESH.agreement["reporting"].end, longer.end]
    assert dates_of_changes(MESH, with_agreement(longer), longer.end) == []
