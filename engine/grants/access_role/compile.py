"""Access roles: one IAM role for each declared (persona, purpose, consumer account), granted anything or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from engine.grants import names
from engine.grants.datashare.consumers import session_tags
from engine.grants.documents import NEVER, characters, document, trust
from engine.grants.limits import MANAGED_POLICY
from engine.grants.realise import Realised, unassumable
from engine.grants.session_policy.compile import product_statements, shared_statements
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import Document, RolePlan

_SHORTEST_ROLE_SESSION = 3600
"""Seconds: the least that IAM takes as a role's maximum session (API CreateRole); a session itself may be shorter."""

_FRAME = characters(document([]))


def declared_roles(mesh: Mesh) -> list[AccessRole]:
    """Every access role that the personas declare and somebody can assume, sorted."""
    return sorted(
        AccessRole(persona.id, purpose, account)
        for persona in mesh.personas
        for account in persona.accounts
        for purpose in persona.purposes
        if unassumable(mesh, AccessRole(persona.id, purpose, account)) is None
    )


def role_plan(mesh: Mesh, role: AccessRole, parts: Sequence[Realised]) -> RolePlan:
    """The IAM role; `parts` are all that this role is granted."""
    persona = mesh.persona[role.persona]
    trusted, tags = mesh.trusted(persona.id), session_tags(mesh, role)
    return RolePlan(
        id=role.id,
        persona=role.persona,
        purpose=role.purpose,
        account=role.account,
        name=names.role_name(role),
        arn=names.role_arn(role),
        max_session=max([_SHORTEST_ROLE_SESSION, *_longest_sessions(parts)]),
        trusted=trusted,
        trust=trust(trusted, max((part.entitlement.end for part in parts), default=NEVER), tags),
        session_tags=tags,
        policies={
            names.access_policy_name(role, number): policy
            for number, policy in enumerate(identity_policies(mesh, parts), start=1)
        },
    )


def _longest_sessions(parts: Sequence[Realised]) -> Iterable[int]:
    """Product by product what is decided, in seconds: a session is for one."""
    longest: dict[str, int] = {}
    for part in parts:
        longest[part.product] = min(part.entitlement.session, longest.get(part.product, part.entitlement.session))
    return longest.values()


def identity_policies(mesh: Mesh, parts: Sequence[Realised]) -> list[Document]:
    """What the role may do at most: its session policies together, packed into few documents."""
    packed: list[list[Document]] = []
    size = 0
    if not parts:
        return []
    by_product = sorted(parts, key=lambda part: part.product)
    groups = [shared_statements(parts)]
    groups += [product_statements(mesh, list(of)) for _, of in groupby(by_product, key=lambda part: part.product)]
    for group in groups:
        alone = characters(document(group))
        size += alone - _FRAME + 1  # a comma between the two
        if not packed or size > (MANAGED_POLICY.value or 0):
            packed.append([])
            size = alone
        packed[-1].extend(group)
    return [document(statements) for statements in packed]
