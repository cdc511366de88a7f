"""`make fuzz`: random meshes for as long as it takes; the engine and its independent evaluators agree on each.

.venv/bin/python tools/fuzz.py                         100,000 meshes, then 1,000 more on the emulated AWS; on all cores
.venv/bin/python tools/fuzz.py --count 2000 --first 7  another number, from another seed on
.venv/bin/python tools/fuzz.py --count 0 --emulated 50 another number of those that are applied to the emulated AWS

Each mesh is a seed, so that whatever is found can be found again. The first finding ends the run. On the emulated AWS
a session of every access role is started under each session policy, and asked for every column of every table, in the
lake and in the warehouses of the role's account.
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

IN_ONE_GO = {False: 1000, True: 100}
"""Meshes for which one OPA is started; on the emulated AWS fewer, as each takes longer."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks random meshes against independent evaluators.")
    parser.add_argument("--count", type=int, default=100_000, help="how many meshes (default: 100,000)")
    parser.add_argument(
        "--emulated", type=int, default=1000, help="how many more, on the emulated AWS (default: 1,000)"
    )
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed (default: 1,000,000)")
    options = parser.parse_args()
    first = options.first
    for count, emulated in ((options.count, False), (options.emulated, True)):
        if count and not _agree(range(first, first + count), emulated=emulated):
            return 1
        first += count
    return 0


def _agree(seeds: range, *, emulated: bool) -> bool:
    """Whether nothing was found; prints how far it is, and what."""
    seen: Counter[str] = Counter()
    started, size = time.monotonic(), IN_ONE_GO[emulated]
    goes = [range(first, min(first + size, seeds.stop)) for first in range(seeds.start, seeds.stop, size)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for found, counted in pool.map(_go, goes, [emulated] * len(goes)):
            seen.update(counted)
            if found:
                pool.shutdown(cancel_futures=True)
                print("\n".join(["", *found[:10]]), file=sys.stderr)
                return False
            where = " on the emulated AWS" if emulated else ""
            seconds = time.monotonic() - started
            print(f"\r{seen['meshes']:,} meshes{where}, {seconds:,.0f} s", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(seen.items()))
    print(f"{'the emulated AWS' if emulated else 'every evaluator'} agrees: {told}")
    return True


def _go(seeds: range, emulated: bool) -> tuple[list[str], Counter[str]]:
    from engine.opa.bundle import read_policies
    from engine.opa.client import open_opa
    from engine.opa.rules import load_rules
    from tests.properties.many import check

    seen: Counter[str] = Counter()
    policies = read_policies(ROOT / "policies")
    with open_opa(policies, load_rules(policies)) as opa:
        return check(opa, seeds, seen, emulated=emulated), seen


if __name__ == "__main__":
    sys.exit(main())
