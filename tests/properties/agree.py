"""A plan read as AWS reads it, against what the naive evaluator grants; as it is, and broken at random."""

from __future__ import annotations

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
from tests.properties import aws, naive, redshift
from tests.properties.breaks import Path, break_at, by_kind, kind, paths_of
from tests.properties.breaks_warehouses import OF_WAREHOUSES
from tests.properties.iam import assumers

Json = Any


@dataclass(frozen=True)
class Held:
    """What one entitlement gives of one table; in the lake, or in one of the warehouses that receive it."""

    product: str
    table: tuple[str, str]
    columns: frozenset[aws.Column]
    end: str
    warehouse: str = ""


class Granted:
    """What is granted, by the facts: role by role; but for what the plan lists as unrealised."""

    def __init__(self, facts: naive.Fact, plan: Plan) -> None:
        self.now = format_instant(plan.now)
        unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
        self.databases = {item.product: item.database for item in plan.assignments}
        self.warehouses = redshift.Warehouses(facts)
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
                for place, warehouse in self._places(facts, access):
                    columns = frozenset((place, name, column) for of, column in access.columns if of == name)
                    held = Held(access.product, (place, name), columns, access.end, warehouse)
                    self.held.setdefault(role, []).append(held)
                self.trusted[role] = naive.trusted(facts, access.persona)
        ends = {held.end for of_role in self.held.values() for held in of_role}
        self.instants = [self.now, *sorted(ends)]

    def _places(self, facts: naive.Fact, access: naive.Access) -> list[tuple[str, str]]:
        """Where it is read: as whose tables, and in which warehouse."""
        if receivers := naive.receivers(facts, access):
            return [(f"{warehouse} {access.product}", warehouse) for warehouse in sorted(receivers)]
        return [(self.databases[access.product], "")]


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
            in_warehouses = redshift.reads(plan, granted.warehouses, role, at)
            read = aws.reads(plan, granted.lake, role, at) | in_warehouses
            found += [f"{role['id']} at {at} {what}" for what in unlike(held, read, at)]
            if assumers(role["trust"], at) != (granted.trusted[role["id"]] if running else set()):
                found.append(f"{role['id']} at {at} is assumed by {assumers(role['trust'], at)}")
            if redshift.sees_others(role, at):
                found.append(f"{role['id']} at {at} sees the statements of others")
            for product, session in sessions.items():
                of_product = {column for column in read if column[0] == granted.databases.get(product)}
                in_session = aws.reads(plan, granted.lake, role, at, session)
                # whoever gets into a warehouse reads there what his role does, of other products too
                places = {item.warehouse for item in running if item.product == product} - {""}
                there = {column for column in in_warehouses if column[0].split()[0] in places}
                if (found_there := redshift.reads(plan, granted.warehouses, role, at, session)) != there:
                    found.append(f"a session of {role['id']} for {product} at {at} reads {found_there}, not {there}")
                if in_session - of_product or {item for item in of_product - in_session if item[:2] not in over}:
                    found.append(
                        f"a session of {role['id']} for {product} at {at} reads {in_session}, not {of_product}"
                    )
            seen["columns" if at == granted.now else "later columns"] += len(read)
            seen["columns in warehouses"] += len(in_warehouses)
            seen["ended columns"] += len({column for item in held for column in item.columns} - read)
    return found


def unlike(held: list[Held], read: set[aws.Column], at: str) -> list[str]:
    """What of a reading is other than what is held.

    A table of the lake that one entitlement has left may be closed by now. What was read in a warehouse stays there
    until the next deploy, behind the way in that another product keeps open.
    """
    should = {column for item in held if at < item.end for column in item.columns}
    over = {item.table for item in held if at >= item.end and not item.warehouse}
    open_ = {item.warehouse for item in held if at < item.end} - {""}
    left = {column for item in held if item.warehouse in open_ for column in item.columns}
    lacking = {column for column in should - read if column[:2] not in over}
    found = [f"reads {sorted(read - should - left)}"] if read - should - left else []
    return found + ([f"does not read {sorted(lacking)}"] if lacking else [])


def overlooked(plan: Plan, granted: Granted, seed: int, seen: Counter[str]) -> list[str]:
    """Breaks of the plan that change what somebody reads, and in which the engine's evaluation sees no difference."""
    chance = random.Random(seed)
    text = write_plan(plan)
    whole = json.loads(text)
    paths = paths_of(whole)
    alike = by_kind(paths)
    found = []
    for broken, told in _broken(text, chance.sample(paths, min(2, len(paths))), alike, chance):
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


def _broken(
    text: bytes, paths: list[Path], alike: dict[Path, list[Path]], chance: random.Random
) -> Iterator[tuple[Json, str]]:
    """The plan broken at each of the paths, and once in what only warehouses have; and how."""
    for path in paths:
        broken = json.loads(text)
        yield broken, break_at(broken, path, alike[kind(path)], chance)
    broken = json.loads(text)
    if told := chance.choice(OF_WAREHOUSES)(broken, chance):
        yield broken, told


def is_passed(policy: Json, role: Json) -> bool:
    """Whether STS takes the policy's ARN when the role is assumed: it has to stand in the role's account."""
    arn = f"arn:aws:iam::{role['account']}:policy/{policy['name']}"
    return bool(policy["role"] == role["id"] and policy["account"] == role["account"] and policy["arn"] == arn)


def keys_of(table: Json) -> frozenset[str]:
    return frozenset(column["name"] for column in table["columns"] if column["partition_key"])
