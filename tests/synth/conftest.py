"""One jsii process for the session: it takes half a gigabyte, and seconds to start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from cdktf_app.layout import StackPlan
from engine.sources.deployment import Deployment
from tests.synth.small import DEPLOYMENT, Emitted, read_stacks, stacks

Synthesize: TypeAlias = Callable[..., Emitted]


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesize:
    """Emits stacks into a new folder and reads them back."""
    from cdktf_app import synth

    def emit(plans: Sequence[StackPlan], deployment: Deployment | None = None, folder: Path | None = None) -> Emitted:
        folder = folder or tmp_path_factory.mktemp("out")
        return read_stacks(synth.synthesize(plans, deployment or DEPLOYMENT, folder))

    return emit


@pytest.fixture(scope="session")
def small(synthesize: Synthesize) -> Emitted:
    """The small mesh, emitted."""
    return synthesize(stacks())
