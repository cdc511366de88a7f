"""What the engine's evaluators say that a session reads, put together lock by lock as AWS asks them.

The engine itself compares each lock with what is granted and never puts them together (ADR 0027). Here they are, so
that on any plan, right or broken, they can be held against other evaluators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

from engine.grants.access_role.evaluate import assumable_by
from engine.grants.granted import Term
from engine.grants.iam import Layer, span
from engine.grants.lf_column.evaluate import readable_by_name
from engine.grants.lf_tag.evaluate import Database, describable_by_tags, readable_by_tags
from engine.grants.link.evaluate import describable_links
from engine.grants.location.evaluate import handed_out
from engine.grants.session_policy.evaluate import needs
from engine.model.plan import LinkTarget, Plan, RolePlan
from tests.properties.aws import Column
from tests.properties.evaluated_warehouses import EvaluatedWarehouses, holds, sees_others


class Evaluated:
    """Roles and session policies go by their place in the plan: the ids of a broken one may not be told apart."""

    def __init__(self, plan: Plan) -> None:
        """Raises EquivalenceError for a document that cannot be evaluated."""
        self.plan = plan
        self._identities = [Layer(role.policies) for role in plan.access_roles]
        self._sessions = [Layer({policy.id: policy.document}) for policy in plan.session_policies]
        self._trust = [assumable_by(role) for role in plan.access_roles]
        self._opened = [self._open(role) for role in plan.access_roles]
        self._warehouses = EvaluatedWarehouses(plan)

    def assumers(self, role: int, at: str) -> set[str]:
        return {arn for arn, windows in self._trust[role].items() if holds(windows, at)}

    def taggers(self, role: int, at: str) -> set[str]:
        """Who may start a session with the role's tags."""
        return self.assumers(role, at) & self._warehouses.taggers(role, self.plan.access_roles[role], at)

    def reads_in_warehouses(self, role: int, session: int | None, at: str, tags: Mapping[str, str]) -> set[Column]:
        account = self.plan.access_roles[role].account
        return self._warehouses.reads(account, self._layers(role, session), at, tags)

    def sees_others(self, role: int, session: int | None, at: str) -> bool:
        return sees_others(self._layers(role, session), at)

    def reads(self, role: int, session: int | None, at: str) -> set[Column]:
        """In the lake."""
        layers, of = self._layers(role, session), self.plan.access_roles[role]
        return {
            (database[2], table, column)
            for link, database, table, columns in self._opened[role]
            if self._reaches(layers, of, link, database, table, at)
            for column in columns
        }

    def _layers(self, role: int, session: int | None) -> list[Layer]:
        return [self._identities[role], *([] if session is None else [self._sessions[session]])]

    def _reaches(self, layers: list[Layer], role: RolePlan, link: str, database: Database, table: str, at: str) -> bool:
        instant = datetime.fromisoformat(at)
        needed = needs(role, "", database, link, {table: Term(instant, instant, instant)})
        return all(holds(span(layers, need.actions, resource)[0], at) for resource, need in needed.items())

    def _open(self, role: RolePlan) -> list[tuple[str, Database, str, frozenset[str]]]:
        """(link, central database, table, columns) that Lake Formation opens to the role, through each of its links."""
        arn = f"arn:aws:iam::{role.account}:role/{role.name}"
        described = {
            database
            for grant, databases in describable_by_tags(self.plan)
            if grant.principal == arn
            for database in databases
        }
        # by name, which no compiled grant does in the central catalog
        described |= {
            (grant.account, grant.region, grant.target.database)
            for grant in self.plan.grants
            if grant.principal == arn and isinstance(grant.target, LinkTarget) and "DESCRIBE" in grant.permissions
        }
        columns: dict[tuple[Database, str], set[str]] = {}
        hands_out = handed_out(self.plan)
        for grant, places in chain(readable_by_tags(self.plan), readable_by_name(self.plan)):
            for catalog, region, name, table, column in hands_out(arn, places) if grant.principal == arn else ():
                columns.setdefault(((catalog, region, name), table), set()).add(column)
        return [
            (link, database, table, frozenset(names))
            for link, database in self._links(arn, role.account)
            for (of, table), names in columns.items()
            if of == database and database in described
        ]

    def _links(self, arn: str, account: str) -> Iterator[tuple[str, Database]]:
        for grant, link in describable_links(self.plan):
            if grant.principal == arn and link.account == account:
                yield link.name, (link.target_catalog, link.region, link.target_database)
