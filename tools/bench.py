"""`make bench`: how long the engine takes, and how much memory, on a generated mesh; and what one would do without it.

.venv/bin/python tools/bench.py                          at scale 1 and 10, which takes some minutes
.venv/bin/python tools/bench.py --scales 1 --no-synth    the short version
.venv/bin/python tools/bench.py --output json            every figure, to keep

Every phase runs in a process of its own, which reads what the phases before it left. Its time excludes that reading,
its peak memory includes what was read. Goals stand beside the figures and are not asserted: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import bench_otherwise as otherwise
import bench_phases as phases
from bench_phases import SEED, Bench, Figures, megabytes

if TYPE_CHECKING:
    from rich.console import Console


STATEMENTS = "half in Redshift: statements"


@dataclass(frozen=True)
class Phase:
    """`goal` is printed beside the figures. `once`: at scale 1 only; `synthesizes`: left out with `--no-synth`."""

    title: str
    run: Callable[[Bench], None]
    goal: str = ""
    once: bool = False
    synthesizes: bool = False


PHASES = (
    Phase("generate the mesh", phases.generate),
    Phase("sources → mesh", phases.sources),
    Phase("policies → rules", phases.policies),
    Phase("decide", phases.decide),
    Phase("entitle", phases.entitle),
    Phase("compile the plan", phases.compile_),
    Phase("write the plan", phases.write),
    Phase("equivalence", phases.equivalence),
    Phase("all: sources → plan", phases.line, "5 s, 500 MB at 1"),
    Phase("index of who reads what", phases.index),
    Phase("access graph", phases.graph),
    Phase("graph, a node a column", otherwise.column_graph),
    Phase("impact of one line", phases.impact, "8 s at 1"),
    Phase("Terraform", phases.synth, "60 s at 1", once=True, synthesizes=True),
    Phase("half in Redshift: to entitlements", phases.half, once=True),
    Phase("half in Redshift: compile", phases.half_compile, once=True),
    Phase("half in Redshift: equivalence", phases.half_equivalence, once=True),
    Phase("half in Redshift: Terraform", phases.half_synth, once=True, synthesizes=True),
    Phase(STATEMENTS, phases.half_statements, once=True),
)
AGAINST = (Phase("queries", otherwise.queries), Phase("one call each", otherwise.calls))


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the engine on a generated mesh.")
    parser.add_argument("--scales", type=_scales, default="1,10", help="sizes, with commas between (default: 1,10)")
    parser.add_argument(
        "--no-synth", action="store_true", help="leave out Terraform, which is measured at scale 1 only"
    )
    parser.add_argument("--output", choices=("table", "json"), default="table")
    parser.add_argument("--phase", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase:
        title, work, scale = options.phase
        return _child(title, Path(work), int(scale))
    busy = os.getloadavg()[0]
    found = {scale: _measure(scale, synth=not options.no_synth) for scale in options.scales}
    machine = (
        f"{os.cpu_count()} cores, load {busy:.1f} at the start, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}"
    )
    if options.output == "json":
        print(json.dumps({"machine": machine, "scales": found}, indent=2, default=asdict))
    else:
        _show(machine, found)
    return 0


def _scales(text: str) -> list[int]:
    scales = text.split(",")
    if not all(scale.isdecimal() and int(scale) for scale in scales):
        raise argparse.ArgumentTypeError(f"`{text}` names no sizes; write them as `1,10`")
    return sorted({int(scale) for scale in scales})


def _child(title: str, work: Path, scale: int) -> int:
    bench = Bench(work, scale)
    next(phase for phase in (*PHASES, *AGAINST) if phase.title == title).run(bench)
    bench.figures.peak = bench.figures.peak or megabytes(resource.RUSAGE_SELF)
    print(json.dumps(asdict(bench.figures)))
    return 0


def _measure(scale: int, *, synth: bool) -> dict[str, Figures]:
    """Every phase, each in a process of its own, in a folder that is gone afterwards."""
    found = {}
    with TemporaryDirectory(prefix="meshwarden-bench-") as work:
        for phase in (*PHASES, *AGAINST):
            if (phase.once and scale > 1) or (phase.synthesizes and not synth):
                continue
            print(f"scale {scale}: {phase.title} …", end=" ", flush=True, file=sys.stderr)
            command = [sys.executable, __file__, "--phase", phase.title, work, str(scale)]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
            if done.returncode:
                raise SystemExit(f"bench: phase `{phase.title}` failed at scale {scale}")
            found[phase.title] = Figures(**json.loads(done.stdout))
            print(f"{found[phase.title].seconds:.2f} s", file=sys.stderr)
    return found


def _show(machine: str, found: dict[int, dict[str, Figures]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{machine}; seed {SEED}")
    largest, smallest = max(found), min(found)
    table = Table("phase", title="Time, and peak memory of the phase's own process", title_justify="left")
    for scale in found:
        table.add_column(f"at {scale}", justify="right")
        table.add_column("peak", justify="right")
    table.add_column("growth", justify="right")
    table.add_column("goal")
    for phase in (phase for phase in PHASES if any(phase.title in of_scale for of_scale in found.values())):
        cells = [phase.title]
        for figures in (of_scale.get(phase.title) for of_scale in found.values()):
            cells += [f"{figures.seconds:.2f} s", f"{figures.peak:.0f} MB"] if figures else ["–", "–"]
        first, last = found[smallest].get(phase.title), found[largest].get(phase.title)
        grown = f"{last.seconds / first.seconds:.1f}×" if first and last and largest > smallest else "–"
        table.add_row(*cells, grown, phase.goal)
        if phase.run is phases.decide:
            table.add_row("  OPA, while it decides", *(cell for of_scale in found.values() for cell in _opa(of_scale)))
    console.print(table)
    against = Table("what", "scale", title="Against what one would do otherwise", title_justify="left")
    for column in ("Meshwarden", "otherwise", "ratio"):
        against.add_column(column, justify="right")
    against.add_column("goal")
    for scale, figures_of in found.items():
        rates = figures_of["one call each"].notes
        ratio = rates["bulk"] / rates["one_each"]
        in_calls = f"{rates['one_each']:,.0f}/s"
        against.add_row("decisions", str(scale), f"{rates['bulk']:,.0f}/s", in_calls, f"{ratio:,.1f}×", "20×")
        of_query = figures_of["queries"].notes
        for what, asked, beside, goal in (
            ("who, a set", "who", "who_otherwise", "20× at 10"),
            ("who, rows / a set", "who_rows", "who_otherwise", ""),
            ("what, by table / a set", "what", "what_otherwise", "20× at 10"),
            ("what, rows / a set", "what_rows", "what_otherwise", ""),
            ("why, every way", "why", "why_otherwise", "100× at 10"),
            ("why, every / one way", "why", "why_one_otherwise", ""),
        ):
            ours, theirs = of_query[asked], of_query[beside]
            shown = (f"{ours * 1000:.3f} ms", f"{theirs * 1000:.3f} ms", f"{theirs / ours:,.1f}×", goal)
            against.add_row(what, str(scale), *shown)
    console.print(against)
    console.print(
        f"Otherwise: {otherwise.CALLS} sampled questions in one call each to the same OPA, against all of them in bulk;"
        f" and {otherwise.ASKED} sampled queries ({otherwise.EXPLAINED} of why) to networkx with a node a column."
        " Both sides are prepared, and gave the same answers; where one gives them in another form, `/` stands between"
        " the forms. A why has the requirements, approvals and grants too, which the other graph does not know."
    )
    if 1 in found:
        _show_statements(console, found[1][STATEMENTS].notes)


def _show_statements(console: Console, counts: dict[str, float]) -> None:
    from rich.table import Table

    title = "Statements in warehouses for an agreement, by each warehouse that receives"
    table = Table("agreement", title=title, title_justify="left")
    for column in ("producer", "consumer", "the outcome needs", "ended and made anew", "ratio"):
        table.add_column(column, justify="right")
    ours = {what: counts[f"{what} producer"] + counts[f"{what} consumer"] for what in ("added", "narrowed", "revoked")}
    anew = ours["revoked"] + ours["added"]
    for what, ran in ours.items():
        cells = [f"{counts[f'{what} {of}']:.1f}" for of in ("producer", "consumer", "needed")]
        otherwise = (f"{anew:.1f}", f"{anew / ran:.1f}×") if what == "narrowed" else ("–", "–")
        table.add_row(what, *cells, *otherwise)
    console.print(table)
    console.print(
        f"Means of {counts['shares']:.0f} datashares with {counts['views']:.1f} views. Each statement was left out"
        " once: what the outcome needs is what the reconciler then misses. The others cut access before all else goes."
    )


def _opa(figures: dict[str, Figures]) -> tuple[str, str]:
    return "", f"{figures['decide'].notes['opa']:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
