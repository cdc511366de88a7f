"""Breaks of what a plan says of warehouses, that random ones would seldom find; None where the plan has no place."""

from __future__ import annotations

import random
from typing import Any

Json = Any


def _share(plan: Json, chance: random.Random) -> Json | None:
    shares = [grant for grant in plan["grants"] if "views" in grant["target"]]
    return chance.choice(shares) if shares else None


def _swap(plan: Json, chance: random.Random) -> str | None:
    """A share the wrong way round."""
    grant = _share(plan, chance)
    if grant is None:
        return None
    target = grant["target"]
    target["producer"], target["consumer"] = target["consumer"], target["producer"]
    return f"{grant['id']} the wrong way round" if target["producer"] != target["consumer"] else None


def _look(plan: Json, chance: random.Random) -> str | None:
    """One column more in a view, or one less."""
    grant = _share(plan, chance)
    if grant is None:
        return None
    views = grant["target"]["views"]
    view, columns = (
        chance.choice(views),
        {column for of in plan["entitlements"] for all in of["columns"].values() for column in all},
    )
    if chance.random() < 0.5 and (more := sorted(columns - set(view["columns"]))):
        view["columns"] = sorted([*view["columns"], chance.choice(more)])
    else:
        view["columns"].pop(chance.randrange(len(view["columns"])))
    return f"{grant['id']} with {view}"


def _lend(plan: Json, chance: random.Random) -> str | None:
    """A share to the database role, or by the user, of another access role."""
    shares = [grant for grant in plan["grants"] if "views" in grant["target"]]
    grant = _share(plan, chance)
    key = chance.choice(["redshift_role", "redshift_user"])
    others = sorted({of["target"][key] for of in shares if of["target"][key] is not None})
    if grant is None or not others:
        return None
    grant["target"][key] = chance.choice(others)
    return f"{grant['id']} with {key} {grant['target'][key]}"


def _forget(plan: Json, chance: random.Random) -> str | None:
    """One view less."""
    grant = _share(plan, chance)
    if grant is None:
        return None
    views = grant["target"]["views"]
    return f"{grant['id']} without {views.pop(chance.randrange(len(views)))}"


def _withhold(plan: Json, chance: random.Random) -> str | None:
    """A share of which nothing may be selected."""
    grant = _share(plan, chance)
    if grant is None:
        return None
    grant["permissions"] = []
    return f"{grant['id']} without SELECT"


def _unlock(plan: Json, chance: random.Random) -> str | None:
    """A warehouse that takes part in a share, encrypted where it was not, or the reverse."""
    grant = _share(plan, chance)
    if grant is None:
        return None
    id = grant["target"][chance.choice(["producer", "consumer"])]
    warehouse = next(item for item in plan["warehouses"] if item["id"] == id)
    warehouse["encrypted"] = not warehouse["encrypted"]
    return f"warehouse {id} with encrypted {warehouse['encrypted']}"


def _join(plan: Json, chance: random.Random) -> str | None:
    """A session tag that names a second database role, and may be passed."""
    roles = [role for role in plan["access_roles"] if role["session_tags"]]
    named = sorted({grant["target"]["redshift_role"] for grant in plan["grants"] if "views" in grant["target"]})
    if not roles or not named:
        return None
    role = chance.choice(roles)
    for key in role["session_tags"]:
        role["session_tags"][key] += f":{chance.choice(named)}"
        for statement in role["trust"]["Statement"]:
            if "StringEquals" in statement["Condition"]:
                statement["Condition"]["StringEquals"][f"aws:RequestTag/{key}"] = role["session_tags"][key]
    return f"{role['id']} with {role['session_tags']}"


def _show(plan: Json, _: random.Random) -> str | None:
    """The results of statements, whosever they are."""
    documents = [document for role in plan["access_roles"] for document in role["policies"].values()]
    documents += [policy["document"] for policy in plan["session_policies"]]
    owned = [item["Condition"] for of in documents for item in of["Statement"] if "StringEquals" in item["Condition"]]
    for condition in owned:
        del condition["StringEquals"]
    return "the statements of others shown" if owned else None


def _uncondition(plan: Json, chance: random.Random) -> str | None:
    """A statement without one of its conditions."""
    roles = [role["trust"] for role in plan["access_roles"]]
    documents = [document for role in plan["access_roles"] for document in role["policies"].values()]
    conditions = [
        statement["Condition"]
        for document in roles + documents
        for statement in document["Statement"]
        if len(statement["Condition"]) > 1
    ]
    if not conditions:
        return None
    condition = chance.choice(conditions)
    operator = chance.choice(sorted(condition))
    return f"a statement without {operator} {condition.pop(operator)}"


OF_WAREHOUSES = (_swap, _look, _look, _lend, _forget, _withhold, _unlock, _join, _show, _uncondition)
