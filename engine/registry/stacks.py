"""What stood in stacks when they were synthesized last: what declares a stack may leave only when that is gone.

Terraform keeps the resources of a stack that is no longer synthesized, and cdktf says nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from engine.errors import PlanError, RegistryError
from engine.model.facts import Warehouse
from engine.model.mesh import Mesh
from engine.model.plan import WarehousePlan
from engine.text.files import replace_file

_HELD = TypeAdapter(dict[str, str])


def of_account(account: str) -> str:
    return f"consumer account `{account}`"


def of_region(account: str, region: str) -> str:
    return f"region `{region}` of consumer account `{account}`"


def of_producer(account: str, region: str) -> str:
    return f"region `{region}` of producer account `{account}`"


def of_domain(domain: str, region: str) -> str:
    return f"region `{region}` of domain `{domain}`"


def of_warehouse(item: Warehouse | WarehousePlan) -> str:
    """With all that says where it is: declared anew under its own id, it is another warehouse."""
    at = f"{item.kind} `{item.compute}`, namespace `{item.namespace}`, database `{item.database}`"
    return f"warehouse `{item.id}` ({at})"


class FileStackStore:
    """The stacks that held something, in a file: name → what declares it, in words.

    Of what a stack made in a warehouse the name is followed by the warehouse's id.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "stacks.json"

    def record(self, held: Mapping[str, str]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._file, (json.dumps(held, indent=1, sort_keys=True) + "\n").encode())

    def held(self) -> dict[str, str]:
        """Empty before the first synthesis. Raises RegistryError when the file cannot be read."""
        if not self._file.is_file():
            return {}
        try:
            return _HELD.validate_json(self._file.read_bytes())
        except ValidationError:
            raise RegistryError(f"{self._file}: no record of stacks; move the file aside to go on") from None


def in_warehouse(stack: str, warehouse: str) -> str:
    return f"{stack} {warehouse}"


def check_leaving(store: FileStackStore, mesh: Mesh) -> None:
    """Raises PlanError when something that is not declared any more held something in its stack."""
    declared = set(_declared(mesh))
    gone = {stack: by for stack, by in sorted(store.held().items()) if by not in declared}
    if gone:
        raise PlanError("\n".join(left_behind(stack, f"{by} is") for stack, by in gone.items()))


def left_behind(stack: str, who: str) -> str:
    """What is wrong when what stands in a stack is no longer synthesized, and the way out.

    `who` is what declared it, with a verb.
    """
    stack, _, warehouse = stack.partition(" ")
    if warehouse:
        return (
            f"{who} no longer declared, and stack `{stack}` made something there, which might stay; declare it as it"
            " was, suspend its region (`suspended_regions` of its account), deploy, then change or remove it"
        )
    return (
        f"{who} no longer declared, and stack `{stack}` holds something, which Terraform would keep; declare it again,"
        " suspend it (`suspended`, `suspended_regions`), deploy, then remove it"
    )


def _declared(mesh: Mesh) -> Iterator[str]:
    for account in mesh.accounts:
        if "consumer" in account.roles:
            yield of_account(account.id)
            yield from (of_region(account.id, region) for region in account.regions)
        if "producer" in account.roles:
            yield from (of_producer(account.id, region) for region in account.regions)
    yield from map(of_warehouse, mesh.warehouses)
    for domain in mesh.domains:
        yield from (of_domain(domain.id, region) for region in domain.regions)
