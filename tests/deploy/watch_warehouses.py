"""What the database roles of access roles may read in warehouses after each call of a deploy that changes something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from engine.model.plan import Plan, ShareTarget
from tests.deploy.cloud import Cloud
from tests.emulator.call import Call
from tests.emulator.redshift.objects import User
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.redshift.privileges import must_read
from tests.emulator.redshift.session import Session
from tests.emulator.world import World

_SERVICES = frozenset({"redshift", "redshift-data"})
_NOBODY = "nobody"


@dataclass
class Strays:
    """`allowed`: (warehouse, database role, schema, view, column) of any of the plans."""

    cloud: Cloud
    allowed: frozenset[tuple[str, str, str, str, str]]
    roles: frozenset[tuple[str, str]]
    found: list[str] = field(default_factory=list)
    most: int = 0
    """The most that was read after any call, so that nobody takes a watch that saw nothing for a quiet one."""

    def look(self, _: World, call: Call) -> None:
        if call.service in _SERVICES:
            read = {column for warehouse, role in self.roles for column in self._read(warehouse, role)}
            self.most = max(self.most, len(read))
            if strays := sorted(read - self.allowed):
                self.found.append(f"after {call}: {strays}")

    def _read(self, warehouse: str, role: str) -> Iterator[tuple[str, str, str, str, str]]:
        """By the role alone: as a user who has nothing else."""
        held = self.cloud.world.warehouses.of_namespace(self.cloud.mesh.warehouse[warehouse].namespace)
        state = replace(held.state, users={**held.state.users, _NOBODY: User(_NOBODY, 0)})
        session = Session(replace(held, state=state), held.database, _NOBODY, frozenset({role}), transaction=False)
        for database in state.databases.values():
            for place in session.places(database).values():
                for relation in place.relations.values():
                    try:
                        must_read(session, place, relation)
                    except SqlError:
                        continue
                    yield from (
                        (warehouse, role, place.schema.name, relation.name, column) for column in relation.columns
                    )


@contextmanager
def strays_in_warehouses(cloud: Cloud, *plans: Plan) -> Iterator[Strays]:
    """Within, looks after each call to a warehouse for what none of the plans lets a role read."""
    targets = [grant.target for plan in plans for grant in plan.grants if isinstance(grant.target, ShareTarget)]
    allowed = frozenset(
        (target.consumer, target.redshift_role, target.name, view.table, column)
        for target in targets
        for view in target.views
        for column in view.columns
    )
    watch = Strays(cloud, allowed, frozenset((target.consumer, target.redshift_role) for target in targets))
    cloud.world.after_each.append(watch.look)
    try:
        yield watch
    finally:
        cloud.world.after_each.remove(watch.look)
