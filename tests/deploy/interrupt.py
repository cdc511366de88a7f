"""`kill -9` of a deploy at one moment: cdktf, its Terraforms and their providers die before AWS's answer arrives."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deploy.company import Company
from tests.deploy.conftest import NOW
from tests.emulator.call import Call
from tests.emulator.world import World


def kill_at(company: Company, *operations: str, sql: str = "") -> None:
    """Deploys, and kills everything once AWS has done a call of each of the operations; of statements, one of `sql`."""
    with (
        company.deployment.start("deploy", NOW, ("*",)) as deploy,
        killing(company.cloud.world, deploy, *operations, sql=sql),
    ):
        said, _ = deploy.communicate()
    assert deploy.returncode == -signal.SIGKILL, f"no {' and '.join(operations)} was there to kill at:\n{said[-3000:]}"


@contextmanager
def killing(world: World, process: subprocess.Popen[str], *operations: str, sql: str = "") -> Iterator[None]:
    """Within, the process and all that descend from it are killed at the first moment when all of these are done.

    `sql`: how a statement begins.
    """
    waiting = set(operations)

    def kill(_: World, call: Call) -> None:
        if call.params.get("Sql", "").startswith(sql):
            waiting.discard(call.operation)
        if not waiting:
            # listed before the first dies, for its children then descend from it no more
            for each in [process.pid, *_descendants(process.pid)]:
                _kill(each)

    world.after_each.append(kill)
    try:
        yield
    finally:
        world.after_each.remove(kill)


def _descendants(ancestor: int) -> Iterator[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in listed.splitlines():
        process, parent = map(int, line.split())
        children.setdefault(parent, []).append(process)
    waiting = children.get(ancestor, [])
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
