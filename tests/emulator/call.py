"""One call of one operation: who, what, where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel
from moto.core.request import Request

from tests.emulator.conditions import Values
from tests.emulator.identity import Caller


@dataclass(slots=True)
class Call:
    service: str
    operation: str
    region: str
    caller: Caller
    params: dict[str, Any]
    """By botocore's member names."""
    model: OperationModel = field(repr=False)
    protocol: str = field(repr=False)
    request: Request = field(repr=False)
    body: bytes = field(repr=False)
    called_via: tuple[str, ...] = ()
    """`aws:CalledVia`: the services that made this call in the caller's name."""
    keys: dict[str, Values | None] = field(default_factory=dict, repr=False)
    """Condition keys, in lower case, that the service adds from what it knows of the resource."""

    @property
    def account(self) -> str:
        """The caller's account."""
        return self.caller.account

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"
