"""Where decisions and agreements meet: each condition by itself, with answers of the test's own and no OPA."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from engine.entitle import (
    approved_at,
    counting_approvals,
    entitle,
    entitled_columns,
    longest_session,
    may_sign,
    outstanding_approvals,
    permitted,
    questions,
    readable_classes,
    requestable,
    shortfalls,
    unmet,
    valid_until,
    weigh_approvals,
    within_bound,
)
from engine.errors import PolicyError
from engine.model.agreements import Agreement
from engine.model.decided import Decision, Decisions, Rules
from engine.model.fields import Classification, Signature
from engine.model.instants import parse_instant
from engine.model.mesh import Mesh
from engine.model.products import ColumnClass
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import NAMES, NOW, RULES, decided

SECOND = timedelta(seconds=1)
ACCOUNT = "300000000001"


def agreement(changes: Facts | None = None) -> tuple[Mesh, Agreement]:
    """The agreement of the small mesh, with changes of its own."""
    mesh = small_mesh({"agreements": {"loans-for-fraud": changes or {}}})
    return mesh, mesh.agreements[0]


def lacking(mesh: Mesh, decisions: Decisions) -> list[tuple[str, str]]:
    return [(item.kind, item.id) for item in shortfalls(mesh, decisions, mesh.agreements[0], ACCOUNT)]


class TestDecision:
    def test_permitted_is_exactly_what_is_listed(self) -> None:
        mesh = small_mesh()
        (answer,) = decided(mesh).access.values()
        assert permitted(answer, RULES)
        assert list(unmet(answer, RULES)) == []

    @pytest.mark.parametrize("met", [[], ["fit"], ["fit", "lawful", "new"], ["fit", "new"]])
    def test_another_set_of_met_is_not_permitted(self, met: list[str]) -> None:
        (answer,) = decided(small_mesh(), met=frozenset(met)).access.values()
        assert not permitted(answer, RULES)
        assert {item.id for item in unmet(answer, RULES)} == set(met) ^ {"fit", "lawful"}

    @pytest.mark.parametrize("longest", [{}, {"calm": 900}, {"calm": 900, "short": 900, "new": 900}])
    def test_a_session_requirement_without_an_answer_is_not_permitted(self, longest: dict[str, int]) -> None:
        (answer,) = decided(small_mesh(), longest=longest).access.values()
        assert not permitted(answer, RULES)
        assert {(item.kind, item.id) for item in unmet(answer, RULES)} == {
            ("session", id) for id in longest.keys() ^ {"calm", "short"}
        }

    def test_without_any_requirement_nothing_is_decided(self) -> None:
        (answer,) = decided(small_mesh()).access.values()
        for kind in NAMES:
            fewer = Rules(RULES.policy_hash, tuple(rule for rule in RULES.rules if rule.kind != kind))
            with pytest.raises(PolicyError, match=f"hold no {kind} requirement"):
                fewer.of(kind)
        with pytest.raises(PolicyError):
            permitted(answer, Rules(RULES.policy_hash, ()))

    def test_readable_is_what_every_column_requirement_reads(self) -> None:
        both = {"cleared": frozenset({"a", "b"}), "wanted": frozenset({"b", "c"})}
        (answer,) = decided(small_mesh(), readable=both).access.values()
        assert readable_classes(answer, RULES) == {"b"}

    def test_a_column_requirement_without_an_answer_reads_nothing(self) -> None:
        (answer,) = decided(small_mesh(), readable={"wanted": frozenset({"b"})}).access.values()
        assert readable_classes(answer, RULES) == frozenset()

    @pytest.mark.parametrize(("calm", "shortest"), [(28800, 3600), (3600, 3600), (900, 900)])
    def test_the_longest_session_is_the_shortest_answer(self, calm: int, shortest: int) -> None:
        mesh = small_mesh()
        (answer,) = decided(mesh, longest={"calm": calm, "short": 3600}).access.values()
        assert longest_session(mesh, answer) == shortest

    def test_the_longest_session_is_at_most_the_persona_s(self) -> None:
        mesh = small_mesh({"personas": {"fraud-analyst": {"max_session": 1800}}})
        (answer,) = decided(mesh).access.values()
        assert longest_session(mesh, answer) == 1800


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


class TestEntitlement:
    def test_an_entitlement_says_who_what_and_how_long(self) -> None:
        mesh, agreed = agreement()
        (item,) = entitle(mesh, decided(mesh))
        assert (item.id, item.agreement, item.version) == ("loans-for-fraud@300000000001", "loans-for-fraud", 1)
        assert item.role.id == "fraud-analyst/fraud-detection/300000000001"
        assert (item.product, item.whole, item.session) == ("mortgage/loans", True, 3600)
        assert (item.start, item.end) == (agreed.start, agreed.end)
        assert item.columns == {"loan": ("amount", "borrower", "id"), "payment": ("id", "paid", "payer")}

    def test_named_tables_are_not_the_whole_product(self) -> None:
        mesh, _ = agreement({"tables": ["loan", "payment"]})
        assert [item.whole for item in entitle(mesh, decided(mesh))] == [False]

    @pytest.mark.parametrize(
        ("now", "kinds"),
        [
            ("2025-12-31T23:59:59Z", [("term", "")]),
            ("2026-01-01T00:00:00Z", []),
            ("2026-12-31T23:59:59Z", []),
            ("2027-01-01T00:00:00Z", [("term", "")]),
            ("2025-12-19T23:59:59Z", [("state", ""), ("term", "")]),
        ],
    )
    def test_it_runs_from_start_to_before_the_end(self, now: str, kinds: list[tuple[str, str]]) -> None:
        mesh, _ = agreement()
        decisions = decided(mesh, parse_instant(now))
        assert lacking(mesh, decisions) == kinds
        assert len(entitle(mesh, decisions)) == (not kinds)

    @pytest.mark.parametrize("state", ["pending", "rejected", "revoked"])
    def test_only_an_active_agreement_gives(self, state: str) -> None:
        history = [{"state": "pending", "at": "2025-12-01T00:00:00Z"}]
        history += [{"state": state, "at": "2026-06-01T00:00:00Z"}] if state != "pending" else []
        mesh, agreed = agreement({"history": history})
        (shortfall,) = shortfalls(mesh, decided(mesh), agreed, ACCOUNT)
        assert (shortfall.kind, shortfall.text) == ("state", f"agreement `loans-for-fraud` is {state}")

    def test_what_is_active_later_is_pending_now(self) -> None:
        mesh, agreed = agreement()
        before = parse_instant("2025-11-30T00:00:00Z")
        texts = [item.text for item in shortfalls(mesh, decided(mesh, before, 0), agreed, ACCOUNT)]
        assert texts[0] == "agreement `loans-for-fraud` is not yet requested"

    @pytest.mark.parametrize(
        ("start", "active", "signed", "begins"),
        [
            ("2026-01-05", "2026-01-03", "2026-01-04", "2026-01-05"),
            ("2026-01-03", "2026-01-05", "2026-01-04", "2026-01-05"),
            ("2026-01-03", "2026-01-04", "2026-01-05", "2026-01-05"),
        ],
    )
    def test_it_begins_with_the_last_of_start_activation_and_approval(
        self, start: str, active: str, signed: str, begins: str
    ) -> None:
        mesh, _ = agreement(
            {
                "start": f"{start}T00:00:00Z",
                "history": [
                    {"state": "pending", "at": "2025-12-01T00:00:00Z"},
                    {"state": "active", "at": f"{active}T00:00:00Z"},
                ],
                "approvals": [{"approver": "olga", "as": "owner", "at": f"{signed}T00:00:00Z"}],
            }
        )
        assert [item.start for item in entitle(mesh, decided(mesh))] == [parse_instant(f"{begins}T00:00:00Z")]

    @pytest.mark.parametrize(
        ("answer", "kind", "id"),
        [
            ({"met": frozenset({"fit"})}, "requirement", "lawful"),
            ({"met": frozenset({"fit", "lawful", "new"})}, "requirement", "new"),
            ({"longest": {"calm": 900}}, "session", "short"),
            ({"readable": {"cleared": frozenset[str]()}}, "columns", ""),
        ],
    )
    def test_what_is_not_permitted_gives_nothing(self, answer: dict[str, object], kind: str, id: str) -> None:
        mesh = small_mesh()
        decisions = decided(mesh, NOW, 1, **answer)
        assert lacking(mesh, decisions) == [(kind, id)]
        assert entitle(mesh, decisions) == ()

    def test_each_account_of_an_agreement_is_asked_for_itself(self) -> None:
        second = {"name": "more", "environment": "prod", "regions": ["eu-west-1"], "roles": ["consumer"]}
        both = [ACCOUNT, "300000000002"]
        mesh = small_mesh(
            {
                "accounts": {"300000000002": second},
                "personas": {"fraud-analyst": {"accounts": both}},
                "agreements": {"loans-for-fraud": {"accounts": both}},
            }
        )
        assert [question.role.account for question in questions(mesh)] == both
        decisions = decided(mesh)
        assert [item.role.account for item in entitle(mesh, decisions)] == both
        first, *_ = questions(mesh)
        refused = Decision(first, frozenset(), {}, {})
        fewer = Decisions(RULES, NOW, decisions.access | {first: refused}, decisions.approval)
        assert [item.role.account for item in entitle(mesh, fewer)] == both[1:]


class TestTime:
    def test_the_next_date_of_the_facts_is_next(self) -> None:
        mesh = small_mesh({"products": {"mortgage/loans": {"embargoed_until": "2026-07-01T00:00:00Z"}}})
        dates = ["2025-12-01", "2025-12-10", "2025-12-11", "2025-12-12", "2025-12-20", "2026-01-01", "2026-07-01"]
        now: datetime | None = parse_instant("2025-01-01T00:00:00Z")
        for date in [*dates, "2027-01-01"]:
            assert now is not None
            now = valid_until(mesh, now)
            assert now == parse_instant(f"{date}T00:00:00Z")
        assert now is not None
        assert valid_until(mesh, now) is None


class TestRequestable:
    @pytest.mark.parametrize(
        ("change", "now", "free"),
        [
            ({}, "2026-06-01T00:00:00Z", False),
            ({}, "2026-12-31T23:59:59Z", False),
            ({}, "2027-01-01T00:00:00Z", True),
            ({}, "2025-12-01T00:00:00Z", False),
            ({}, "2025-11-30T23:59:59Z", True),
            ({"history": [{"state": "pending", "at": "2025-12-01T00:00:00Z"}]}, "2028-01-01T00:00:00Z", False),
            ({"purpose": "reporting"}, "2026-06-01T00:00:00Z", True),
        ],
    )
    def test_what_runs_or_waits_is_not_asked_for_again(self, change: Facts, now: str, free: bool) -> None:
        mesh, _ = agreement(change)
        (answer,) = decided(small_mesh()).access.values()
        assert requestable(mesh, answer, RULES, parse_instant(now)) is free

    @pytest.mark.parametrize("state", ["rejected", "revoked"])
    def test_what_was_refused_or_ended_may_be_asked_for_again(self, state: str) -> None:
        history = [{"state": "pending", "at": "2025-12-01T00:00:00Z"}, {"state": state, "at": "2026-01-01T00:00:00Z"}]
        mesh, _ = agreement({"history": history})
        (answer,) = decided(mesh).access.values()
        assert requestable(mesh, answer, RULES, NOW)

    def test_what_is_not_permitted_is_not_requestable(self) -> None:
        mesh = small_mesh({"agreements": {"loans-for-fraud": None}})
        (answer,) = decided(small_mesh(), met=frozenset({"fit"})).access.values()
        assert not requestable(mesh, answer, RULES, NOW)
        (answer,) = decided(small_mesh()).access.values()
        assert requestable(mesh, answer, RULES, NOW)
