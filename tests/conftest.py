"""What holds for every test: no test is skipped in CI, examples are the same each time, what is slow is marked."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

TESTS = Path(__file__).resolve().parent
SLOW = tuple(
    TESTS / place
    for place in (
        "deploy",
        "mutants",
        "properties/test_absence.py",
        "properties/test_monotone.py",
        "synth",
        "unit/cli/test_impact.py",
        "unit/cli/test_main.py",
        "unit/cli/test_plan.py",
        "unit/emulator",
        "unit/generate",
        "unit/opa/test_child.py",
        "unit/opa/test_client.py",
        "unit/opa/test_decide.py",
        "unit/tools/test_verify_on_aws.py",
    )
)
"""What takes seconds a test, and is left out of `make quick`."""
LONG = tuple(
    TESTS / "deploy" / name
    for name in (
        "test_by_hand.py",
        "test_down.py",
        "test_gone_shares.py",
        "test_interrupted.py",
        "test_locked_state.py",
        "test_states.py",
    )
)
"""What takes minutes, and is left out of `make test`: `make deploy-emulated` runs it."""

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("quick", settings.get_profile("ci"), max_examples=15)
settings.load_profile("ci")

# The same surroundings that the Makefile gives, for a pytest started by hand.
os.environ["TF_CLI_CONFIG_FILE"] = str(TESTS.parent / ".tools" / "terraformrc")
os.environ["CHECKPOINT_DISABLE"] = "1"
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(place) for place in SLOW):
            item.add_marker(pytest.mark.slow)
        if item.path in LONG:
            item.add_marker(pytest.mark.long)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _no_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _no_skip((yield))


def _no_skip(report: Any) -> Any:
    """A skip in CI is a test that nobody runs, so it fails; an expected failure (xfail) is none."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped while CI is set: {report.longrepr}"
    return report
