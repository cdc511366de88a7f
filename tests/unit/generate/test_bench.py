"""What the bench compares with gives the same answers as the engine, on the mesh of this repository."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench_otherwise import build_column_graph, column_ids, find_reached, find_readers, find_ways
from engine.graph.index import index_access
from engine.graph.names import Holder, Target
from engine.graph.what_can import columns_of, what_can
from engine.graph.who_can import readers_of
from engine.run import Run, draft_run

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def run() -> Run:
    return draft_run(ROOT, datetime(2026, 6, 1, tzinfo=UTC))


def test_a_graph_with_a_node_a_column_answers_as_the_engine_does(run: Run) -> None:
    index = index_access(run.mesh, run.plan)
    built = build_column_graph(run.mesh, run.plan.entitlements)
    read: dict[str, set[str]] = {}
    for number, principal in enumerate(run.mesh.principal):
        holder = Holder("principal", principal)
        rows = what_can(index, holder)
        by_column: dict[str, set[str]] = {}
        for row in rows:
            for name in row.columns:
                by_column.setdefault(Target(row.product, row.table, name).id, set()).add(row.entitlement)
        assert find_reached(built, principal) == by_column.keys() == column_ids(columns_of(index, holder))
        for column in by_column:
            read.setdefault(column, set()).add(principal)
        if number % 10 == 0 and by_column:
            column, entitlements = next(iter(by_column.items()))
            assert {way[-2] for way in find_ways(built, principal, column)} == {
                f"entitlement:{id}" for id in entitlements
            }
    assert read
    for product in run.mesh.products:
        for table in product.tables:
            for each in table.columns:
                target = Target(product.id, table.name, each.name)
                readers = readers_of(index, target)
                assert find_readers(built, target.id) == readers == read.get(target.id, set())


@pytest.mark.parametrize("scales", ["0", "1,", "ten", "-1"])
def test_the_bench_refuses_what_is_no_size(scales: str) -> None:
    done = subprocess.run(
        [sys.executable, "tools/bench.py", f"--scales={scales}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert f"`{scales}` names no sizes; write them as `1,10`" in done.stderr
