"""What a decision permits, with answers of the test's own and no OPA; and what may be asked for."""

from __future__ import annotations

import pytest

from engine.entitle import longest_session, permitted, readable_classes, requestable, unmet
from engine.errors import PolicyError
from engine.model.decided import Rules
from engine.model.instants import parse_instant
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import NAMES, NOW, RULES, decided
from tests.unit.entitle.agreement import agreement


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
