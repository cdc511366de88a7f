"""What somebody types is found, told apart, or answered with the nearest names."""

from __future__ import annotations

import pytest

from engine.errors import UnknownNameError
from engine.graph.names import Holder, Target, resolve_holder, resolve_principal, resolve_target
from tests.declared import column
from tests.unit.graph.small import LAKE, MESH, SCORING, changed, product

COLUMN = Target("servicing/loans", "loan", "borrower_email")


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("servicing/loans", Target("servicing/loans")),
        ("product:servicing/loans", Target("servicing/loans")),
        ("servicing/loans/loan", Target("servicing/loans", "loan")),
        ("table:servicing/loans/loan", Target("servicing/loans", "loan")),
        ("servicing/loans/loan/borrower_email", COLUMN),
        ("column:servicing/loans/loan/borrower_email", COLUMN),
        (" Column:Servicing/LOANS/loan/Borrower_Email ", COLUMN),
    ],
)
def test_a_target_by_name(typed: str, target: Target) -> None:
    assert resolve_target(MESH, typed) == target


def test_a_target_has_a_kind_and_an_id() -> None:
    assert [
        (item.kind, item.id) for item in (Target("servicing/loans"), Target("servicing/loans", "loan"), COLUMN)
    ] == [
        ("product", "product:servicing/loans"),
        ("table", "table:servicing/loans/loan"),
        ("column", "column:servicing/loans/loan/borrower_email"),
    ]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("servicing/loan", "`servicing/loans`"),
        ("servicing/loans/lone", "`servicing/loans/loan`"),
        ("servicing/loans/loan/borower_email", "`servicing/loans/loan/borrower_email`"),
        ("servicing/lons/loan/borrower_email", "`servicing/loans/loan/borrower_email`"),
        ("borrower_email", "`servicing/loans/loan/borrower_email`"),
        ("column:servicing/loans/loan/taxid", "`servicing/loans/loan/tax_id`"),
    ],
)
def test_a_misspelt_target_gets_the_nearest(typed: str, nearest: str) -> None:
    with pytest.raises(UnknownNameError, match=r"^no .* is called `.*`; the nearest (is|are) ") as raised:
        resolve_target(MESH, typed)
    assert nearest in str(raised.value)


def test_a_kind_is_taken_at_its_word() -> None:
    with pytest.raises(UnknownNameError, match=r"^no column is called `servicing/loans/loan`"):
        resolve_target(MESH, "column:servicing/loans/loan")


def test_nothing_near_is_said_plainly() -> None:
    with pytest.raises(UnknownNameError, match=r"^no product, table or column is called `zzz`$"):
        resolve_target(MESH, "zzz")


def test_a_name_of_two_things_asks_for_the_kind() -> None:
    mesh = changed(products=(*MESH.products, product("servicing/loans/loan", LAKE, note=(column("id"),))))
    with pytest.raises(
        UnknownNameError, match=r"write `table:servicing/loans/loan` or `product:servicing/loans/loan`$"
    ):
        resolve_target(mesh, "servicing/loans/loan")
    assert resolve_target(mesh, "product:servicing/loans/loan") == Target("servicing/loans/loan")
    assert resolve_target(mesh, "table:servicing/loans/loan") == Target("servicing/loans", "loan")


@pytest.mark.parametrize(
    ("typed", "holder"),
    [
        ("anna", Holder("principal", "anna")),
        ("principal:anna", Holder("principal", "anna")),
        (SCORING, Holder("principal", SCORING)),
        (f"principal:{SCORING}", Holder("principal", SCORING)),
        ("analyst", Holder("persona", "analyst")),
        ("persona:analyst", Holder("persona", "analyst")),
    ],
)
def test_a_holder_by_name(typed: str, holder: Holder) -> None:
    assert resolve_holder(MESH, typed) == holder


def test_a_misspelt_holder_gets_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"^no principal or persona is called `analist`; the nearest is `analyst`$"
    ):
        resolve_holder(MESH, "analist")
    with pytest.raises(UnknownNameError, match=r"^no persona is called `anna`"):
        resolve_holder(MESH, "persona:anna")
    with pytest.raises(UnknownNameError, match=r"^no principal is called `ana`; the nearest is `anna`$"):
        resolve_principal(MESH, "ana")


def test_a_principal_and_a_persona_of_one_name_ask_for_the_kind() -> None:
    persona = MESH.persona["analyst"].model_copy(update={"id": "anna"})
    mesh = changed(personas=(*MESH.personas, persona))
    with pytest.raises(UnknownNameError, match=r"write `principal:anna` or `persona:anna`$"):
        resolve_holder(mesh, "anna")
    assert resolve_holder(mesh, "persona:anna") == Holder("persona", "anna")


def test_a_principal_by_name() -> None:
    assert resolve_principal(MESH, "principal:anna") == resolve_principal(MESH, "anna") == "anna"
