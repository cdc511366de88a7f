"""Every warehouse of every account, and what the API knows of their datashares.

States: https://docs.aws.amazon.com/redshift/latest/APIReference/API_DataShareAssociation.html
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import duckdb

from tests.emulator.redshift import system_roles
from tests.emulator.redshift.objects import (
    ADMIN,
    PUBLIC,
    SYSTEM,
    Association,
    Database,
    Datashare,
    Grant,
    Grantee,
    Relation,
    Role,
    Schema,
    Source,
    State,
    User,
)
from tests.emulator.redshift.outcome import Result, ShareError, SqlError, Why

__all__ = ["ADMIN", "Association", "Datashare", "Namespace", "Play", "Result", "ShareError", "SqlError", "Warehouses"]

Kind = Literal["cluster", "serverless"]


@dataclass
class Play:
    """What no page of AWS says, and what tests may play either way: first each time is the harder for the product."""

    made_anew_keeps_grants: bool = False
    """Whether a consumer's grants on a shared object hold for one that the producer dropped and made anew."""
    shared_may_be_dropped: bool = False
    """Whether the producer may drop an object that is in a datashare, which takes it out; otherwise it is refused."""
    usage_in_transaction: bool = False
    """Whether GRANT and REVOKE USAGE ON DATASHARE run within a transaction block."""
    public_in_transaction: bool = False
    """Whether ALTER DATASHARE … SET PUBLICACCESSIBLE runs within a transaction block."""
    view_needs_its_table: bool = False
    """Whether a shared view is read only where what it reads is shared too."""
    casts_in_views: bool = False
    """Whether PG_VIEWS prints columns with casts, as an example of SHOW VIEW does."""
    owners_see_shares: bool = True
    """Whether the system views show a datashare to its owner who is no superuser, as their pages say."""
    tags_give_roles: bool = True
    """Whether the session tag RedshiftDbRoles counts for who comes by the Data API."""
    deauthorized_may_be_dropped: bool = True
    """Whether a database made from a datashare is dropped after that was deauthorized."""
    across_regions: bool = True
    """Whether a datashare is associated with a namespace of another region."""
    grants_tell_objects: bool = True
    """Whether SHOW GRANTS names its columns for schemas and tables as for databases."""


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
    warehouses: Warehouses = field(repr=False)
    state: State = field(default_factory=State, repr=False)

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
        """Runs as `user`, with `roles` of this session beside his own. An IAM user or role is made a user when it first
        comes (https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html);
        nobody else is.

        Raises SqlError. Nothing is left of a statement that failed, and in a transaction nothing of what stood before
        it; there, what cannot run in one is refused.
        """
        from tests.emulator.redshift.session import Session

        self._sign_in(database, user)
        session = Session(self, database, user, roles, transaction)
        before = self.state
        results: list[Result] = []
        for index, statement in enumerate(statements):
            was = self.state
            self.state = was.copy()
            try:
                results.append(session.run(statement))
            except SqlError as error:
                self.state = before if transaction else was
                error.index = index
                raise
            except BaseException:
                self.state = before if transaction else was
                raise
        return results

    def _sign_in(self, database: str, user: str) -> None:
        held = self.state.databases.get(database)
        if held is None:
            raise SqlError(f'FATAL: database "{database}" does not exist')
        if held.source is not None:
            # https://docs.aws.amazon.com/redshift/latest/dg/within-account.html: "You can't connect to these databases"
            raise SqlError(f'FATAL: Cannot connect to shared database "{database}".')
        if user not in self.state.users:
            if not user.startswith(("IAM:", "IAMR:")):
                raise SqlError(f'FATAL: user "{user}" does not exist')
            self.state.users[user] = User(user, self.warehouses.number())

    def seed_table(
        self, database: str, schema: str, table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]]
    ) -> None:
        """A base table of the superuser's, with its schema where that is missing. `columns`: name to SQL type."""
        from tests.emulator.redshift import query

        held = self.state.databases[database]
        within = held.schemas.get(schema)
        if within is None:
            within = held.schemas[schema] = Schema(self.warehouses.number(), schema, ADMIN)
        if table in within.relations:
            raise ValueError(f"{schema}.{table} exists")
        made = Relation(self.warehouses.number(), table, ADMIN, query.types(columns))
        query.store(self.warehouses.duck, made, rows)
        self.add(within, made)

    def add(self, schema: Schema, relation: Relation) -> None:
        """With INCLUDENEW, into the datashares too: r_ALTER_DATASHARE.html."""
        schema.relations[relation.name] = relation
        for share in self.state.shares.values():
            if schema.id in share.include_new:
                share.relations.add(relation.id)

    def make_database(self, name: str, owner: str, source: Source | None = None, *, permissions: bool = False) -> None:
        """A local one begins with the schema `public`, open to all: r_GRANT.html (USAGE, TEMPORARY)."""
        made = Database(self.warehouses.number(), name, owner, source=source, with_permissions=permissions)
        self.state.databases[name] = made
        if source is None:
            public = made.schemas["public"] = Schema(self.warehouses.number(), "public", ADMIN)
            self.state.grants |= {Grant(PUBLIC, privilege, public.on) for privilege in ("USAGE", "CREATE")}
            self.state.grants.add(Grant(PUBLIC, "TEMP", made.on))


class Warehouses:
    """All namespaces of all accounts: a datashare crosses them.

    A statement leaves new objects behind, so what is held of one before is looked up anew after it.
    """

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.play = Play()
        self.namespaces: dict[str, Namespace] = {}
        self.duck = duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})
        self._numbers = itertools.count(101)

    def number(self) -> int:
        return next(self._numbers)

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
        made.state.users[ADMIN] = User(ADMIN, 100, superuser=True, createdb=True, unrestricted=True)
        for name, permissions in system_roles.ROLES.items():
            made.state.roles[name] = Role(name, self.number(), system_roles.OWNER)
            made.state.grants |= {Grant(Grantee("role", name), permission, SYSTEM) for permission in permissions}
        made.make_database(database, ADMIN)
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

    def usable(self, share: Datashare, consumer: Namespace) -> bool:
        """USAGE for the namespace in the same account; for another account USAGE, the producer's authorization and the
        consumer's association: https://docs.aws.amazon.com/redshift/latest/dg/across-account.html.

        Encryption of both sides: https://docs.aws.amazon.com/redshift/latest/dg/datashare-considerations.html
        """
        producer = self.namespaces[share.namespace]
        if consumer.account == share.account:
            return consumer.namespace in share.consumers and consumer.encrypted == producer.encrypted
        held = share.associations.get(consumer.account)
        if consumer.account not in share.consumers or held is None:
            return False
        return held.status == "ACTIVE" and consumer.arn in held.namespaces and consumer.encrypted and producer.encrypted

    def share_behind(self, source: Source, consumer: Namespace) -> Datashare | None:
        """The datashare of a database made from it, while it can be used."""
        producer = self.namespaces.get(source.namespace)
        share = producer.state.shares.get(source.share) if producer else None
        if share is None or share.account != source.account or not self.usable(share, consumer):
            return None
        return share

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
        if held is None or held.status not in ("AUTHORIZED", "ACTIVE", "REJECTED"):
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
        if not self.play.across_regions and consumer.region != arn.split(":")[3]:
            raise ShareError(Why.NO_NAMESPACE, arn)
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
