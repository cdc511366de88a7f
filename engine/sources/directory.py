"""The directory's own rules: who belongs to a group, and who may hold a persona."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.errors import Problem
from engine.model.facts import Group, Persona, Principal
from engine.sources.declarations import Declarations
from engine.text.declared import Declared
from engine.text.wording import nearest

_ROLE = re.compile(
    r"arn:aws[a-z-]*:iam::(?P<account>[0-9]{12}):role/(?:[A-Za-z0-9_+=,.@-]+/)*(?P<name>[A-Za-z0-9_+=,.@-]+)"
)


def check_directory(declared: Declarations) -> Iterator[Problem]:
    """Members that are not declared, names of both kinds, cycles, the governance group, and who holds which persona."""
    groups, principals = declared.groups, declared.principals
    for principal in principals.declared:
        if principal.fact.id in groups.names:
            yield principal.problem(f"`{principal.fact.id}` is both a principal and a group", "id")
    yield from _look_alikes(declared)
    known = {*groups.names, *principals.names}
    for group in groups.declared:
        for member in group.fact.members if groups.whole and principals.whole else ():
            if member not in known:
                said = f"group `{group.fact.id}` names unknown member `{member}`{nearest(member, known)}"
                yield group.problem(said, "members", value=member)
    yield from _governance(declared)
    cycles = list(_cycles(declared))
    yield from cycles
    if not cycles:
        for persona in declared.personas.declared:
            yield from _holders(persona, declared)


def _look_alikes(declared: Declarations) -> Iterator[Problem]:
    """Ids are taken verbatim, so two that differ in case or blanks would be two people, who approve for each other."""
    first: dict[str, str] = {}
    for principal in declared.principals.declared:
        name = principal.fact.id
        alike = first.setdefault(name.strip().casefold(), name)
        if alike != name:
            yield principal.problem(f"principal `{name}` differs from `{alike}` in case or blanks only", "id")
        elif name != name.strip():
            yield principal.problem(f"principal `{name}` begins or ends with a blank", "id")


def _governance(declared: Declarations) -> Iterator[Problem]:
    governing = [item for item in declared.groups.declared if item.fact.governance]
    if not governing and declared.groups.valid and declared.groups.declared:
        yield declared.groups.declared[0].problem("no group has `governance: true`; exactly one has it")
    for item in governing[1:]:
        said = (
            f"group `{item.fact.id}` has `governance: true`, as has `{governing[0].fact.id}`; exactly one group has it"
        )
        yield item.problem(said, "governance")


def _cycles(declared: Declarations) -> Iterator[Problem]:
    """Each cycle once, at the group with its first id."""
    items = {item.fact.id: item for item in declared.groups.declared}
    done: set[str] = set()
    for start in sorted(items):
        path: list[str] = []
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in done:
            path.append(start)
            stack.append((start, iter(items[start].fact.members)))
        while stack:
            name, members = stack[-1]
            member = next((member for member in members if member in items), None)
            if member is None:
                stack.pop()
                path.pop()
                done.add(name)
            elif member in path:
                cycle = path[path.index(member) :]
                at = cycle.index(min(cycle))
                turned = [*cycle[at:], *cycle[:at], cycle[at]]
                said = " contains ".join(f"`{step}`" for step in turned)
                yield items[turned[0]].problem(f"groups form a cycle: {said}", "members", value=turned[1])
            elif member not in done:
                path.append(member)
                stack.append((member, iter(items[member].fact.members)))


def _holders(item: Declared[Persona], declared: Declarations) -> Iterator[Problem]:
    """A job's members are people, an application's are roles of its account."""
    persona = item.fact
    for principal, group in _members(persona, declared.groups.by_id, declared.principals.by_id):
        said = f"{persona.kind} persona `{persona.id}` has member `{principal.id}` through group `{group}`"
        if persona.kind == "job" and principal.kind != "person":
            yield item.problem(f"{said}, which is a {principal.kind}; a job is held by persons", "groups", value=group)
        if persona.kind == "application":
            account = persona.accounts[0]
            if principal.kind != "workload":
                yield item.problem(
                    f"{said}, which is a {principal.kind}; an application is held by workloads", "groups", value=group
                )
            elif not _is_role_of(principal.id, account):
                yield item.problem(
                    f"{said}; expected the ARN of a role in its account `{account}`", "groups", value=group
                )


def _members(
    persona: Persona, groups: dict[str, Group], principals: dict[str, Principal]
) -> Iterator[tuple[Principal, str]]:
    """The principals that hold a persona, each with the persona's group through which it does, once."""
    seen: set[str] = set()
    for top in persona.groups:
        waiting = [top]
        while waiting:
            group = groups.get(waiting.pop())
            for member in group.members if group else ():
                if member not in seen:
                    seen.add(member)
                    if member in groups:
                        waiting.append(member)
                    elif member in principals:
                        yield principals[member], top


def _is_role_of(arn: str, account: str) -> bool:
    """Whether this is the ARN of one role of the account, and none of the access roles, which people assume."""
    role = _ROLE.fullmatch(arn)
    return role is not None and role["account"] == account and not role["name"].startswith("mw.")
