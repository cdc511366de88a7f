"""Every operation that the emulator has is asked for in some test of this folder; own ones answer without an error."""

from __future__ import annotations

from tests.emulator import actions
from tests.emulator.front import EXERCISED, MOTO, OPERATIONS


def test_every_operation_has_its_actions() -> None:
    assert sorted(OPERATIONS.keys() - actions.known()) == []


def test_somebody_answers_every_operation_that_has_actions() -> None:
    assert sorted(entry for entry in actions.known() - OPERATIONS.keys() if entry[0] not in MOTO) == []


def test_every_operation_is_exercised() -> None:
    assert sorted(actions.known() - EXERCISED) == []
