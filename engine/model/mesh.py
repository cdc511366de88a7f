"""All declared facts together: what one run decides on."""

from __future__ import annotations

import hashlib
from functools import cached_property

from engine.model.agreements import Agreement
from engine.model.facts import Account, Broker, Domain, Group, Persona, Principal, Purpose, Tag, Warehouse
from engine.model.fields import Fact
from engine.model.products import Product


class Mesh(Fact):
    """All declared facts, each collection sorted by id."""

    broker: Broker
    accounts: tuple[Account, ...]
    warehouses: tuple[Warehouse, ...]
    groups: tuple[Group, ...]
    principals: tuple[Principal, ...]
    purposes: tuple[Purpose, ...]
    domains: tuple[Domain, ...]
    tags: tuple[Tag, ...]
    personas: tuple[Persona, ...]
    products: tuple[Product, ...]
    agreements: tuple[Agreement, ...]

    @cached_property
    def canonical(self) -> bytes:
        """The canonical JSON, from which `Mesh.model_validate_json` gives an equal mesh."""
        return self.model_dump_json().encode()

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON, hex: the facts hash of a run."""
        return hashlib.sha256(self.canonical).hexdigest()

    @cached_property
    def account(self) -> dict[str, Account]:
        return {item.id: item for item in self.accounts}

    @cached_property
    def warehouse(self) -> dict[str, Warehouse]:
        return {item.id: item for item in self.warehouses}

    @cached_property
    def group(self) -> dict[str, Group]:
        return {item.id: item for item in self.groups}

    @cached_property
    def principal(self) -> dict[str, Principal]:
        return {item.id: item for item in self.principals}

    @cached_property
    def purpose(self) -> dict[str, Purpose]:
        return {item.id: item for item in self.purposes}

    @cached_property
    def domain(self) -> dict[str, Domain]:
        return {item.id: item for item in self.domains}

    @cached_property
    def persona(self) -> dict[str, Persona]:
        return {item.id: item for item in self.personas}

    @cached_property
    def product(self) -> dict[str, Product]:
        return {item.id: item for item in self.products}

    @cached_property
    def agreement(self) -> dict[str, Agreement]:
        return {item.id: item for item in self.agreements}

    @cached_property
    def governance_account(self) -> Account:
        return next(item for item in self.accounts if "governance" in item.roles)

    @cached_property
    def governance_group(self) -> Group:
        return next(item for item in self.groups if item.governance)

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Group id → the ids of its transitive member principals. The groups are acyclic."""
        closed: dict[str, frozenset[str]] = {}

        def close(group: str) -> frozenset[str]:
            if group not in closed:
                found: set[str] = set()
                for member in self.group[group].members:
                    found |= close(member) if member in self.group else {member}
                closed[group] = frozenset(found)
            return closed[group]

        for group in self.group:
            close(group)
        return closed

    def trusted(self, persona: str) -> tuple[str, ...]:
        """The ARNs of the roles that assume a persona's access roles: the broker, or an application's own workloads."""
        if self.persona[persona].kind == "application":
            return tuple(sorted(self.holders(persona)))
        return (self.broker.role_arn,)

    def holders(self, persona: str) -> frozenset[str]:
        """The ids of the principals that hold a persona."""
        return frozenset[str]().union(*(self.members[group] for group in self.persona[persona].groups))
