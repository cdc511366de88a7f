"""What every access role reads after each call that changes something, while a deploy runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from engine.grants.names import central_database
from engine.model.plan import Plan, RolePlan
from tests.deploy.cloud import Cloud, expected_reads
from tests.emulator.call import Call
from tests.emulator.catalog import Catalog
from tests.emulator.identity import Credentials
from tests.emulator.lakeformation.effective import Who, table_rights
from tests.emulator.lakeformation.state import Lake
from tests.emulator.world import World

Column: TypeAlias = tuple[str, str, str, str]
"""(access role, product, table, column)."""

_ASKS = ("Get", "List", "Describe", "Head", "AssumeRole", "Search", "Lookup")


@dataclass(frozen=True, slots=True)
class Moment:
    """After one call: what sessions read, and what Lake Formation alone would let their roles select."""

    account: str
    """The one that it was called in."""
    service: str
    operation: str
    subject: tuple[str, ...]
    """What the call is about: for a grant its grantee and resource, for LF-tags where they stand."""
    read: frozenset[Column]
    granted: frozenset[Column]

    def __str__(self) -> str:
        return f"{self.operation}({', '.join(self.subject)})"


@dataclass(frozen=True, slots=True)
class Gap:
    """A column that a role should have read all the time, and did not, from one call to before another."""

    column: Column
    began: Moment
    ended: Moment | None
    calls: int
    """How many calls that change something it lasted; 1 when the next one ended it."""

    def __str__(self) -> str:
        role, product, table, column = self.column
        return f"{role} without {product} {table}.{column} for {self.calls}: {self.began} .. {self.ended or 'the end'}"

    def within(self, taken: str, given: str) -> bool:
        """Whether it lasted from when Terraform took something away until it gave it back, maybe otherwise.

        A grant is of the same grantee on the same kind of resource, tags stand on the same column.
        """
        if self.ended is None or (self.began.operation, self.ended.operation) != (taken, given):
            return False
        same = 3 if taken == "RevokePermissions" else None
        return self.began.subject[:same] == self.ended.subject[:same]


@dataclass
class Watch:
    """`sessions`: one for each access role that reads something, started before anything changes."""

    cloud: Cloud
    roles: tuple[RolePlan, ...]
    sessions: Mapping[str, Credentials]
    moments: list[Moment] = field(default_factory=list)

    def look(self, _: World, call: Call) -> None:
        if not call.operation.startswith(_ASKS):
            self.moments.append(
                Moment(call.account, call.service, call.operation, _subject(call), self._read(), self._granted())
            )

    def _read(self) -> frozenset[Column]:
        found: set[Column] = set()
        for role in self.roles:
            if role.id in self.sessions:
                for region in self.cloud.mesh.account[role.account].regions:
                    for place, columns in self.cloud.reads(self.sessions[role.id], region).items():
                        found |= {(role.id, *place, column) for column in columns}
        return frozenset(found)

    def _granted(self) -> frozenset[Column]:
        found: set[Column] = set()
        governance, world = self.cloud.mesh.governance_account.id, self.cloud.world
        for product in self.cloud.mesh.products:
            if product.server is None or product.server.kind != "glue":
                continue
            lake = world.state(Lake, governance, product.server.region)
            catalog = world.state(Catalog, governance, product.server.region)
            database = central_database(product.id)
            for table in catalog.databases[database].tables.values():
                for role in self.roles:
                    rights = table_rights(lake, Who(role.arn, role.account), database, table.name, table.all_columns)
                    found |= {(role.id, product.id, table.name, column) for column in rights.selected}
        return frozenset(found)

    def gaps(self, before: Plan, after: Plan) -> list[Gap]:
        """Every time that a column of both plans was not read."""
        found = []
        for column in sorted(_columns(before) & _columns(after)):
            reads = [column in moment.read for moment in self.moments]
            for read, run in groupby(range(len(reads)), key=reads.__getitem__):
                if not read:
                    numbers = list(run)
                    end = numbers[-1] + 1
                    ended = self.moments[end] if end < len(self.moments) else None
                    found.append(Gap(column, self.moments[numbers[0]], ended, len(numbers)))
        return found

    def strays(self, before: Plan, after: Plan) -> list[str]:
        """Every column that a role could select after some call, and that neither plan gives it."""
        allowed = _columns(before) | _columns(after)
        return [f"{item}: {sorted(item.granted - allowed)}" for item in self.moments if item.granted - allowed]


@contextmanager
def watching(cloud: Cloud, plan: Plan) -> Iterator[Watch]:
    """Looks after each call within. `plan` is what stands: whoever reads something by it has a session."""
    reading = [role for role in plan.access_roles if expected_reads(plan, role.id)]
    watch = Watch(cloud, plan.access_roles, {role.id: cloud.session(role) for role in reading})
    cloud.world.after_each.append(watch.look)
    try:
        yield watch
    finally:
        cloud.world.after_each.remove(watch.look)


def _columns(plan: Plan) -> frozenset[Column]:
    return frozenset(
        (role.id, *place, column)
        for role in plan.access_roles
        for place, columns in expected_reads(plan, role.id).items()
        for column in columns
    )


def _subject(call: Call) -> tuple[str, ...]:
    if call.service != "lakeformation":
        return (call.service, *_names(call.params))
    resource = call.params.get("Resource") or {}
    principal = call.params.get("Principal", {}).get("DataLakePrincipalIdentifier", "")
    return (principal.rpartition("/")[2], *_place(resource))


def _place(resource: Mapping[str, Any]) -> Iterator[str]:
    for kind, of in resource.items():
        if of is None:
            continue
        yield kind
        for key in ("DatabaseName", "Name", "ResourceType"):
            if of.get(key):
                yield str(of[key])
        columns: Iterable[str] = of.get("ColumnNames") or ()
        yield from columns
        for term in of.get("Expression") or ():
            yield f"{term['TagKey']}={'|'.join(term['TagValues'])}"


def _names(params: Mapping[str, Any]) -> Iterator[str]:
    return (str(value) for key, value in sorted(params.items()) if key.endswith(("Name", "Arn")))
