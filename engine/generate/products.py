"""Products, as ODCS documents. They are written line by line: a general YAML writer takes ten times as long."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from engine.generate.people import owner_group
from engine.generate.places import PRODUCERS, is_nonprod_producer, producer, warehouse_id
from engine.generate.words import (
    IMPERSONAL_COLUMNS,
    NOUNS,
    PARTS,
    PERSONAL_COLUMNS,
    PURPOSES,
    TAGS,
    TYPES,
    numbered,
    pick,
    spread,
)
from engine.generate.written import scalar
from engine.model.facts import Domain
from engine.model.instants import format_instant

PRODUCTS, TABLES, COLUMNS = 300, 850, 17_000
"""At scale 1."""

REDSHIFT = 0.2
"""How many products lie in Amazon Redshift, where nobody asks for more or fewer."""

_NONPROD, _EMBARGOED = 0.06, 0.02
_PARTITIONED, _OPEN_KEY = 0.6, 0.97
_NEW, _UNCLASSIFIED = 0.15, 0.25
"""How many products are new, and how many of a new one's columns nobody has classified yet: 3 in 100 columns of all."""

_MOST_CLASSES = 12

_Class = tuple[str, bool, str | None]
"""Classification, personal, tag."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an agreement has to know of a product. `offered`: neither its status nor an embargo stands in the way."""

    id: str
    domain: str
    region: str
    environment: str
    open: bool
    offered: bool
    purposes: tuple[str, ...]
    tables: tuple[str, ...]


def invent_products(
    random: Random, scale: int, today: datetime, domains: list[Domain], redshift: float
) -> Iterator[tuple[Offer, str]]:
    """Each with its document; `redshift` is the share of those that lie in a warehouse."""
    column_counts = iter(spread(random, scale * COLUMNS, scale * TABLES, 6))
    producers = range(scale * PRODUCERS)
    prod = [producer(number) for number in producers if not is_nonprod_producer(number)]
    nonprod = [producer(number) for number in producers if is_nonprod_producer(number)]
    for number, tables in enumerate(spread(random, scale * TABLES, scale * PRODUCTS, 1)):
        domain = domains[number % len(domains)]
        id = f"{domain.id}/{numbered(NOUNS, number // len(domains))}"
        region = random.choice(domain.regions)
        real = random.random() >= _NONPROD
        account = prod[number % len(domains) % len(prod)] if real else random.choice(nonprod)
        status = pick(random, {"active": 94, "deprecated": 4, "draft": 1, "retired": 1})
        embargoed = random.random() < _EMBARGOED
        audience = pick(random, {"open": 80, "domain": 20})
        purposes = sorted(random.sample(sorted(PURPOSES), random.randrange(4, 9)))
        said: dict[str, object] = {
            "owner": owner_group(domain.id),
            "kind": pick(random, {"curated": 85, "raw": 15}),
            "audience": audience,
            "purposes": purposes,
        }
        if embargoed:
            said["embargoed_until"] = format_instant(today + timedelta(days=random.randrange(20, 200)))
        names = [f"{_words(id.rpartition('/')[2])}_{part}" for part in _distinct(random, tables)]
        lake = random.random() >= redshift
        palette = _palette(random)
        text = [
            "apiVersion: v3.1.0\nkind: DataContract\n",
            f"id: {uuid.UUID(int=random.getrandbits(128), version=4)}\n",
            f"name: {_words(id).replace('_', ' ')}\nversion: 1.{random.randrange(20)}.0\n",
            f"status: {status}\ndomain: {domain.id}\n",
            *_server(id, account, region, lake),
            f"\ncustomProperties:\n  - property: meshwarden\n    value: {scalar(said)}\n\nschema:\n",
        ]
        unclassified = _UNCLASSIFIED if random.random() < _NEW else 0.0
        for name in names:
            text.extend(_table(random, name, next(column_counts), palette, lake, unclassified))
        offered = status in {"active", "deprecated"} and not embargoed
        environment = "prod" if real else "nonprod"
        yield (
            Offer(id, domain.id, region, environment, audience == "open", offered, tuple(purposes), tuple(names)),
            "".join(text),
        )


def _words(id: str) -> str:
    return id.replace("/", "_").replace("-", "_")


def _distinct(random: Random, count: int) -> list[str]:
    return random.sample([_words(numbered(PARTS, number)) for number in range(max(count, len(PARTS)))], count)


def _server(product: str, account: str, region: str, lake: bool) -> Iterator[str]:
    container = _words(product)
    if lake:
        place = f"s3://meshbank-{account}-{region}/{product}"
        server = {"type": "glue", "account": account, "database": container, "location": place}
        said = {"region": region}
    else:
        server = {"type": "redshift", "database": "dwh", "schema": container}
        said = {"warehouse": warehouse_id(account, region)}
    yield f"\nservers:\n  - server: {'lake' if lake else 'dwh'}\n"
    for key, value in server.items():
        yield f"    {key}: {scalar(value)}\n"
    yield f"    customProperties: [{{property: meshwarden, value: {scalar(said)}}}]\n"


def _palette(random: Random) -> dict[_Class, float]:
    """The classes of a product's columns, with their weights: 3 to 12, together with that of unclassified columns."""
    palette: dict[_Class, float] = {
        ("internal", False, None): 5,
        ("confidential", False, None): 2,
        ("confidential", True, None): 1.6,
    }
    for _ in range(random.randrange(14)):
        personal = random.random() < 0.3
        weights = {"confidential": 4, "restricted": 6} if personal else {"public": 4, "internal": 4, "restricted": 2}
        tag = random.choice(TAGS) if random.random() < 0.6 else None
        if len(palette) < _MOST_CLASSES - 1:
            palette.setdefault((pick(random, weights), personal, tag), random.uniform(0.2, 0.8))
    return palette


def _table(
    random: Random, name: str, columns: int, palette: dict[_Class, float], lake: bool, unclassified: float
) -> Iterator[str]:
    """A table's lines. Its first column is classified always: it may be the key by which the table is partitioned."""
    yield f"  - name: {name}\n    physicalType: table\n    properties:\n"
    classes = random.choices(list(palette), list(palette.values()), k=columns)
    partitioned = lake and random.random() < _PARTITIONED
    if partitioned:
        classes[0] = ("internal", False, None) if random.random() < _OPEN_KEY else ("confidential", False, None)
    impersonal = iter(random.sample(IMPERSONAL_COLUMNS, min(columns, len(IMPERSONAL_COLUMNS))))
    personal = iter(random.sample(PERSONAL_COLUMNS, min(columns, len(PERSONAL_COLUMNS))))
    for number, (classification, is_personal, tag) in enumerate(classes):
        column = next(personal if is_personal else impersonal, f"attribute_{number}")
        yield f"      - name: {column}\n        logicalType: {TYPES.get(column.rpartition('_')[2], 'string')}\n"
        if number == 0 and partitioned:
            yield "        partitioned: true\n        partitionKeyPosition: 1\n"
        if number == 0 or random.random() >= unclassified:
            said = scalar({"personal": is_personal, "tags": [tag]} if tag else {"personal": is_personal})
            yield f"        classification: {classification}\n"
            yield f"        customProperties: [{{property: meshwarden, value: {said}}}]\n"
