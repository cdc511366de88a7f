"""Which columns lie within what was agreed."""

from __future__ import annotations

import pytest

from engine.entitle import entitle, entitled_columns, within_bound
from engine.model.fields import Classification
from engine.model.products import ColumnClass
from tests.scenarios.facts import small_mesh
from tests.unit.answers import decided
from tests.unit.entitle.agreement import ACCOUNT, agreement, lacking


class TestBound:
    @pytest.mark.parametrize(
        ("bound", "column", "inside"),
        [
            (("confidential", True), ("confidential", True), True),
            (("confidential", True), ("restricted", False), False),
            (("confidential", True), ("public", False), True),
            (("restricted", False), ("restricted", False), True),
            (("restricted", False), ("public", True), False),
            (("public", True), ("internal", False), False),
            (("restricted", True), (None, False), False),
            (("restricted", False), ("public", None), False),
            (("restricted", True), (None, None), False),
        ],
    )
    def test_within_bound(
        self, bound: tuple[str, bool], column: tuple[Classification | None, bool | None], inside: bool
    ) -> None:
        _, agreed = agreement({"max_classification": bound[0], "personal": bound[1]})
        assert within_bound(agreed, ColumnClass(*column)) is inside

    def test_columns_are_those_of_the_agreement_s_tables(self) -> None:
        mesh, agreed = agreement({"tables": ["payment"]})
        assert entitled_columns(mesh, decided(mesh), agreed, ACCOUNT) == {"payment": ("id", "paid", "payer")}

    def test_a_table_without_a_column_is_left_out(self) -> None:
        mesh = small_mesh(
            {
                "products": {"mortgage/loans": {"tables": {"remark": {"text": "restricted personal"}}}},
                "agreements": {"loans-for-fraud": {"max_classification": "confidential", "personal": False}},
            }
        )
        found = entitled_columns(mesh, decided(mesh), mesh.agreements[0], ACCOUNT)
        assert found == {"loan": ("amount", "id"), "payment": ("id", "paid")}

    def test_two_bounds_of_one_role_do_not_multiply(self) -> None:
        other = {"max_classification": "internal", "personal": True}
        mesh = small_mesh({"agreements": {"loans-for-fraud": {"personal": False}}})
        second = mesh.agreements[0].model_copy(update={"id": "second", **other, "approvals": ()})
        both = mesh.model_copy(update={"agreements": (*mesh.agreements, second)})
        found = [item.columns for item in entitle(both, decided(both, needed=0))]
        assert found == [{"loan": ("amount", "id"), "payment": ("id", "paid")}, {"loan": ("id",), "payment": ("id",)}]

    def test_no_column_is_a_shortfall(self) -> None:
        mesh, _ = agreement({"max_classification": "public"})
        assert lacking(mesh, decided(mesh)) == [("columns", "")]
        assert entitle(mesh, decided(mesh)) == ()
