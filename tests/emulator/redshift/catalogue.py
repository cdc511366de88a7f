"""What stands in every warehouse: databases, schemas, relations, principals, grants, datashares.

Grants name objects by their number, as Redshift's own catalogue does, so that an object dropped and made anew holds
none of the old one's.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from tests.emulator.redshift.outcome import Result, ShareError, Why

Kind = Literal["cluster", "serverless"]
ADMIN = "admin"
"""The superuser that every namespace begins with."""


@dataclass
class Association:
    """What the API knows of one account's use of a datashare.

    `status` is the producer's view: PENDING_AUTHORIZATION, AUTHORIZED, ACTIVE, DEAUTHORIZED or REJECTED.
    """

    account: str
    created: datetime
    changed: datetime
    status: str = "PENDING_AUTHORIZATION"
    namespaces: dict[str, datetime] = field(default_factory=dict)
    """The associated namespaces' ARNs, and since when."""

    def become(self, status: str, now: datetime) -> None:
        self.status, self.changed = status, now

    def as_consumer_sees(self) -> str:
        return "AVAILABLE" if self.status == "AUTHORIZED" else self.status


@dataclass
class Datashare:
    """`schemas` and `relations` by number; `consumers`: accounts and namespaces with USAGE, and since when."""

    name: str
    id: int
    arn: str
    account: str
    namespace: str
    database: str
    owner: str
    created: datetime
    public: bool = False
    schemas: set[int] = field(default_factory=set)
    relations: set[int] = field(default_factory=set)
    include_new: set[int] = field(default_factory=set)
    consumers: dict[str, datetime] = field(default_factory=dict)
    associations: dict[str, Association] = field(default_factory=dict)
    """By account: those that another account's USAGE has made."""


@dataclass
class State:
    """What a transaction takes back: all of a namespace but its identity and its rows."""

    shares: dict[str, Datashare] = field(default_factory=dict)
    users: set[str] = field(default_factory=lambda: {ADMIN})


@dataclass
class Namespace:
    """One warehouse: a cluster, or a workgroup with its namespace. `compute` is what a caller names it by."""

    account: str
    region: str
    namespace: str
    kind: Kind
    compute: str
    database: str
    encrypted: bool
    workgroup_id: str | None
    warehouses: Warehouses
    state: State = field(default_factory=State)

    @property
    def arn(self) -> str:
        if self.kind == "cluster":
            return f"arn:aws:redshift:{self.region}:{self.account}:namespace:{self.namespace}"
        return f"arn:aws:redshift-serverless:{self.region}:{self.account}:namespace/{self.namespace}"

    def share_arn(self, name: str) -> str:
        return f"arn:aws:redshift:{self.region}:{self.account}:datashare:{self.namespace}/{name}"

    def run(
        self, *, database: str, user: str, roles: frozenset[str], statements: Sequence[str], transaction: bool
    ) -> list[Result]:
        """Runs as `user`, who is made if new, with `roles` of this session beside his own.

        Raises SqlError. In a transaction nothing is left of what failed, and what cannot run in one is refused.
        """
        raise NotImplementedError

    def seed_table(
        self, database: str, schema: str, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> None:
        """A base table of the superuser's, with its schema where that is missing. `columns`: name to SQL type."""
        raise NotImplementedError


class Warehouses:
    """All namespaces of all accounts: a datashare crosses them."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.namespaces: dict[str, Namespace] = {}
        self.numbers = itertools.count(100)

    def create(
        self,
        *,
        account: str,
        region: str,
        namespace: str,
        kind: Kind,
        compute: str,
        database: str,
        encrypted: bool,
        workgroup_id: str | None = None,
    ) -> Namespace:
        if namespace in self.namespaces:
            raise ValueError(f"namespace {namespace} exists")
        made = Namespace(account, region, namespace, kind, compute, database, encrypted, workgroup_id, self)
        self.namespaces[namespace] = made
        return made

    def remove(self, namespace: str) -> None:
        """With its datashares."""
        del self.namespaces[namespace]

    def of_compute(self, account: str, region: str, kind: Kind, compute: str) -> Namespace:
        """Raises KeyError."""
        for held in self.namespaces.values():
            if (held.account, held.region, held.kind, held.compute) == (account, region, kind, compute):
                return held
        raise KeyError(compute)

    def of_namespace(self, namespace: str) -> Namespace:
        """Raises KeyError."""
        return self.namespaces[namespace]

    @property
    def shares(self) -> dict[str, Datashare]:
        """Every datashare that stands, by ARN."""
        held = self.namespaces.values()
        return {share.arn: share for namespace in held for share in namespace.state.shares.values()}

    def authorize(self, arn: str, *, by: str, consumer: str) -> Datashare:
        """The producer's account lets `consumer`, an account that has USAGE."""
        share, held = self._owned(arn, by, consumer)
        if held is None:
            raise ShareError(Why.NOT_GRANTED, arn)
        if not self.namespaces[share.namespace].encrypted:
            raise ShareError(Why.NOT_ENCRYPTED, arn)
        if held.status not in ("AUTHORIZED", "ACTIVE"):
            held.become("AUTHORIZED", self.now())
        return share

    def deauthorize(self, arn: str, *, by: str, consumer: str) -> Datashare:
        """Cuts the consumer's access at once; its associations end."""
        share, held = self._owned(arn, by, consumer)
        if held is None or held.status not in ("AUTHORIZED", "ACTIVE"):
            raise ShareError(Why.NOT_AUTHORIZED, arn)
        held.namespaces.clear()
        held.become("DEAUTHORIZED", self.now())
        return share

    def associate(self, arn: str, *, by: str, namespace_arn: str) -> Datashare:
        """The consumer's account takes the datashare for one of its namespaces."""
        share = self._share(arn)
        held = share.associations.get(by)
        if held is None or held.status not in ("AUTHORIZED", "ACTIVE"):
            raise ShareError(Why.NOT_AUTHORIZED, arn)
        consumer = next((n for n in self.namespaces.values() if (n.account, n.arn) == (by, namespace_arn)), None)
        if consumer is None:
            raise ShareError(Why.NO_NAMESPACE, arn)
        if not consumer.encrypted:
            raise ShareError(Why.NOT_ENCRYPTED, arn)
        held.namespaces.setdefault(namespace_arn, self.now())
        held.become("ACTIVE", self.now())
        return share

    def disassociate(self, arn: str, *, by: str, namespace_arn: str) -> Datashare:
        share = self._share(arn)
        held = share.associations.get(by)
        if held is None or held.namespaces.pop(namespace_arn, None) is None:
            raise ShareError(Why.NOT_ASSOCIATED, arn)
        if not held.namespaces:
            held.become("AUTHORIZED", self.now())
        return share

    def reject(self, arn: str, *, by: str) -> Datashare:
        """The consumer's account refuses the datashare."""
        share = self._share(arn)
        held = share.associations.get(by)
        if held is None or held.status not in ("AUTHORIZED", "ACTIVE"):
            raise ShareError(Why.NOT_AUTHORIZED, arn)
        held.namespaces.clear()
        held.become("REJECTED", self.now())
        return share

    def _share(self, arn: str) -> Datashare:
        if arn not in self.shares:
            raise ShareError(Why.NO_SHARE, arn)
        return self.shares[arn]

    def _owned(self, arn: str, by: str, consumer: str) -> tuple[Datashare, Association | None]:
        share = self._share(arn)
        if share.account != by:
            raise ShareError(Why.NOT_OWNER, arn)
        return share, share.associations.get(consumer)
