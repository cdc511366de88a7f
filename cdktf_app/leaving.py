"""What still stands in stacks or warehouses that are no longer synthesized: by the last synthesis, and by local states.

A state in a bucket is not asked: there the last synthesis in this checkout is taken for what is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cdktf_app.layout import StackPlan
from cdktf_app.states import read_state
from engine.errors import PlanError
from engine.model.plan import WarehousePlan
from engine.registry.stacks import (
    in_warehouse,
    left_behind,
    of_account,
    of_domain,
    of_producer,
    of_region,
    of_warehouse,
)
from engine.run import stack_store

_STAYING = {"aws_lakeformation_data_lake_settings"}
"""Types that may stay behind: lake settings grant nobody anything, and who takes them away ends every administrator."""


def check_states(root: Path, stacks: Sequence[StackPlan]) -> None:
    """Raises PlanError when a local state holds something of a stack that is not among these, or cannot be read."""
    names = {stack.name for stack in stacks}
    told = [
        left_behind(path.stem, "what has a state here is")
        for path in sorted((root / "state").glob("*.tfstate"))
        if path.stem not in names and _holds(path)
    ]
    if told:
        raise PlanError("\n".join(told))


def record_stacks(root: Path, stacks: Sequence[StackPlan]) -> None:
    """Records which stacks hold something, and what declares them; not of those that are only planned."""
    if not any(stack.reading for stack in stacks):
        stack_store(root).record(dict(_held(stacks)))


def _holds(path: Path) -> bool:
    state = read_state(str(path), path.read_bytes())
    return any(item.instances and item.type not in _STAYING for item in state.resources)


def _held(stacks: Sequence[StackPlan]) -> Iterator[tuple[str, str]]:
    for stack in stacks:
        if not stack.holds:
            continue
        match stack.kind:
            case "roles":
                yield stack.name, of_account(stack.account)
            case "consumer":
                yield stack.name, of_region(stack.account, stack.region)
                yield from _made_in(stack, (share.consumer for share in stack.shares))
            case "domain":
                yield stack.name, of_domain(stack.name.removeprefix(f"governance-{stack.region}-"), stack.region)
            case "producer":
                yield stack.name, of_producer(stack.account, stack.region)
                yield from _made_in(stack, (share.producer for share in stack.shares))
            case "governance":
                raise AssertionError(f"stack `{stack.name}` holds something, and nothing says what it leaves with")


def _made_in(stack: StackPlan, warehouses: Iterable[WarehousePlan]) -> Iterator[tuple[str, str]]:
    for warehouse in warehouses:
        yield in_warehouse(stack.name, warehouse.id), of_warehouse(warehouse)
