"""Where a decision and an agreement meet: who may read what, from when, until when; and what each lack leaves."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.entitle import entitle, questions, shortfalls, valid_until
from engine.model.decided import Decision, Decisions
from engine.model.instants import parse_instant
from tests.scenarios.facts import small_mesh
from tests.unit.answers import NOW, RULES, decided
from tests.unit.entitle.agreement import ACCOUNT, agreement, lacking


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
