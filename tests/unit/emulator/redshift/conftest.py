from __future__ import annotations

import pytest

from tests.unit.emulator.redshift.pair import Pair, pair


@pytest.fixture
def both() -> Pair:
    return pair()
