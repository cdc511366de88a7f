"""Read as AWS reads it, a plan gives each role and each session what the naive evaluator grants, at any instant.

And whatever is broken in a plan so that it does not, the engine's own evaluation finds.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.model.mesh import Mesh
from engine.model.plan import write_plan
from tests.properties import agree
from tests.properties.line import Line, as_json, assert_seen, examples
from tests.properties.meshes import AT, NOW, meshes

INSTANTS = st.sampled_from([NOW, NOW, NOW, *AT])


def test_a_plan_read_as_aws_does_is_what_is_granted(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(200)
    @given(meshes(), INSTANTS)
    def gives(mesh: Mesh, now: datetime) -> None:
        plan = line.plan(mesh, now)
        wrong = agree.wrong(json.loads(write_plan(plan)), agree.Granted(as_json(mesh), plan), seen)
        assert wrong == []

    gives()
    assert_seen(seen, "roles", "sessions", "columns", "later columns", "ended columns")


def test_no_break_of_a_plan_that_matters_is_overlooked(line: Line) -> None:
    seen: Counter[str] = Counter()

    @examples(200)
    @given(meshes(), st.integers(0, 2**32))
    def finds(mesh: Mesh, seed: int) -> None:
        plan = line.plan(mesh, NOW)
        assert agree.overlooked(plan, agree.Granted(as_json(mesh), plan), seed, seen) == []

    finds()
    assert_seen(seen, "breaks that matter", "breaks that do not")
