"""What the tests of drift read."""

from __future__ import annotations

import pytest

from tests.unit.live.deployed import play
from tests.unit.live.played import Played


@pytest.fixture(scope="module")
def deployed() -> Played:
    """Of which tests change nothing."""
    return play()
