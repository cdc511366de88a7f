"""A mesh of any size, invented from a seed: a project's folder in the authored format, to measure the engine on.

The shape is that of a large company's mesh. Most agreements are in force and realisable; what is not is so on purpose:
agreements that are pending, ended, revoked, rejected or sign other terms, products under embargo or out of a reader's
region, products in Amazon Redshift whose reader has no warehouse in his regions, partition keys that a reader may not
see, and columns that nobody classified.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random

from engine.errors import MeshwardenError
from engine.generate.agreements import invent_agreements
from engine.generate.people import invent_people
from engine.generate.places import BROKER, invent_accounts, invent_domains, invent_warehouses
from engine.generate.products import REDSHIFT, invent_products
from engine.generate.words import PURPOSES, TAGS, title
from engine.generate.written import fields, item, listed
from engine.model.facts import Broker, Purpose, Tag


def generate_project(
    folder: Path, scale: int, seed: int, now: datetime, policies: Path | None = None, redshift: float = REDSHIFT
) -> int:
    """Writes `personas/` and `mesh/` at `scale`, and a copy of `policies`; gives the number of files of the first two.

    `redshift` is the share of products that lie in a warehouse, from 0 to 1. The same scale, seed, share and day of
    `now`, which dates the agreements, give the same bytes. Raises MeshwardenError when the folder holds anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MeshwardenError(f"`{folder}` is not an empty folder; name one that is empty or does not exist yet")
    written = 0
    made: set[Path] = set()
    for name, text in _files(Random(seed), scale, now.replace(hour=0, minute=0, second=0), redshift):
        path = folder / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_text(text, encoding="utf-8")
        written += 1
    if policies is not None:
        shutil.copytree(policies, folder / "policies")
    return written


def _files(random: Random, scale: int, today: datetime, redshift: float) -> Iterator[tuple[str, str]]:
    """Path below the project's folder, and text."""
    domains, accounts = invent_domains(random, scale), invent_accounts(random, scale)
    purposes = [Purpose(id=id, title=title(id), allows_personal=personal) for id, personal in PURPOSES.items()]
    yield "personas/purposes.yaml", listed("purposes", purposes)
    yield "mesh/accounts.yaml", listed("accounts", accounts)
    yield "mesh/broker.yaml", fields(Broker(role_arn=BROKER))
    yield "mesh/domains.yaml", listed("domains", domains)
    yield "mesh/tags.yaml", listed("tags", [Tag(id=id, title=title(id)) for id in TAGS])
    yield "mesh/warehouses.yaml", listed("warehouses", invent_warehouses(random, scale, accounts))
    people = invent_people(random, scale, domains, accounts)
    for persona in people.personas:
        yield f"personas/{persona.id}.yaml", fields(persona)
    yield "mesh/directory.yaml", listed("groups", people.groups) + listed("principals", people.principals)
    offers = []
    for offer, text in invent_products(random, scale, today, domains, redshift):
        offers.append(offer)
        yield f"mesh/products/{offer.id}.odcs.yaml", text
    environments = {account.id: account.environment for account in accounts}
    for agreement in invent_agreements(random, scale, today, people, offers, environments):
        yield f"mesh/agreements/{agreement.id}.yaml", fields(agreement, "approvals")
        if agreement.approvals:
            signed = "".join(item(approval, "") for approval in agreement.approvals)
            yield f"mesh/agreements/{agreement.id}.approvals.yaml", signed
