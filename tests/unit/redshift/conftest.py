"""What the tests of a reconciler begin with."""

from __future__ import annotations

import pytest

from tests.unit.redshift.house import House


@pytest.fixture
def house() -> House:
    return House()
