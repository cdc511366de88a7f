"""Registers every operation of the lake: Lake Formation, the Glue Data Catalog, resource shares; and refuses the
others."""

from __future__ import annotations

from typing import NoReturn

from tests.emulator import glue, glue_tables, ram
from tests.emulator.call import Call
from tests.emulator.errors import Refused
from tests.emulator.front import OPERATIONS, operation
from tests.emulator.lakeformation import (
    grant_operations,
    listing,
    location_operations,
    opt_in_operations,
    search,
    settings_operations,
    tag_operations,
)
from tests.emulator.protocol import service_model
from tests.emulator.world import World

MODULES = (
    glue,
    glue_tables,
    grant_operations,
    listing,
    location_operations,
    opt_in_operations,
    ram,
    search,
    settings_operations,
    tag_operations,
)
SERVICES = ("glue", "lakeformation", "ram")


def refuse(_: World, call: Call) -> NoReturn:
    """What moto would answer from a state of its own, which nothing here writes."""
    raise Refused(str(call))


for _service in SERVICES:
    operation(
        _service, *(name for name in service_model(_service).operation_names if (_service, name) not in OPERATIONS)
    )(refuse)
