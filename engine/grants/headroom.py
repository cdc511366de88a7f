"""How much of AWS's quotas a plan uses, by account and region. What others keep in an account is not counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from engine.grants.documents import characters
from engine.grants.lf_tag.compile import expression_bytes
from engine.grants.limits import (
    GLUE_NAME,
    MANAGED_POLICY,
    POLICIES_PER_ACCOUNT,
    POLICIES_PER_ROLE,
    POLICY_NAME,
    REDSHIFT_NAME,
    REDSHIFT_ROLES,
    REDSHIFT_SCHEMAS,
    REDSHIFT_USER_NAME,
    ROLE_NAME,
    ROLES_PER_ACCOUNT,
    SESSION_SECONDS,
    TAG_EXPRESSION,
    TAG_KEYS,
    TAG_TEXT,
    TAG_VALUES,
    TAGS_OF_RESOURCE,
    TRUST_POLICY,
    Limit,
    allowance,
)
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.model.plan import DatabaseTags, Document, Plan, RolePlan, ShareTarget, TagTarget

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Headroom:
    """One limit in one place. `region` is empty where the limit is the account's.

    `used` is how many there are, or the most that one thing has; `most` names that thing.
    """

    account: str
    region: str
    limit: str
    title: str
    value: int
    used: int
    most: str
    raisable: bool
    source: str

    @property
    def remaining(self) -> int:
        return self.value - self.used


def headroom(mesh: Mesh, plan: Plan) -> tuple[Headroom, ...]:
    """Every limit with a number, in every account and region where the plan touches it; the fullest first."""
    found: list[Headroom] = []
    for account in mesh.accounts:
        found += _of_lake(plan, account) if account == mesh.governance_account else ()
        found += _of_roles(plan, account) if "consumer" in account.roles else ()
        found += _of_warehouses(plan, account)
    return tuple(sorted(found, key=lambda item: (-item.used / item.value, item.account, item.region, item.limit)))


def _of_lake(plan: Plan, account: Account) -> Iterator[Headroom]:
    for region in account.regions:
        keys = [key for key in plan.ontology if key.region == region]
        yield _counted(account, region, TAG_KEYS, len(keys))
        yield _most(account, region, TAG_VALUES, keys, lambda key: len(key.values), lambda key: key.key)
        words = sorted({word for key in keys for word in (key.key, *key.values)})
        yield _most(account, region, TAG_TEXT, words, len, str)
        tagged = [(item, tags) for item in plan.assignments if item.region == region for tags in _tags_of(item)]
        yield _most(account, region, TAGS_OF_RESOURCE, tagged, lambda one: one[1], lambda one: one[0].product)
        names = [item for item in plan.assignments if item.region == region]
        yield _most(account, region, GLUE_NAME, names, lambda item: len(item.database), lambda item: item.product)
        expressions = [
            (grant.id, grant.target.expression)
            for grant in plan.grants
            if grant.region == region and isinstance(grant.target, TagTarget)
        ]
        yield _most(
            account, region, TAG_EXPRESSION, expressions, lambda one: expression_bytes(one[1]), lambda one: one[0]
        )


def _of_warehouses(plan: Plan, account: Account) -> Iterator[Headroom]:
    """What the warehouses of each region hold that is Meshwarden's."""
    shares = [grant.target for grant in plan.grants if isinstance(grant.target, ShareTarget)]
    for region in account.regions:
        here = [item.id for item in plan.warehouses if (item.account, item.region) == (account.id, region)]
        if not here:
            continue
        roles = {id: len({share.redshift_role for share in shares if share.consumer == id}) for id in here}
        yield _most(account, region, REDSHIFT_ROLES, here, roles.__getitem__, str)
        schemas = {id: sum(share.producer == id for share in shares) for id in here}
        yield _most(account, region, REDSHIFT_SCHEMAS, here, schemas.__getitem__, str)
        made = [share for share in shares if share.producer in here]
        received = [share for share in shares if share.consumer in here]
        names = {share.name for share in made} | {name for share in received for name in _names_of(share)}
        yield _most(account, region, REDSHIFT_NAME, names, _bytes, str)
        users = {share.redshift_user for share in received if share.redshift_user is not None}
        yield _most(account, region, REDSHIFT_USER_NAME, users, len, str)


def _names_of(share: ShareTarget) -> Iterator[str]:
    yield share.redshift_role
    if share.database is not None:
        yield share.database


def _bytes(name: str) -> int:
    return len(name.encode())


def _tags_of(item: DatabaseTags) -> Iterator[int]:
    """How many tags the database, each table and each column carry, inherited ones counted."""
    yield len(item.tags)
    for table in item.tables:
        yield len(item.tags | table.tags)
        for tags in table.columns.values():
            yield len(item.tags | table.tags | tags)


def _of_roles(plan: Plan, account: Account) -> Iterator[Headroom]:
    roles = [role for role in plan.access_roles if role.account == account.id]
    sessions = [policy for policy in plan.session_policies if policy.account == account.id]
    policies = [*_named_policies(roles), *((policy.name, policy.document) for policy in sessions)]
    yield _counted(account, "", ROLES_PER_ACCOUNT, len(roles))
    yield _counted(account, "", POLICIES_PER_ACCOUNT, len(policies))
    yield _most(account, "", POLICIES_PER_ROLE, roles, lambda role: len(role.policies), _id)
    yield _most(account, "", TRUST_POLICY, roles, lambda role: characters(role.trust), _id)
    yield _most(account, "", SESSION_SECONDS, roles, lambda role: role.max_session, _id)
    yield _most(account, "", ROLE_NAME, roles, lambda role: len(role.name), _id)
    yield _most(account, "", MANAGED_POLICY, policies, lambda one: characters(one[1]), lambda one: one[0])
    yield _most(account, "", POLICY_NAME, policies, lambda one: len(one[0]), lambda one: one[0])


def _named_policies(roles: Iterable[RolePlan]) -> Iterator[tuple[str, Document]]:
    for role in roles:
        yield from role.policies.items()


def _id(item: RolePlan) -> str:
    return item.id


def _counted(account: Account, region: str, limit: Limit, used: int) -> Headroom:
    return _headroom(account, region, limit, used, "")


def _most(
    account: Account, region: str, limit: Limit, items: Iterable[T], size: Callable[[T], int], name: Callable[[T], str]
) -> Headroom:
    """The most that one of the items has; of several, the first by name."""
    sized = sorted(((size(item), name(item)) for item in items), key=lambda one: (-one[0], one[1]))
    used, most = sized[0] if sized else (0, "")
    return _headroom(account, region, limit, used, most)


def _headroom(account: Account, region: str, limit: Limit, used: int, most: str) -> Headroom:
    value = allowance(limit, account)
    return Headroom(account.id, region, limit.id, limit.title, value, used, most, limit.raisable, limit.source)
