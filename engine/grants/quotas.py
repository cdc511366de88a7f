"""What of the realisable entitlements fits AWS's quotas. Where one is short, they are taken in order, each whole."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from engine.grants.access_role.compile import declared_roles, identity_policies
from engine.grants.documents import characters
from engine.grants.lf_tag.compile import taggable_of
from engine.grants.limits import (
    MANAGED_POLICY,
    POLICIES_PER_ACCOUNT,
    POLICIES_PER_ROLE,
    ROLES_PER_ACCOUNT,
    Limit,
    allowance,
)
from engine.grants.realise import Realised, Taggable, in_order, realise, refuse_whole
from engine.grants.session_policy.compile import session_policy
from engine.model.decided import AccessRole, Entitlement
from engine.model.mesh import Mesh
from engine.model.plan import Unrealised

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def fit(mesh: Mesh, entitlements: Iterable[Entitlement]) -> tuple[list[Realised], list[Unrealised], Taggable]:
    """The parts that are granted, in the order of quotas, everything that is not, and what the LF-tags hold.

    What one quota refuses can take a partition key from another entitlement of the role, so this repeats until nothing
    more falls out.
    """
    kept = in_order(entitlements)
    taggable = taggable_of(mesh, kept)
    refused: list[Unrealised] = []
    while True:
        parts, unrealised = realise(mesh, kept, taggable)
        over = dict(_over_quota(mesh, parts))
        if not over:
            return parts, unrealised + refused, taggable
        for entitlement in kept:
            if entitlement.id in over:
                refused.extend(refuse_whole(entitlement, *over[entitlement.id]))
        kept = [entitlement for entitlement in kept if entitlement.id not in over]


def planned_roles(mesh: Mesh, parts: Iterable[Realised]) -> list[AccessRole]:
    """The declared access roles for which their account has room, those that are granted something first; sorted.

    A suspended account keeps none, so that its stacks are empty when it leaves.
    """
    roles = []
    needed = dict.fromkeys([part.role for part in parts])
    for account, declared in grouped(declared_roles(mesh), lambda role: role.account).items():
        first = [role for role in needed if role.account == account]
        if not mesh.account[account].suspended:
            first += [role for role in declared if role not in needed]
        roles += first[: allowance(ROLES_PER_ACCOUNT, mesh.account[account])]
    return sorted(roles)


def grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """The items by key, in their order."""
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def _over_quota(mesh: Mesh, parts: Sequence[Realised]) -> Iterator[tuple[str, tuple[Limit, str]]]:
    """Entitlement id → the first quota it breaks; a later quota is asked of what is left."""
    left = list(parts)
    for check in (_over_session_policies, _over_roles, _over_policies_per_role, _over_policies_per_account):
        over = dict(check(mesh, left))
        yield from over.items()
        left = [part for part in left if part.entitlement.id not in over]


def _over_session_policies(mesh: Mesh, parts: Sequence[Realised]) -> Iterator[tuple[str, tuple[Limit, str]]]:
    for (role, product), of in grouped(parts, lambda part: (part.role, part.product)).items():
        for part in _greedy(of, partial(_fits_policy, mesh)):
            reason = f"the session policy of `{role.id}` for `{product}` would pass {MANAGED_POLICY.value} characters"
            yield part.entitlement.id, (MANAGED_POLICY, reason)


def _fits_policy(mesh: Mesh, parts: Sequence[Realised]) -> bool:
    policy = session_policy(mesh, parts[0].role, parts[0].product, parts)
    return characters(policy.document) <= allowance(MANAGED_POLICY, mesh.account[parts[0].role.account])


def _over_roles(mesh: Mesh, parts: Sequence[Realised]) -> Iterator[tuple[str, tuple[Limit, str]]]:
    roles = set(planned_roles(mesh, parts))
    for part in parts:
        if part.role not in roles:
            room = allowance(ROLES_PER_ACCOUNT, mesh.account[part.role.account])
            yield part.entitlement.id, (ROLES_PER_ACCOUNT, f"account {part.role.account} has room for {room} roles")


def _over_policies_per_role(mesh: Mesh, parts: Sequence[Realised]) -> Iterator[tuple[str, tuple[Limit, str]]]:
    for role, of in grouped(parts, lambda part: part.role).items():
        room = allowance(POLICIES_PER_ROLE, mesh.account[role.account])
        for part in _greedy(of, partial(_fits_role, mesh, room)):
            yield part.entitlement.id, (POLICIES_PER_ROLE, f"role `{role.id}` has room for {room} policies")


def _fits_role(mesh: Mesh, room: int, parts: Sequence[Realised]) -> bool:
    return _products(parts) + 1 <= room or len(identity_policies(mesh, parts)) <= room


def _over_policies_per_account(mesh: Mesh, parts: Sequence[Realised]) -> Iterator[tuple[str, tuple[Limit, str]]]:
    for account, of in grouped(parts, lambda part: part.role.account).items():
        room = allowance(POLICIES_PER_ACCOUNT, mesh.account[account])
        of_roles = grouped(of, lambda part: part.role).values()
        if sum(2 * _products(some) + 1 for some in of_roles) <= room:
            continue
        if sum(_policies(mesh, some) for some in of_roles) <= room:
            continue
        kept: dict[AccessRole, list[Realised]] = {}
        for part in of:
            before = kept.get(part.role, [])
            more = _policies(mesh, [*before, part]) - _policies(mesh, before)
            if more > room:
                reason = (
                    f"account {account} has room for {allowance(POLICIES_PER_ACCOUNT, mesh.account[account])} policies"
                )
                yield part.entitlement.id, (POLICIES_PER_ACCOUNT, reason)
            else:
                room -= more
                kept[part.role] = [*before, part]


def _policies(mesh: Mesh, parts: Sequence[Realised]) -> int:
    """The managed policies of one role: its session policies, and those that are its identity."""
    return _products(parts) + len(identity_policies(mesh, parts))


def _products(parts: Sequence[Realised]) -> int:
    """How many products. A role's identity takes one policy more at most, so that few roles need theirs written out."""
    return len({part.product for part in parts})


def _greedy(parts: Sequence[Realised], fits: Callable[[Sequence[Realised]], bool]) -> list[Realised]:
    """The parts that do not fit, when each is tried in its order and kept if it does."""
    if fits(parts):
        return []
    kept: list[Realised] = []
    refused = []
    for part in parts:
        if fits([*kept, part]):
            kept.append(part)
        else:
            refused.append(part)
    return refused
