"""One suite over every door to OPA."""

from __future__ import annotations

import pytest

from tests.unit.opa.doors import Door


@pytest.fixture(params=[None, False, True], ids=["embedded", "server", "server over TLS"])
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)
