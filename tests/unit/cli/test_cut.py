"""`meshwarden cut`, as far as it needs no accounts; tests/deploy has the rest."""

from __future__ import annotations

import pytest

from engine.errors import AccountError
from engine.live import cut_shares
from engine.live.cut import Cut
from tests.unit.cli.conftest import Run
from tests.unit.sources.conftest import Project

AGREEMENT = "risk-modelling-exposures"


def test_a_cut_that_fails_says_what_it_recorded(run: Run, demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AccountError("3 of 3 may still stand")

    monkeypatch.setattr(cut_shares, "cut_shares", unreachable)
    done = run("cut", AGREEMENT, "-C", demo.root)
    assert (done.code, done.out) == (1, "")
    file = f"mesh/agreements/{AGREEMENT}.yaml"
    assert f"`{AGREEMENT}` is recorded as revoked, in {file}\nerror: 3 of 3 may still stand" in done.err
    assert "- {state: revoked, at: " in (demo.root / file).read_text()


def test_a_cut_does_not_wait_for_its_record(run: Run, demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut_shares, "cut_shares", lambda *_: Cut((), (), (), (), ()))
    demo.write(".meshwarden", "no folder")
    done = run("cut", AGREEMENT, "-C", demo.root)
    assert done.code == 0
    assert done.out.startswith(f"`{AGREEMENT}` is recorded as revoked; ")
    assert done.err.startswith("this run is not recorded: ")
