"""The model in plain Python over the plain JSON of the facts: slow, obvious, and without a line of the engine.

Written from docs/model.md and from the titles of the requirements, column by column where the engine groups by class,
and by trying instants where the engine counts signatures. Instants are texts, which sort as they follow each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Fact = dict[str, Any]

RANK = {"public": 0, "internal": 1, "confidential": 2, "restricted": 3}


@dataclass(frozen=True)
class Access:
    """What one agreement gives in one account: who, of which product which (table, column), and from when to when."""

    persona: str
    purpose: str
    account: str
    product: str
    columns: frozenset[tuple[str, str]]
    start: str
    end: str
    session: int


def accesses(mesh: Fact, now: str) -> dict[str, Access]:
    """Every entitlement at `now`, by `<agreement>@<account>`."""
    found = {}
    for agreement in mesh["agreements"]:
        persona, purpose = one(mesh, "personas", agreement["persona"]), one(mesh, "purposes", agreement["purpose"])
        product = one(mesh, "products", agreement["product"])
        start = in_force_since(mesh, agreement, now)
        for account_id in agreement["accounts"]:
            account = one(mesh, "accounts", account_id)
            columns = frozenset(
                (table["name"], column["name"])
                for table in product["tables"]
                if agreement["tables"] is None or table["name"] in agreement["tables"]
                for column in table["columns"]
                if is_readable(column, persona, purpose) and is_covered(column, agreement)
            )
            if start is not None and may_use(mesh, persona, purpose, account, product, now) and columns:
                found[f"{agreement['id']}@{account_id}"] = Access(
                    persona["id"],
                    purpose["id"],
                    account_id,
                    product["id"],
                    columns,
                    start,
                    agreement["end"],
                    min(persona["max_session"], 3600 if purpose["allows_personal"] else 28800),
                )
    return found


def readers(mesh: Fact, now: str) -> set[tuple[str, str, str, str, str, str]]:
    """Who reads what at `now`: principal, purpose, account, product, table, column."""
    return {
        (principal["id"], access.purpose, access.account, access.product, table, column)
        for access in accesses(mesh, now).values()
        for principal in mesh["principals"]
        if any(belongs(mesh, principal["id"], group) for group in one(mesh, "personas", access.persona)["groups"])
        for table, column in access.columns
    }


def unrealisable(mesh: Fact, now: str) -> set[tuple[str, str]]:
    """(entitlement, table) that AWS cannot say, quotas apart."""
    found = set()
    at_now = accesses(mesh, now)
    for id, access in at_now.items():
        product, account = one(mesh, "products", access.product), one(mesh, "accounts", access.account)
        persona = one(mesh, "personas", access.persona)
        nobody = not any(
            belongs(mesh, principal["id"], group) for principal in mesh["principals"] for group in persona["groups"]
        )
        server = product["server"]
        for table in product["tables"]:
            keys = {column["name"] for column in table["columns"] if column["partition_key"]}
            read_by_role = {
                column
                for other in at_now.values()
                if (other.persona, other.purpose, other.account) == (access.persona, access.purpose, access.account)
                if other.product == access.product
                for name, column in other.columns
                if name == table["name"]
            }
            cannot = (
                server is None
                or product["domain"] is None
                or table["location"] is None
                or (persona["kind"] == "application" and nobody)
                or (
                    not receivers(mesh, access)
                    if server["kind"] == "redshift"
                    else server["location"] is None
                    or server["region"] not in account["regions"]
                    or not keys <= read_by_role
                )
            )
            if cannot and any(name == table["name"] for name, _ in access.columns):
                found.add((id, table["name"]))
    return found


def receivers(mesh: Fact, access: Access) -> set[str]:
    """The warehouses that are to receive what is accessed in one; none for a product of the lake."""
    server, account = one(mesh, "products", access.product)["server"], one(mesh, "accounts", access.account)
    if server["warehouse"] is None:
        return set()
    producer = one(mesh, "warehouses", server["warehouse"])
    return {
        warehouse["id"]
        for warehouse in mesh["warehouses"]
        if warehouse["account"] == access.account
        and warehouse["region"] in one(mesh, "personas", access.persona)["regions"]
        and warehouse["region"] not in account["suspended_regions"]
        and warehouse["encrypted"] == producer["encrypted"]
        and (warehouse["encrypted"] or warehouse["account"] == producer["account"])
    }


def trusted(mesh: Fact, persona_id: str) -> set[str]:
    """Who may assume a persona's access roles: the broker for a job, its own workloads for an application."""
    persona = one(mesh, "personas", persona_id)
    if persona["kind"] == "job":
        return {mesh["broker"]["role_arn"]}
    members = (principal["id"] for principal in mesh["principals"])
    return {member for member in members if any(belongs(mesh, member, group) for group in persona["groups"])}


def may_use(mesh: Fact, persona: Fact, purpose: Fact, account: Fact, product: Fact, now: str) -> bool:
    """The question requirements: purpose, status, suspension, embargo, audience, residency, environment."""
    if product["server"] is None or product["domain"] is None:
        return False
    region = product["server"]["region"]
    home, domain = one(mesh, "accounts", product["server"]["account"]), one(mesh, "domains", product["domain"])
    return (
        purpose["id"] in persona["purposes"]
        and purpose["id"] in product["purposes"]
        and product["status"] in {"active", "deprecated"}
        and not persona["suspended"]
        and not purpose["suspended"]
        and not any(owner["suspended"] or region in owner["suspended_regions"] for owner in (home, domain, account))
        and (product["embargoed_until"] is None or product["embargoed_until"] <= now)
        and (product["audience"] == "open" or domain["id"] in persona["domains"])
        and region in persona["regions"]
        and home["environment"] == account["environment"]
    )


def is_readable(column: Fact, persona: Fact, purpose: Fact) -> bool:
    """The column requirements: classified, clearance, personal."""
    if column["classification"] is None or column["personal"] is None:
        return False
    if RANK[column["classification"]] > RANK[persona["clearance"]]:
        return False
    return bool(purpose["allows_personal"] or not column["personal"])


def is_covered(column: Fact, agreement: Fact) -> bool:
    """Whether a classified column lies inside what the agreement declared."""
    if column["classification"] is None or column["personal"] is None:
        return False
    inside = RANK[column["classification"]] <= RANK[agreement["max_classification"]]
    return bool(inside and (agreement["personal"] or not column["personal"]))


def in_force_since(mesh: Fact, agreement: Fact, now: str) -> str | None:
    """The first instant from which an agreement in force at `now` was so; None when it is not in force."""
    if not agreement["start"] <= now < agreement["end"]:
        return None
    past = [change for change in agreement["history"] if change["at"] <= now]
    if not past or past[-1]["state"] != "active":
        return None
    counting = list(signatures(mesh, agreement, now))
    tries = [agreement["start"], past[-1]["at"], *(approval["at"] for approval in counting)]
    for instant in sorted(tries):
        if instant < agreement["start"] or instant < past[-1]["at"]:
            continue
        if is_approved(agreement, [approval["as"] for approval in counting if approval["at"] <= instant]):
            return str(instant)
    return None


def is_approved(agreement: Fact, signed_as: list[str]) -> bool:
    """The approval requirements: owner, governance, second owner."""
    harmless = agreement["max_classification"] in {"public", "internal"} and not agreement["personal"]
    return (
        "owner" in signed_as
        and ("governance" in signed_as or harmless)
        and ("second owner" in signed_as or agreement["max_classification"] != "restricted")
    )


def signatures(mesh: Fact, agreement: Fact, now: str) -> Iterator[Fact]:
    """The approvals that count: of this version and these terms, by people who may sign so, each person once."""
    signed = set()
    product = one(mesh, "products", agreement["product"])
    governance = next(group["id"] for group in mesh["groups"] if group["governance"])
    people = {principal["id"] for principal in mesh["principals"] if principal["kind"] == "person"}
    for approval in sorted(agreement["approvals"], key=lambda item: (item["at"], item["approver"], item["as"])):
        who = approval["approver"]
        group = governance if approval["as"] == "governance" else product["owner"]
        if (
            approval["at"] <= now
            and approval["version"] == agreement["version"]
            and approval["terms"] == terms(agreement)
            and who in people
            and who != agreement["requester"]
            and who not in signed
            and group is not None
            and belongs(mesh, who, group)
        ):
            signed.add(who)
            yield approval


def terms(agreement: Fact) -> str:
    """SHA-256 over what was agreed, and who asked for it."""
    bound = ("tables", "purpose", "accounts", "max_classification", "personal", "start", "end")
    agreed = ("persona", "product", *bound, "requester")
    text = json.dumps({key: agreement[key] for key in agreed}, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def belongs(mesh: Fact, principal: str, group: str) -> bool:
    """Whether a principal is a member of a group, or of a group in it."""
    groups = {item["id"] for item in mesh["groups"]}
    return any(
        belongs(mesh, principal, member) if member in groups else member == principal
        for member in one(mesh, "groups", group)["members"]
    )


def one(mesh: Fact, collection: str, id: str) -> Fact:
    """The fact with an id."""
    found: list[Fact] = [item for item in mesh[collection] if item["id"] == id]
    assert len(found) == 1, (collection, id)
    return found[0]
