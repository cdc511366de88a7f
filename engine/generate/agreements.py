"""Agreements: nine in ten in force and signed, as the policies of this repository ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from engine.generate.people import People, owner_group
from engine.generate.products import Offer
from engine.generate.words import PURPOSES, pick
from engine.model.agreements import Agreement, Approval
from engine.model.facts import Persona
from engine.model.fields import Classification, Signature, rank

AGREEMENTS = 3_000
"""At scale 1."""

_FATES = {"active": 88, "pending": 5, "ended": 3, "revoked": 2, "rejected": 1, "void": 1}
"""As weights; void are those whose approvals sign other terms."""

_BOUNDS: dict[Classification, int] = {"internal": 25, "confidential": 55, "restricted": 20}
"""What agreements ask for, as weights. Keys are internal at least, so that below it hardly a table can be read."""

_UNFIT, _AGAIN = 0.02, 0.02
"""How many ask for what the policies refuse, and for what the persona has agreed on for this purpose already."""

_ON_TABLES, _WITH_PERSONAL, _EVERYWHERE = 0.3, 0.6, 0.7


def invent_agreements(
    random: Random, scale: int, today: datetime, people: People, offers: list[Offer], environments: Mapping[str, str]
) -> Iterator[Agreement]:
    """`environments` maps an account to its environment, which has to be the product's."""
    serving = {purpose: [offer for offer in offers if purpose in offer.purposes] for purpose in PURPOSES}
    agreed: set[tuple[str, str, str]] = set()
    number = 0
    while number < scale * AGREEMENTS:
        persona = random.choice(people.personas)
        purpose = random.choice(persona.purposes)
        offer = random.choice(serving[purpose])
        accounts = [account for account in persona.accounts if environments[account] == offer.environment]
        fits = bool(accounts) and offer.offered and offer.region in persona.regions
        fits = fits and (offer.open or offer.domain in persona.domains)
        again = (persona.id, purpose, offer.id) in agreed
        if (not fits and random.random() >= _UNFIT) or (again and random.random() >= _AGAIN):
            continue
        agreed.add((persona.id, purpose, offer.id))
        number += 1
        used = accounts or list(persona.accounts)
        used = used if random.random() < _EVERYWHERE else used[:1]
        yield _agreement(random, today, people, f"agreement-{number}", persona, purpose, offer, used)


def _agreement(
    random: Random,
    today: datetime,
    people: People,
    id: str,
    persona: Persona,
    purpose: str,
    offer: Offer,
    accounts: list[str],
) -> Agreement:
    fate = pick(random, _FATES)
    start = today - timedelta(days=random.randrange(1, 300))
    end = today + timedelta(days=random.randrange(1, 700))
    if fate == "ended":
        start, end = start - timedelta(days=400), today - timedelta(days=random.randrange(1, 300))
    asked = start - timedelta(days=random.randrange(5, 30)) + timedelta(minutes=random.randrange(480, 1080))
    history = [{"state": "pending", "at": asked}]
    if fate != "pending":
        history.append({"state": "rejected" if fate == "rejected" else "active", "at": asked + timedelta(days=4)})
    if fate == "revoked":
        history.append({"state": "revoked", "at": today - timedelta(hours=random.randrange(1, 20))})
    some = len(offer.tables) > 1 and random.random() < _ON_TABLES
    agreement = Agreement.model_validate(
        {
            "id": id,
            "version": 1,
            "persona": persona.id,
            "product": offer.id,
            "tables": random.sample(offer.tables, random.randrange(1, len(offer.tables))) if some else None,
            "purpose": purpose,
            "accounts": accounts,
            "max_classification": min(pick(random, _BOUNDS), persona.clearance, key=rank),
            "personal": PURPOSES[purpose] and random.random() < _WITH_PERSONAL,
            "start": start,
            "end": end,
            "history": history,
            "requester": random.choice(people.requesters[persona.id]),
            "ticket": f"DATA-{random.randrange(1000, 10000)}",
        }
    )
    if fate in {"pending", "rejected"}:
        return agreement
    terms = "0" * 64 if fate == "void" else agreement.terms
    approvals = _approvals(random, people, agreement, owner_group(offer.domain), asked, terms)
    return agreement.model_copy(update={"approvals": tuple(approvals)})


def _approvals(
    random: Random, people: People, agreement: Agreement, owners: str, asked: datetime, terms: str
) -> Iterator[Approval]:
    signs: list[Signature] = ["owner"]
    if agreement.personal or rank(agreement.max_classification) >= rank("confidential"):
        signs.append("governance")
    if agreement.max_classification == "restricted":
        signs.append("second owner")
    taken = {agreement.requester}
    for days, sign in enumerate(signs, start=1):
        signers = people.signers["governance" if sign == "governance" else owners]
        approver = random.choice([person for person in signers if person not in taken])
        taken.add(approver)
        yield Approval(approver=approver, signs_as=sign, at=asked + timedelta(days=days), version=1, terms=terms)
