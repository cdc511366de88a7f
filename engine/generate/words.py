"""The words that a generated mesh is made of, and how chance picks from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from random import Random
from typing import TypeVar

T = TypeVar("T")

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
TAGS = ("bureau-data", "health", "location", "market-sensitive", "payment-card", "union-member")
PURPOSES = {
    "collections": True,
    "credit-risk-modelling": False,
    "customer-service": True,
    "early-warning": False,
    "financial-reporting": False,
    "fraud-investigation": True,
    "funding": False,
    "internal-audit": True,
    "liquidity": False,
    "market-analysis": False,
    "operations": True,
    "planning": False,
    "pricing": False,
    "regulatory-reporting": True,
    "servicing": True,
    "stress-testing": False,
}
"""Purpose → whether it allows personal data."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


AREAS = _words("cards collections deposits insurance lending markets mortgages payments risk treasury")
NOUNS = _words("account balance case contract customer event exposure fee forecast invoice limit offer order score")
PARTS = _words("action daily detail history link monthly position reference snapshot state summary version")
FIRST_NAMES = _words(
    "ada aldo bea carl dora elif emil finn gwen hugo ines jan karin lars mara nils olga paul rosa sara"
)
LAST_NAMES = _words("adler baum costa duval egan ferri gruber haas ivanov jansen keller lund moser novak olsen perez")
_FIELDS = _words("amount balance code count date days flag id key limit rate ratio reason score status type value")
_WHICH = _words("agreed base booked closing current due estimated first gross last local net next open prior total")
_PERSONAL = _words("address age birth_date birth_place city email iban income name nationality phone tax_id")
_WHOSE = _words("agent borrower contact customer debtor guarantor heir owner payer spouse")

IMPERSONAL_COLUMNS = tuple(f"{which}_{field}" for which, field in product(_WHICH, _FIELDS))
PERSONAL_COLUMNS = tuple(f"{whose}_{field}" for whose, field in product(_WHOSE, _PERSONAL))
TYPES = {"amount": "number", "count": "integer", "date": "date", "days": "integer", "flag": "boolean", "rate": "number"}
"""The last word of a column's name → its logical type, where that is not string."""


def title(id: str) -> str:
    return id.replace("-", " ").capitalize()


def numbered(words: Sequence[str], number: int) -> str:
    """The words in turn, numbered from the second time on."""
    word, again = words[number % len(words)], number // len(words)
    return f"{word}-{again + 1}" if again else word


def pick(random: Random, weights: Mapping[T, int]) -> T:
    return random.choices(list(weights), list(weights.values()))[0]


def spread(random: Random, total: int, parts: int, least: int) -> list[int]:
    """`total` in `parts` unequal numbers, none below `least`."""
    weights = [random.uniform(0.3, 1.7) for _ in range(parts)]
    drawn = Counter(random.choices(range(parts), weights, k=total - parts * least))
    return [least + drawn[part] for part in range(parts)]
