"""Who can read what, and what somebody can read: by column, by purpose, granted or not."""

from __future__ import annotations

from engine.graph.index import index_access
from engine.graph.names import Holder, Target
from engine.graph.what_can import what_can
from engine.graph.who_can import who_can
from tests.unit.graph.small import CONSUMER, MESH, agreement, plan, with_agreement

INDEX = index_access(MESH, plan().entitlements, plan().unrealised)
LOANS = "servicing/loans"


def readers(target: Target) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (reader.principal, reader.access.purpose, reader.access.table, reader.access.columns)
        for reader in who_can(INDEX, target)
    ]


def test_a_personal_column_is_read_for_the_purpose_that_allows_it() -> None:
    assert readers(Target(LOANS, "loan", "borrower_email")) == [
        ("anna", "reporting", "loan", ("borrower_email",)),
        ("ben", "reporting", "loan", ("borrower_email",)),
    ]


def test_a_column_of_another_purpose_is_two_rows() -> None:
    assert readers(Target(LOANS, "loan", "id")) == [
        ("anna", "modelling", "loan", ("id",)),
        ("anna", "reporting", "loan", ("id",)),
        ("ben", "modelling", "loan", ("id",)),
        ("ben", "reporting", "loan", ("id",)),
    ]


def test_nobody_reads_what_is_unclassified_or_above_every_clearance() -> None:
    assert readers(Target(LOANS, "loan", "mystery")) == []
    assert readers(Target(LOANS, "loan", "tax_id")) == []


def test_a_table_and_a_product_name_their_columns() -> None:
    assert readers(Target(LOANS, "payment"))[0] == ("anna", "modelling", "payment", ("id", "paid"))
    assert [row[2] for row in readers(Target(LOANS)) if row[:2] == ("ben", "reporting")] == ["loan", "payment"]


def test_an_unrealised_table_says_why() -> None:
    access = who_can(INDEX, Target("risk/exposures", "exposure", "id"))[0].access
    assert not access.granted
    assert access.status == "entitled but unrealised"
    assert access.unrealised is not None
    assert access.unrealised.reason == "table `exposure` of `risk/exposures` lies in warehouse `dwh`"
    granted = who_can(INDEX, Target(LOANS, "loan", "id"))[0].access
    assert (granted.status, granted.entitlement) == ("granted", f"modelling@{CONSUMER}")
    assert granted.until == MESH.agreement["modelling"].end


def test_what_a_principal_can_read_is_kept_apart_by_purpose() -> None:
    rows = what_can(INDEX, Holder("principal", "ben"))
    assert [(row.purpose, row.product, row.table, row.columns, row.granted) for row in rows] == [
        ("modelling", "risk/exposures", "exposure", ("amount", "id"), False),
        ("modelling", LOANS, "loan", ("amount", "id"), True),
        ("modelling", LOANS, "payment", ("id", "paid"), True),
        ("reporting", LOANS, "loan", ("amount", "borrower_email", "id"), True),
        ("reporting", LOANS, "payment", ("id", "paid"), True),
    ]
    assert what_can(INDEX, Holder("persona", "analyst")) == rows
    assert what_can(INDEX, Holder("principal", "dora")) == ()
    assert what_can(INDEX, Holder("principal", "carl")) == ()


def test_two_agreements_of_one_role_are_two_rows() -> None:
    mesh = with_agreement(agreement("modelling-payments", "analyst", "modelling", LOANS, tables=("payment",)))
    made = plan(mesh)
    index = index_access(mesh, made.entitlements, made.unrealised)
    rows = [row for row in who_can(index, Target(LOANS, "payment", "paid")) if row.principal == "ben"]
    assert [row.access.agreement for row in rows] == ["modelling", "modelling-payments", "reporting"]
    assert [item.id for item in index.by_role[f"analyst/modelling/{CONSUMER}"]] == [
        f"{id}@{CONSUMER}" for id in ("exposures", "modelling-payments", "modelling")
    ]
