from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.identity import add_user
from tests.emulator.server import serve
from tests.emulator.world import World
from tests.unit.emulator.house import ONE, TWO, House

HERE = Path(__file__).resolve().parent
LAST = "test_operations.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What every test of this folder has exercised is known after all of them, so `test_operations.py` comes last;
    with a part of them it can say nothing and is left out."""
    mine = [item for item in items if item.path.parent == HERE]
    whole = {path.name for path in HERE.glob("test_*.py")} == {item.path.name for item in mine}
    last = [item for item in mine if item.path.name == LAST]
    for item in last:
        items.remove(item)
    if whole:
        items.extend(last)


@pytest.fixture
def house() -> Iterator[House]:
    world = World()
    world.organization.update((ONE, TWO))
    with serve(world) as server:
        yield House(world, server, add_user(ONE, "admin"), add_user(TWO, "admin"))
