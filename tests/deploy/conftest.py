"""The slice, deployed once for the tests of a module: each changes it, and says what it leaves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.model.instants import parse_instant
from tests.deploy.company import Company, company_of
from tests.deploy.projects import SLICE, copy_project, sign_everything

NOW = parse_instant("2026-06-01T09:00:00Z")
SIGNED = parse_instant("2026-02-09T00:00:00Z")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Three accounts with data, onboarded; the slice is signed, and nothing is deployed yet."""
    project = copy_project(SLICE, tmp_path_factory.mktemp("slice") / "project")
    sign_everything(project, SIGNED)
    with company_of(project, NOW, by_hand=True) as made:
        yield made
