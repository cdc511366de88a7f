"""A short run of `make fuzz`: all evaluators agree on random meshes, and no random break of a plan is overlooked.

Once without the emulated AWS, and once, with fewer meshes, against it.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings

from tests.properties.line import Line, assert_seen
from tests.properties.many import check


def test_all_evaluators_agree(line: Line) -> None:
    seen: Counter[str] = Counter()
    assert check(line.opa, range(5 * settings().max_examples), seen) == []
    assert_seen(seen, "roles", "sessions", "columns", "later columns", "ended columns")
    assert_seen(seen, "breaks that matter", "breaks that do not")


def test_the_emulated_aws_agrees_with_the_evaluators(line: Line) -> None:
    seen: Counter[str] = Counter()
    seeds = range(2_000_000, 2_000_000 + settings().max_examples)
    assert check(line.opa, seeds, seen, emulated=True) == []
    assert_seen(seen, "plans", "columns", "later columns", "live sessions at an end")
    assert_seen(seen, "broken plans", "plans that give other than decided")
    assert_seen(seen, "plans that are read in warehouses", "columns in warehouses", "later columns in warehouses")
    assert_seen(seen, "columns in cluster warehouses", "columns in serverless warehouses")
    assert_seen(seen, "statements of others that are seen", "statements of others that are not seen")
    assert_seen(seen, "broken plans that AWS does not take in warehouses")
