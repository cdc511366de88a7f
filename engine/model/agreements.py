"""What was agreed: agreements, the states they went through, and the approvals that sign their terms."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from engine.model.fields import AccountId, Classification, Fact, Id, Signature, Text, sorted_unique
from engine.model.instants import Instant, format_instant


class State(StrEnum):
    """Where an agreement stands."""

    PENDING = "pending"
    ACTIVE = "active"
    REJECTED = "rejected"
    REVOKED = "revoked"


_FOLLOWS = {
    None: {State.PENDING},
    State.PENDING: {State.ACTIVE, State.REJECTED, State.REVOKED},
    State.ACTIVE: {State.REVOKED},
    State.REJECTED: set[State](),
    State.REVOKED: set[State](),
}


class StateChange(Fact):
    """The instant at which an agreement entered a state."""

    state: State
    at: Instant


class Approval(Fact):
    """A signature under one version and these terms of an agreement."""

    approver: Text
    signs_as: Signature = Field(alias="as")
    at: Instant
    version: Annotated[int, Field(ge=1)]
    terms: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)


def _in_order(history: tuple[StateChange, ...]) -> tuple[StateChange, ...]:
    order = list(State)
    return tuple(sorted(history, key=lambda change: (change.at, order.index(change.state))))


def _by_time(approvals: tuple[Approval, ...]) -> tuple[Approval, ...]:
    return tuple(sorted(approvals, key=lambda approval: (approval.at, approval.approver, approval.signs_as)))


class Agreement(Fact):
    """The consumer's contract: which persona uses which product for which purpose, within which bound, how long."""

    id: Id
    version: Annotated[int, Field(ge=1)]
    persona: Id
    product: Text
    tables: Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(sorted_unique)] | None = None
    purpose: Id
    accounts: Annotated[tuple[AccountId, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    max_classification: Classification
    personal: bool
    start: Instant
    end: Instant
    history: Annotated[tuple[StateChange, ...], Field(min_length=1), AfterValidator(_in_order)]
    requester: Text
    ticket: Text | None = None
    approvals: Annotated[tuple[Approval, ...], AfterValidator(_by_time)] = ()

    @model_validator(mode="after")
    def _times(self) -> Agreement:
        if self.end <= self.start:
            raise ValueError(f"agreement `{self.id}` ends at `{format_instant(self.end)}`, not after its start")
        before: StateChange | None = None
        for change in self.history:
            if change.state not in _FOLLOWS[before.state if before else None]:
                if before is None:
                    said = f"begins as `{change.state}` at `{format_instant(change.at)}`; `pending` has to be before"
                else:
                    said = f"goes from `{before.state}` to `{change.state}` at `{format_instant(change.at)}`"
                raise ValueError(f"agreement `{self.id}` {said}")
            before = change
        return self

    @cached_property
    def terms(self) -> str:
        """The hash that an approval signs: SHA-256 over what was agreed and who asked for it, hex."""
        agreed = self.model_dump_json(
            include={
                "persona",
                "product",
                "tables",
                "purpose",
                "accounts",
                "max_classification",
                "personal",
                "start",
                "end",
                "requester",
            }
        )
        return hashlib.sha256(agreed.encode()).hexdigest()

    def state_at(self, instant: datetime) -> State | None:
        """The state at `instant`, None before the agreement was requested."""
        return next((change.state for change in reversed(self.history) if change.at <= instant), None)
