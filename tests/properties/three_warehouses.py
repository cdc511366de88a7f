"""Of three evaluators of one plan: what each says that a session reads in warehouses, and whose statements it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.emulator.identity import Credentials
from tests.properties import redshift
from tests.properties.agree import Granted, Held, Json
from tests.properties.applied import Cloud
from tests.properties.emulated import Emulated
from tests.properties.emulated_warehouses import InWarehouses
from tests.properties.evaluated import Evaluated


@dataclass(frozen=True)
class Started:
    """A session of a role with some tags, under a session policy or none; `number` and `place` are theirs in the plan.

    `another` is a session of the same kind that somebody else has. `usual`: with the tags that are meant for it.
    """

    number: int
    role: Json
    place: int | None
    policy: Json | None
    tags: dict[str, str]
    session: Credentials
    another: Credentials
    usual: bool

    def __str__(self) -> str:
        under = f"{self.role['id']} under {self.policy['id'] if self.policy else 'no policy'}"
        return under if self.tags == self.role["session_tags"] else f"{under}, with tags {self.tags},"


class ThreeOfWarehouses:
    def __init__(
        self, plan: Json, granted: Granted, engine: Evaluated, cloud: Cloud, emulated: Emulated, seen: Counter[str]
    ) -> None:
        self._plan, self._granted, self._engine, self._seen = plan, granted, engine, seen
        self._emulated = emulated
        self._asked = InWarehouses(cloud, granted.warehouses.ids, seen)

    def reads(self, of: Started, at: str) -> set[redshift.Column]:
        """What a session reads in the emulated warehouses."""
        self._emulated.set_now(at)
        read = self._asked.reads(of.session, of.role["account"])
        self._seen["columns in warehouses" if at == self._granted.now else "later columns in warehouses"] += len(read)
        return read

    def differences(self, of: Started, read: set[redshift.Column], at: str) -> Iterator[str]:
        """Where the others say that the session reads something else, or sees what another session does not show."""
        plain = redshift.reads(self._plan, self._granted.warehouses, of.role, at, of.policy, of.tags)
        engine = self._engine.reads_in_warehouses(of.number, of.place, at, of.tags)
        yield from unlike_others(f"{of} at {at}", read, engine, plain)
        if self._asked.statement is not None:
            self._emulated.set_now(at)
            sees = self._asked.sees(of.another)
            self._seen["statements of others that are seen" if sees else "statements of others that are not seen"] += 1
            by_engine = self._engine.sees_others(of.number, of.place, at)
            for who, other in (
                ("engine", by_engine),
                ("plain evaluator", redshift.sees_others(of.role, at, of.policy)),
            ):
                if sees != other:
                    yield f"{of} at {at} sees the statements of others: {sees}; {who}: {other}"


def reached(held: list[Held], product: str, at: str) -> list[Held]:
    """To what of it a session under the policy of a product comes: whoever gets into a warehouse reads there what his
    role does, of other products too."""
    entered = {item.warehouse for item in held if item.product == product and at < item.end} - {""}
    return [item for item in held if (item.warehouse in entered if item.warehouse else item.product == product)]


def unlike_others(
    where: str, read: set[redshift.Column], engine: set[redshift.Column], plain: set[redshift.Column]
) -> Iterator[str]:
    for who, other in (("engine", engine), ("plain evaluator", plain)):
        if read != other:
            yield f"{where} reads {_told(read)}; {who}: {_told(other)}"


def _told(read: set[redshift.Column]) -> list[str]:
    return sorted("/".join(column) for column in read)
