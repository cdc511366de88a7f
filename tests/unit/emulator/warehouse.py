"""A producer's cluster and a consumer's workgroup; with SQL that is played, a test sees the API alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from tests.emulator.redshift.catalogue import ADMIN, Association, Datashare, Namespace
from tests.emulator.redshift.outcome import Result, SqlError
from tests.unit.emulator.house import ONE, REGION, TWO, House

CLUSTER, WORKGROUP = "dwh", "marts"
PRODUCER, CONSUMER = "3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901", "1a94c7d3-52e8-4b70-a3f9-7c6e0d18b204"
WORKGROUP_ID = "c2b8f4a6-1e57-4d93-a0c8-7f3e92d61b04"
SHARE = f"arn:aws:redshift:{REGION}:{ONE}:datashare:{PRODUCER}/loans"
CONSUMER_ARN = f"arn:aws:redshift-serverless:{REGION}:{TWO}:namespace/{CONSUMER}"
DONE = Result()


@dataclass
class Played(Namespace):
    """Answers each statement with what it was given for it, and else with nothing."""

    answers: dict[str, Result | SqlError] = field(default_factory=dict)
    ran: list[tuple[str, frozenset[str], tuple[str, ...], bool]] = field(default_factory=list)
    """User, roles, statements, and whether they were one transaction."""

    def run(
        self, *, database: str, user: str, roles: frozenset[str], statements: Sequence[str], transaction: bool
    ) -> list[Result]:
        assert database == self.database
        self.ran.append((user, roles, tuple(statements), transaction))
        results = []
        for index, statement in enumerate(statements):
            answer = self.answers.get(statement, DONE)
            if isinstance(answer, SqlError):
                raise SqlError(answer.message, index)
            results.append(answer)
        return results


RIGHTS = (
    "CREATE ROLE sharing",
    "GRANT CREATE DATASHARE TO ROLE sharing",
    "GRANT ALTER DATASHARE TO ROLE sharing",
    "GRANT DROP DATASHARE TO ROLE sharing",
    'GRANT ROLE sharing TO "IAMR:reconciler"',
)


def stand(house: House, rights: Sequence[str] = RIGHTS) -> tuple[Namespace, Namespace]:
    """The cluster in the first account, and the workgroup in the second, both encrypted. The cluster's administrator
    makes the user of a role `reconciler`, and runs `rights`."""
    held = house.world.warehouses
    cluster = held.create(
        account=ONE,
        region=REGION,
        namespace=PRODUCER,
        kind="cluster",
        compute=CLUSTER,
        database="dev",
        encrypted=True,
    )
    workgroup = held.create(
        account=TWO,
        region=REGION,
        namespace=CONSUMER,
        kind="serverless",
        compute=WORKGROUP,
        database="dev",
        encrypted=True,
        workgroup_id=WORKGROUP_ID,
    )
    users = ('CREATE USER "IAMR:reconciler" PASSWORD DISABLE',)
    cluster.run(database="dev", user=ADMIN, roles=frozenset(), statements=[*users, *rights], transaction=False)
    return cluster, workgroup


def build(house: House) -> tuple[Played, Played]:
    """Both with played SQL."""
    cluster, workgroup = stand(house, rights=())
    return _played(house, cluster), _played(house, workgroup)


def _played(house: House, namespace: Namespace) -> Played:
    made = Played(**{each.name: getattr(namespace, each.name) for each in fields(Namespace)})
    house.world.warehouses.namespaces[namespace.namespace] = made
    return made


def share(house: House, cluster: Played, name: str = "loans", consumer: str = TWO) -> Datashare:
    """A datashare with USAGE for the consumer's account, as SQL makes it."""
    now = house.world.now()
    made = Datashare(name, 7, cluster.share_arn(name), ONE, PRODUCER, "dev", ADMIN, now)
    made.consumers[consumer] = now
    made.associations[consumer] = Association(consumer, now, now)
    cluster.state.shares[name] = made
    return made
