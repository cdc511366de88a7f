"""Who can read what, and what somebody can read: by column, by purpose, granted or not."""

from __future__ import annotations

from engine.graph.names import Holder, Target
from engine.graph.what_can import columns_of, what_can
from engine.graph.who_can import by_principal, readers_of, who_can
from tests.unit.graph.small import CONSUMER, MESH, agreement, index, with_agreement

INDEX = index()
LOANS = "servicing/loans"


def readers(target: Target) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (principal, access.purpose, access.table, access.columns)
        for principal, access in by_principal(who_can(INDEX, target))
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
    assert access.unrealised.reason == (
        "`risk/exposures` lies in warehouse `dwh`, and account 000000000003 has no warehouse in a region of persona"
        " `analyst`"
    )
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
    rows = who_can(index(mesh), Target(LOANS, "payment", "paid"))
    assert [(row.access.agreement, row.principals) for row in rows] == [
        (id, frozenset({"anna", "ben"})) for id in ("modelling", "modelling-payments", "reporting")
    ]


def test_readers_are_a_set() -> None:
    assert readers_of(INDEX, Target(LOANS, "loan", "id")) == {"anna", "ben"}
    assert readers_of(INDEX, Target(LOANS, "loan", "tax_id")) == frozenset()
    assert readers_of(INDEX, Target("risk/exposures")) == {"anna", "ben"}
    assert readers_of(INDEX, Target("risk/exposures"), granted=True) == frozenset()


def test_columns_add_up_over_purposes_in_the_set_alone() -> None:
    ben = Holder("principal", "ben")
    granted = {(LOANS, "loan"): ("amount", "borrower_email", "id"), (LOANS, "payment"): ("id", "paid")}
    assert columns_of(INDEX, ben, granted=True) == granted
    assert columns_of(INDEX, ben) == {("risk/exposures", "exposure"): ("amount", "id")} | granted
    assert columns_of(INDEX, Holder("principal", "dora")) == {}
