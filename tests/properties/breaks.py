"""Random breaks of a plan: one thing taken away, put in another's place or beside it; and what no chance would find."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

Json = Any
Path = tuple[str | int, ...]

PARTS = (
    "ontology",
    "assignments",
    "locations",
    "access_roles",
    "links",
    "warehouses",
    "warehouse_tables",
    "opt_ins",
    "session_policies",
    "grants",
)
"""What is evaluated; the rest of a plan says what should be."""


def paths_of(plan: Json) -> list[Path]:
    """The path of everything in the plan that may be broken.

    Where a table lies in a warehouse is declared, and the plan says it once: nothing in it tells another place from the
    right one.
    """
    paths = [path for part in PARTS for path in _paths(plan[part], (part,))]
    return [path for path in paths if path[0] != "warehouse_tables" or "tables" not in path]


def by_kind(paths: list[Path]) -> dict[Path, list[Path]]:
    """Places of one kind hold the same kind of thing."""
    alike: dict[Path, list[Path]] = {}
    for path in paths:
        alike.setdefault(kind(path), []).append(path)
    return alike


def kind(path: Path) -> Path:
    """The last names on the way."""
    names = [step for step in path if isinstance(step, str)]
    return (*names[-2:], isinstance(path[-1], int))


def break_at(plan: Json, path: Path, alike: list[Path], chance: random.Random) -> str:
    """Takes away what stands there, or puts in its place or beside it what stands at a like place; says which."""
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


def _deny(plan: Json, chance: random.Random) -> str | None:
    """A statement that denies what another one allows, on one of its resources."""

    def deny(statements: list[Json], statement: Json) -> str:
        resources = [chance.choice(statement["Resource"])]
        statements.insert(0, {**statement, "Effect": "Deny", "Resource": resources})
        return f"{resources} denied"

    return _of_a_document(plan, chance, deny)


def _wild(plan: Json, chance: random.Random) -> str | None:
    """A wildcard for the end of a resource."""

    def wild(_: list[Json], statement: Json) -> str:
        place = chance.randrange(len(statement["Resource"]))
        statement["Resource"][place] = statement["Resource"][place].rpartition("/")[0] + "/*"
        return f"wild {statement['Resource'][place]}"

    return _of_a_document(plan, chance, wild)


def _of_a_document(plan: Json, chance: random.Random, change: Callable[[list[Json], Json], str | None]) -> str | None:
    documents = [document for role in plan["access_roles"] for document in role["policies"].values()]
    documents += [policy["document"] for policy in plan["session_policies"]]
    placed = [
        (document["Statement"], statement)
        for document in documents
        for statement in document["Statement"]
        if "/" in statement["Resource"][-1]
    ]
    return change(*chance.choice(placed)) if placed else None


def _override(plan: Json, chance: random.Random) -> str | None:
    """A tag of its own on a database, a table or a column, with any value that the key has."""
    granted = {grant["product"] for grant in plan["grants"]}
    read = [item for item in plan["assignments"] if item["product"] in granted]
    if not read:
        return None
    database = chance.choice(read)
    tags = {key["key"]: key["values"] for key in plan["ontology"] if key["region"] == database["region"]}
    key = chance.choice([name for name in tags if name.endswith(f"-{database['domain']}")])
    table = chance.choice(database["tables"])
    column = chance.choice(sorted(table["columns"]))
    levels = [database["tags"], table["tags"], table["columns"][column]]
    level = chance.randrange(len(levels))
    levels[level][key] = chance.choice(tags[key])
    place = "/".join((database["database"], table["name"], column)[: level + 1])
    return f"{place} with {key} {levels[level][key]} of its own"


def _widen(plan: Json, chance: random.Random) -> str | None:
    """One value more in an expression."""
    grants = [grant for grant in plan["grants"] if "expression" in grant["target"]]
    if not grants:
        return None
    grant = chance.choice(grants)
    key = chance.choice(sorted(grant["target"]["expression"]))
    values = {value for tag in plan["ontology"] if tag["key"] == key for value in tag["values"]}
    more = sorted(values - set(grant["target"]["expression"][key]))
    if not more:
        return None
    grant["target"]["expression"][key].append(chance.choice(more))
    return f"{grant['id']} with one value more of {key}"


def _close(plan: Json, chance: random.Random) -> str | None:
    """One table to which a role is not opted in."""
    tables = [item for item in plan["opt_ins"] if item["table"] is not None]
    if not tables:
        return None
    item = chance.choice(tables)
    plan["opt_ins"].remove(item)
    return f"without opt-in {item['id']}"


def _narrow(plan: Json, chance: random.Random) -> str | None:
    """One named column less."""
    grants = [grant for grant in plan["grants"] if len(grant["target"].get("columns", ())) > 1]
    if not grants:
        return None
    grant = chance.choice(grants)
    columns = grant["target"]["columns"]
    return f"{grant['id']} without {columns.pop(chance.randrange(len(columns)))}"


TWISTS = (_deny, _wild, _override, _override, _widen, _close, _narrow)
"""What no plan holds, and evaluators have to understand all the same; None where the plan has no place for it."""


def _paths(node: Json, at: Path) -> Iterator[Path]:
    """The path of everything below a node."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*at, key)
        yield from _paths(value, (*at, key))


def _at(node: Json, path: Path) -> Json:
    for step in path:
        node = node[step]
    return node
