"""All state of one emulated AWS. moto keeps its own for the whole process, so a process has one World at a time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

from moto.moto_api._internal.models import moto_api_backend

from tests.emulator.redshift.catalogue import Warehouses

if TYPE_CHECKING:
    from tests.emulator.call import Call
    from tests.emulator.faults import Fault
    from tests.emulator.identity import Caller, Session

T = TypeVar("T")
ORGANIZATION = "o-exampleorgid"


@dataclass(frozen=True, slots=True)
class Event:
    """One call, whoever answered it, and however."""

    id: str
    time: datetime
    service: str
    name: str
    region: str
    account: str
    caller: Caller | None
    """None: nobody known signed it."""
    parameters: Mapping[str, Any]
    error_code: str | None
    error_message: str | None


@dataclass
class World:
    """`moment` None: time passes as it does outside. Otherwise it stands still until `set_now` or `pass_time`."""

    moment: datetime | None = None
    organization: set[str] = field(default_factory=set)
    organization_id: str = ORGANIZATION
    trail: list[Event] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What was asked and no page answers: a test run fails on it."""
    violations: list[str] = field(default_factory=list)
    """Where an answer is not as the service's model says: an error of the emulator, on which a test run fails."""
    sessions: dict[str, Session] = field(default_factory=dict)
    after_each: list[Callable[[World, Call], None]] = field(default_factory=list)
    """Run under the lock after each call, so that a test sees the state between every two operations."""
    before_each: list[Callable[[World, Call], None]] = field(default_factory=list)
    """Run under the lock before each call: what services go on with meanwhile."""
    at_end: list[Callable[[], None]] = field(default_factory=list)
    """Run when the server stops and on `reset`: ends what runs outside of this process."""
    warehouses: Warehouses = field(init=False)
    """All of Amazon Redshift."""
    hold_statements: bool = False
    """Statements of the Redshift Data API start, and do not end."""
    faults: list[Fault] = field(default_factory=list)
    throttle_lookups: bool = False
    session_policy_documents_count: bool = False
    """Whether the documents of managed session policies count into the 2,048 characters, or only their ARNs."""
    """CloudTrail answers two LookupEvents a second, as on AWS."""
    lock: RLock = field(default_factory=RLock)
    random: random.Random = field(default_factory=lambda: random.Random(0))
    _states: dict[tuple[Callable[[str, str], Any], str, str], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing is left: no account, no session, no event. `moment` and the lock stay."""
        with self.lock:
            self.end()
            moto_api_backend.reset()
            self.warehouses = Warehouses(self.now)
            for kept in (self.organization, self.trail, self.refused, self.violations, self.sessions, self._states):
                kept.clear()
            self.after_each.clear()
            self.before_each.clear()
            self.hold_statements = False
            self.faults.clear()
            self.throttle_lookups = False
            self.session_policy_documents_count = False
            self.random.seed(0)

    def end(self) -> None:
        """Nothing that was started for this world still runs."""
        while self.at_end:
            self.at_end.pop()()

    @contextmanager
    def unlocked(self) -> Iterator[None]:
        """Within a call: lets others in while something runs that calls back."""
        self.lock.release()
        try:
            yield
        finally:
            self.lock.acquire()

    def now(self) -> datetime:
        """In UTC."""
        return self.moment if self.moment is not None else datetime.now(UTC)

    def set_now(self, moment: datetime) -> None:
        self.moment = moment

    def pass_time(self, by: timedelta) -> None:
        self.moment = self.now() + by

    def state(self, kind: Callable[[str, str], T], account: str, region: str) -> T:
        """The `kind` of an account in a region: `kind(account, region)`, made when first asked for."""
        key = (kind, account, region)
        if key not in self._states:
            self._states[key] = kind(account, region)
        made: T = self._states[key]
        return made

    def states(self, kind: type[T]) -> dict[tuple[str, str], T]:
        """Every `kind` made so far, by account and region."""
        return {(account, region): made for (of, account, region), made in self._states.items() if of is kind}
