"""A plan read as AWS reads it, against what the naive evaluator grants; as it is, and broken at random."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.errors import PlanError
from engine.grants.equivalence import compare
from engine.model.instants import format_instant
from engine.model.plan import Plan, read_plan, write_plan
from tests.properties import aws, naive
from tests.properties.iam import assumers

BROKEN_PARTS = (
    "ontology",
    "assignments",
    "locations",
    "access_roles",
    "links",
    "opt_ins",
    "session_policies",
    "grants",
)
"""What is evaluated; the rest of a plan says what should be."""

Json = Any
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Held:
    """What one entitlement gives of one table."""

    product: str
    table: tuple[str, str]
    columns: frozenset[aws.Column]
    end: str


class Granted:
    """What is granted, by the facts: role by role; but for what the plan lists as unrealised."""

    def __init__(self, facts: naive.Fact, plan: Plan) -> None:
        self.now = format_instant(plan.now)
        unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
        self.databases = {item.product: item.database for item in plan.assignments}
        self.lake: aws.Lake = {
            (item.catalog, item.region, item.database): {table.name: list(table.columns) for table in item.tables}
            for item in plan.assignments
        }
        self.held: dict[str, list[Held]] = {}
        self.trusted: dict[str, set[str]] = {}
        for id, access in naive.accesses(facts, self.now).items():
            role = f"{access.persona}/{access.purpose}/{access.account}"
            for name in sorted({table for table, _ in access.columns if (id, table) not in unrealised}):
                table = (self.databases[access.product], name)
                columns = frozenset((*table, column) for of, column in access.columns if of == name)
                self.held.setdefault(role, []).append(Held(access.product, table, columns, access.end))
                self.trusted[role] = naive.trusted(facts, access.persona)
        ends = {held.end for of_role in self.held.values() for held in of_role}
        self.instants = [self.now, *sorted(ends)]


def wrong(plan: Json, granted: Granted, seen: Counter[str]) -> list[str]:
    """Where the plan gives a role or a session, now or when something ends, other than it should."""
    found = []
    by_id = {role["id"]: role for role in plan["access_roles"] if role["arn"] == aws.role_arn(role)}
    found += [f"there is no role {id}" for id in granted.held.keys() - by_id]
    for role in plan["access_roles"]:
        held = granted.held.get(role["id"], [])
        sessions = {item["product"]: item for item in plan["session_policies"] if _is_passed(item, role)}
        found += [f"{role['id']}: no session for {item.product}" for item in held if item.product not in sessions]
        seen.update(roles=1, sessions=len(sessions))
        for at in granted.instants:
            running = [item for item in held if at < item.end]
            over = {item.table for item in held if at >= item.end}
            read = aws.reads(plan, granted.lake, role, at)
            should = {column for item in running for column in item.columns}
            if not read <= should:
                found.append(f"{role['id']} at {at} reads {read - should}")
            if lacking := {column for column in should - read if column[:2] not in over}:
                found.append(f"{role['id']} at {at} does not read {lacking}")
            if assumers(role["trust"], at) != (granted.trusted[role["id"]] if running else set()):
                found.append(f"{role['id']} at {at} is assumed by {assumers(role['trust'], at)}")
            for product, session in sessions.items():
                of_product = {column for column in read if column[0] == granted.databases.get(product)}
                in_session = aws.reads(plan, granted.lake, role, at, session)
                if in_session - of_product or {item for item in of_product - in_session if item[:2] not in over}:
                    found.append(
                        f"a session of {role['id']} for {product} at {at} reads {in_session}, not {of_product}"
                    )
            seen["columns" if at == granted.now else "later columns"] += len(read)
            seen["ended columns"] += len({column for item in held for column in item.columns} - read)
    return found


def overlooked(plan: Plan, granted: Granted, seed: int, seen: Counter[str]) -> list[str]:
    """Breaks of the plan that change what somebody reads, and in which the engine's evaluation sees no difference."""
    chance = random.Random(seed)
    text = write_plan(plan)
    whole = json.loads(text)
    paths = [path for part in BROKEN_PARTS for path in _paths(whole[part], (part,))]
    alike: dict[tuple[str | int, ...], list[Path]] = {}
    for path in paths:
        alike.setdefault(_kind(path), []).append(path)
    found = []
    for path in chance.sample(paths, min(2, len(paths))):
        broken = json.loads(text)
        told = _break(broken, path, alike[_kind(path)], chance)
        try:
            is_wrong = wrong(broken, granted, Counter())
        except (AttributeError, KeyError, TypeError):
            seen["breaks that leave no plan"] += 1
            continue
        try:
            differs = bool(compare(read_plan(json.dumps(broken).encode())).differences)
        except PlanError:
            differs = True
        if is_wrong and not differs:
            found.append(f"{told}: {is_wrong[0]}")
        seen["breaks that matter" if is_wrong else "breaks that do not"] += 1
    return found


def _is_passed(policy: Json, role: Json) -> bool:
    """Whether STS takes the policy's ARN when the role is assumed: it has to stand in the role's account."""
    arn = f"arn:aws:iam::{role['account']}:policy/{policy['name']}"
    return bool(policy["role"] == role["id"] and policy["account"] == role["account"] and policy["arn"] == arn)


def _paths(node: Json, at: Path) -> Iterator[Path]:
    """The path of everything below a node."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*at, key)
        yield from _paths(value, (*at, key))


def _break(plan: Json, path: Path, alike: list[Path], chance: random.Random) -> str:
    """Takes away what stands there, or puts in its place or beside it what stands at a like place."""
    owner, key = _at(plan, path[:-1]), path[-1]
    others = [value for value in (_at(plan, other) for other in alike) if value != owner[key]]
    if not others or chance.random() < 0.3:
        del owner[key]
        return f"without {path}"
    value = copy.deepcopy(chance.choice(others))
    if isinstance(owner, list) and chance.random() < 0.5:
        owner.append(value)
        return f"{path[:-1]} with {value}"
    owner[key] = value
    return f"{path} as {value}"


def _kind(path: Path) -> tuple[str | int, ...]:
    """The last names on the way: places of one kind hold the same kind of thing."""
    names = [step for step in path if isinstance(step, str)]
    return (*names[-2:], isinstance(path[-1], int))


def _at(node: Json, path: Path) -> Json:
    for step in path:
        node = node[step]
    return node
