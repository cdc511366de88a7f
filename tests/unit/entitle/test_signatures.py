"""Whose approval counts, for which terms, and when there are enough."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.entitle import approved_at, counting_approvals, may_sign, outstanding_approvals, weigh_approvals
from engine.model.fields import Signature
from engine.model.instants import parse_instant
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import NOW, decided
from tests.unit.entitle.agreement import agreement, lacking

SECOND = timedelta(seconds=1)


class TestSignatures:
    @pytest.mark.parametrize(
        ("who", "signs_as", "reason"),
        [
            ("olga", "owner", None),
            ("oscar", "second owner", None),
            ("greta", "governance", None),
            ("ada", "owner", "is the requester"),
            ("ben", "owner", "is no member of `loan-owners`"),
            ("greta", "second owner", "is no member of `loan-owners`"),
            ("olga", "governance", "is no member of `governors`"),
            ("arn:aws:iam::300000000001:role/screening", "owner", "is no declared person"),
            ("nobody", "owner", "is no declared person"),
        ],
    )
    def test_may_sign(self, who: str, signs_as: Signature, reason: str | None) -> None:
        mesh, agreed = agreement()
        assert may_sign(mesh, agreed, who, signs_as) == reason

    def test_a_requester_of_the_owner_group_may_not_sign(self) -> None:
        mesh, agreed = agreement({"requester": "olga"})
        assert may_sign(mesh, agreed, "olga", "owner") == "is the requester"

    def test_a_workload_of_the_owner_group_may_not_sign(self) -> None:
        mesh = small_mesh({"groups": {"loan-owners": {"members": ["screening"]}}})
        who = "arn:aws:iam::300000000001:role/screening"
        assert may_sign(mesh, mesh.agreements[0], who, "owner") == "is no declared person"

    def test_a_member_of_a_member_group_may_sign(self) -> None:
        mesh = small_mesh({"groups": {"loan-owners": {"members": ["fraud-team"]}}})
        assert may_sign(mesh, mesh.agreements[0], "ben", "owner") is None

    def test_nobody_signs_for_a_product_without_an_owner(self) -> None:
        mesh = small_mesh({"products": {"mortgage/loans": {"owner": None}}})
        assert may_sign(mesh, mesh.agreements[0], "olga", "owner") == "signs for a product that has no owner"
        assert may_sign(mesh, mesh.agreements[0], "greta", "governance") is None

    def test_each_approval_is_weighed_in_the_order_of_time(self) -> None:
        at = [f"2025-12-{day}T00:00:00Z" for day in range(10, 18)]
        mesh, agreed = agreement(
            {
                "version": 2,
                "approvals": [
                    {"approver": "oscar", "as": "owner", "at": "2026-06-01T00:00:01Z"},
                    {"approver": "olga", "as": "owner", "at": at[0], "version": 1},
                    {"approver": "olga", "as": "owner", "at": at[1], "terms": "0" * 64},
                    {"approver": "olga", "as": "governance", "at": at[2]},
                    {"approver": "olga", "as": "owner", "at": at[3]},
                    {"approver": "olga", "as": "second owner", "at": at[4]},
                    {"approver": "greta", "as": "governance", "at": at[5]},
                ],
            }
        )
        assert [(approval.approver, reason) for approval, reason in weigh_approvals(mesh, agreed, NOW)] == [
            ("olga", "signs version 1, now it is 2"),
            ("olga", "is void: it signs other terms"),
            ("olga", "is no member of `governors`"),
            ("olga", None),
            ("olga", "comes from somebody whose earlier approval counts"),
            ("greta", None),
            ("oscar", "is dated 2026-06-01T00:00:01Z"),
        ]
        assert [approval.approver for approval in counting_approvals(mesh, agreed, NOW)] == ["olga", "greta"]
        later = counting_approvals(mesh, agreed, NOW + SECOND)
        assert [approval.approver for approval in later] == ["olga", "greta", "oscar"]

    @pytest.mark.parametrize(
        "change",
        [
            {"tables": ["loan"]},
            {"max_classification": "internal"},
            {"personal": False},
            {"end": "2028-01-01T00:00:00Z"},
            {"start": "2025-01-01T00:00:00Z"},
            {"purpose": "reporting"},
            {"requester": "ben"},
        ],
        ids=str,
    )
    def test_approvals_are_void_once_the_terms_change(self, change: Facts) -> None:
        _, signed = agreement()
        mesh, agreed = agreement(
            {**change, "approvals": [{**item.model_dump(mode="json")} for item in signed.approvals]}
        )
        assert counting_approvals(mesh, signed, NOW) == signed.approvals
        assert counting_approvals(mesh, agreed, NOW) == ()

    def test_the_requester_s_own_approval_does_not_count_once_another_is_named(self) -> None:
        """Else whoever may edit the agreement could name somebody else, and so approve what he asked for himself."""
        own = {"approver": "olga", "as": "owner", "at": "2025-12-10T00:00:00Z"}
        _, asked = agreement({"requester": "olga", "approvals": [own]})
        mesh, handed_over = agreement(
            {"requester": "ada", "approvals": [item.model_dump(mode="json") for item in asked.approvals]}
        )
        assert counting_approvals(mesh, asked, NOW) == ()
        assert counting_approvals(mesh, handed_over, NOW) == ()

    @pytest.mark.parametrize(("needed", "at"), [(0, None), (1, "10"), (2, "11"), (3, "12")])
    def test_the_last_approval_needed_dates_the_agreement(self, needed: int, at: str | None) -> None:
        mesh, agreed = agreement()
        expected = parse_instant(f"2025-12-{at}T00:00:00Z") if at else None
        assert approved_at(mesh, decided(mesh, needed=needed), agreed) == expected

    def test_too_few_approvals_are_outstanding(self) -> None:
        mesh, agreed = agreement()
        assert outstanding_approvals(mesh, decided(mesh, needed=3), agreed) == frozenset()
        assert outstanding_approvals(mesh, decided(mesh, needed=4), agreed) == {"signed"}
        assert lacking(mesh, decided(mesh, needed=4)) == [("approval", "signed")]
