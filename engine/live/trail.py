"""Who made a difference: the newest CloudTrail event that names it.

LookupEvents keeps 90 days and answers two calls a second
(https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html). Events of IAM are recorded in
us-east-1 (https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html). It records calls of APIs, so
what SQL did in a warehouse no event names (https://docs.aws.amazon.com/redshift/latest/mgmt/logging-with-cloudtrail.html).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.grants import lf_grants_live
from engine.grants.access_role.live import POLICY, ROLE
from engine.grants.datashare import things
from engine.grants.drift import Drift
from engine.grants.lf_tag.live import ASSIGNMENT, KEY
from engine.grants.link.live import KIND as LINK
from engine.grants.location.live import LOCATION, OPT_IN, SETTINGS
from engine.live.accounts import Accounts, reaching
from engine.model.standing import Thing

_IAM_REGION = "us-east-1"
_GIVEN = {
    lf_grants_live.KIND: ("GrantPermissions", "BatchGrantPermissions"),
    KEY: ("CreateLFTag", "UpdateLFTag"),
    ASSIGNMENT: ("AddLFTagsToResource",),
    LINK: ("CreateDatabase", "UpdateDatabase"),
    LOCATION: ("RegisterResource", "UpdateResource"),
    OPT_IN: ("CreateLakeFormationOptIn",),
    SETTINGS: ("PutDataLakeSettings",),
    ROLE: ("CreateRole", "UpdateAssumeRolePolicy", "AttachRolePolicy", "PutRolePolicy", "UpdateRole"),
    POLICY: ("CreatePolicy", "CreatePolicyVersion", "SetDefaultPolicyVersion"),
    things.CONSUMER: ("AuthorizeDataShare",),
    things.ASSOCIATION: ("AssociateDataShareConsumer",),
}
_TAKEN = {
    lf_grants_live.KIND: ("RevokePermissions", "BatchRevokePermissions"),
    KEY: ("DeleteLFTag", "UpdateLFTag"),
    ASSIGNMENT: ("RemoveLFTagsFromResource",),
    LINK: ("DeleteDatabase", "UpdateDatabase"),
    LOCATION: ("DeregisterResource",),
    OPT_IN: ("DeleteLakeFormationOptIn",),
    SETTINGS: ("PutDataLakeSettings",),
    ROLE: ("DeleteRole", "DetachRolePolicy", "DeleteRolePolicy"),
    POLICY: ("DeletePolicy", "DeletePolicyVersion"),
    things.CONSUMER: ("DeauthorizeDataShare",),
    things.ASSOCIATION: ("DisassociateDataShareConsumer", "RejectDataShare"),
}


_FILLERS = {"", "*", "columns", "of", "database", "table", "tables", "databases", "tagged", "all", "but"}
"""The words between the names in what a grant is on."""


@dataclass(frozen=True, slots=True)
class Made:
    """An act: which event, by whom, when."""

    event: str
    by: str
    at: datetime


class Trail:
    """The events of the accounts, each kind of event looked up once."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._events: dict[tuple[str, str, str], list[dict[str, Any]]] = {}

    def who(self, drift: Drift) -> Made | None:
        """The newest event that names the thing; None when there is none in 90 days. Raises AccountError."""
        thing = drift.thing
        if by_sql(drift):
            return None
        kinds = {"missing": (_TAKEN,), "changed": (_GIVEN, _TAKEN)}.get(drift.kind, (_GIVEN,))
        names = sorted({name for kind in kinds for name in kind.get(thing.kind, ())})
        words = _words(thing)
        found = [event for name in names for event in self._of(thing, name) if _names(event, words)]
        if not found:
            return None
        newest = max(found, key=lambda event: event["EventTime"])
        return Made(newest["EventName"], _actor(newest), newest["EventTime"])

    def _of(self, thing: Thing, name: str) -> list[dict[str, Any]]:
        region = thing.region or _IAM_REGION
        key = (thing.account, region, name)
        if key not in self._events:
            client = self._accounts.client("cloudtrail", thing.account, region)
            attribute = [{"AttributeKey": "EventName", "AttributeValue": name}]
            pages = client.get_paginator("lookup_events")
            self._events[key] = reaching(
                thing.account,
                region,
                lambda: [event for page in pages.paginate(LookupAttributes=attribute) for event in page["Events"]],
            )
        return self._events[key]


def by_sql(drift: Drift) -> bool:
    """Whether it was made by SQL in a warehouse, whose own logs alone can tell who made it."""
    if drift.thing.kind == things.CONSUMER:
        authorized = [bool((value or {}).get("authorized")) for value in (drift.expected, drift.found)]
        return authorized[0] == authorized[1]
    return things.warehouse_of(drift.thing) is not None


def _words(thing: Thing) -> list[str]:
    """What an event about the thing holds, each as a whole word: its principal, and the names of its place."""
    if thing.kind == SETTINGS:
        return []
    if thing.kind in {things.CONSUMER, things.ASSOCIATION}:
        return things.words_of(thing)
    principal, on, resource = thing.name.partition(" on ")
    if not on:
        return thing.name.split(".") if thing.kind == ASSIGNMENT else [thing.name]
    separators = r"[\s=|&]+" if " tagged " in resource else r"[\s.:,=|]+"
    return [principal, *(name for name in re.split(separators, resource) if name not in _FILLERS)]


def _names(event: dict[str, Any], words: list[str]) -> bool:
    text = event.get("CloudTrailEvent", "")
    if json.loads(text or "{}").get("errorCode"):
        return False
    return all(re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", text) for word in words)


def _actor(event: dict[str, Any]) -> str:
    identity = json.loads(event["CloudTrailEvent"]).get("userIdentity", {})
    return str(identity.get("arn") or event.get("Username") or "unknown")
