"""One OPA of the repository's policies for all property tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.opa.bundle import read_policies
from engine.opa.client import open_opa
from engine.opa.rules import load_rules
from tests.properties.line import POLICIES, Line


@pytest.fixture(scope="session")
def line() -> Iterator[Line]:
    policies = read_policies(POLICIES)
    with open_opa(policies, load_rules(policies)) as opa:
        yield Line(opa)
