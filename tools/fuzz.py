"""`make fuzz`: random meshes for as long as it takes; the engine and its independent evaluators agree on each.

.venv/bin/python tools/fuzz.py                         100,000 meshes, on all cores
.venv/bin/python tools/fuzz.py --count 2000 --first 7  another number, from another seed on

Each mesh is a seed, so that whatever is found can be found again. The first finding ends the run.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

IN_ONE_GO = 1000
"""Meshes for which one OPA is started."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks random meshes against independent evaluators.")
    parser.add_argument("--count", type=int, default=100_000, help="how many meshes (default: 100,000)")
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed (default: 1,000,000)")
    options = parser.parse_args()
    seen: Counter[str] = Counter()
    last, started = options.first + options.count, time.monotonic()
    goes = [range(first, min(first + IN_ONE_GO, last)) for first in range(options.first, last, IN_ONE_GO)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for found, counted in pool.map(_go, goes):
            seen.update(counted)
            if found:
                pool.shutdown(cancel_futures=True)
                print("\n".join(["", *found[:10]]), file=sys.stderr)
                return 1
            seconds = time.monotonic() - started
            print(f"\r{seen['meshes']:,} meshes, {seconds:,.0f} s", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(seen.items()))
    print(f"every evaluator agrees: {told}")
    return 0


def _go(seeds: range) -> tuple[list[str], Counter[str]]:
    from engine.opa.bundle import read_policies
    from engine.opa.client import open_opa
    from engine.opa.rules import load_rules
    from tests.properties.many import check

    seen: Counter[str] = Counter()
    policies = read_policies(ROOT / "policies")
    with open_opa(policies, load_rules(policies)) as opa:
        return check(opa, seeds, seen), seen


if __name__ == "__main__":
    sys.exit(main())
