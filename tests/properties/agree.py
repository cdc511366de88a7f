"""A plan read as AWS reads it, against what the naive evaluator grants; as it is, and broken at random."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from engine.errors import PlanError
from engine.grants.equivalence import compare
from engine.model.instants import format_instant
from engine.model.plan import Plan, read_plan, write_plan
from tests.properties import aws, naive
from tests.properties.breaks import break_at, by_kind, kind, paths_of
from tests.properties.iam import assumers

Json = Any


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
            (item.catalog, item.region, item.database): {
                table["name"]: aws.Table([column["name"] for column in table["columns"]], keys_of(table))
                for table in naive.one(facts, "products", item.product)["tables"]
            }
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
        sessions = {item["product"]: item for item in plan["session_policies"] if is_passed(item, role)}
        found += [f"{role['id']}: no session for {item.product}" for item in held if item.product not in sessions]
        seen.update(roles=1, sessions=len(sessions))
        for at in granted.instants:
            running = [item for item in held if at < item.end]
            over = {item.table for item in held if at >= item.end}
            read = aws.reads(plan, granted.lake, role, at)
            found += [f"{role['id']} at {at} {what}" for what in unlike(held, read, at)]
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


def unlike(held: list[Held], read: set[aws.Column], at: str) -> list[str]:
    """What of a reading is other than what is held; a table that one entitlement has left may be closed by now."""
    should = {column for item in held if at < item.end for column in item.columns}
    over = {item.table for item in held if at >= item.end}
    lacking = {column for column in should - read if column[:2] not in over}
    found = [f"reads {sorted(read - should)}"] if read - should else []
    return found + ([f"does not read {sorted(lacking)}"] if lacking else [])


def overlooked(plan: Plan, granted: Granted, seed: int, seen: Counter[str]) -> list[str]:
    """Breaks of the plan that change what somebody reads, and in which the engine's evaluation sees no difference."""
    chance = random.Random(seed)
    text = write_plan(plan)
    whole = json.loads(text)
    paths = paths_of(whole)
    alike = by_kind(paths)
    found = []
    for path in chance.sample(paths, min(2, len(paths))):
        broken = json.loads(text)
        told = break_at(broken, path, alike[kind(path)], chance)
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


def is_passed(policy: Json, role: Json) -> bool:
    """Whether STS takes the policy's ARN when the role is assumed: it has to stand in the role's account."""
    arn = f"arn:aws:iam::{role['account']}:policy/{policy['name']}"
    return bool(policy["role"] == role["id"] and policy["account"] == role["account"] and policy["arn"] == arn)


def keys_of(table: Json) -> frozenset[str]:
    return frozenset(column["name"] for column in table["columns"] if column["partition_key"])
