"""Which events name a thing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from engine.grants.drift import Drift
from engine.live.accounts import Accounts
from engine.live.trail import Trail, by_sql
from engine.model.standing import Thing

ROLE = "arn:aws:iam::300000000001:role/mw.analyst.modelling"
BY = "arn:aws:iam::1:user/dba"


class Recorded:
    """Accounts whose CloudTrail holds these events, newest last."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events
        self.asked: list[tuple[str, str, str]] = []

    def client(self, service: str, account: str, region: str) -> Any:
        self.asked.append((service, account, region))
        return self

    def get_paginator(self, name: str) -> Any:
        assert name == "lookup_events"
        return self

    def paginate(self, LookupAttributes: list[dict[str, str]]) -> list[dict[str, Any]]:
        (attribute,) = LookupAttributes
        return [{"Events": [event for event in self.events if event["EventName"] == attribute["AttributeValue"]]}]


def event(name: str, parameters: object, hour: int = 1, error: str | None = None, by: str = BY) -> dict[str, Any]:
    told = {"userIdentity": {"arn": by}, "requestParameters": parameters} | ({"errorCode": error} if error else {})
    return {
        "EventName": name,
        "EventTime": datetime(2026, 6, 1, hour, tzinfo=UTC),
        "CloudTrailEvent": json.dumps(told),
    }


def who(drift: Drift, *events: dict[str, Any]) -> str | None:
    made = Trail(cast(Accounts, Recorded(*events))).who(drift)
    return made.by if made else None


def grant(kind: Any, resource: str) -> Drift:
    return Drift(kind, Thing("Lake Formation grant", "1", "eu-west-1", f"{ROLE} on {resource}"), None, None, "")


TAGGED = "tables tagged mw-class-x=internal.impersonal|public.impersonal & mw-product-x=x/loans"
EXPRESSION = [
    {"TagKey": "mw-class-x", "TagValues": ["internal.impersonal", "public.impersonal"]},
    {"TagKey": "mw-product-x", "TagValues": ["x/loans"]},
]


@pytest.mark.parametrize(
    ("resource", "parameters"),
    [
        ("columns of x__loans.loan", {"databaseName": "x__loans", "name": "loan"}),
        (
            "columns of x__loans.loan: all but a, b",
            {"databaseName": "x__loans", "name": "loan", "excluded": ["a", "b"]},
        ),
        ("database x__loans", {"name": "x__loans"}),
        ("table x__loans.*", {"databaseName": "x__loans", "tableWildcard": {}}),
        (TAGGED, {"expression": EXPRESSION}),
    ],
)
def test_an_event_that_names_all_of_it_made_it(resource: str, parameters: dict[str, object]) -> None:
    made = event("GrantPermissions", {"principal": ROLE, **parameters})
    assert who(grant("excess", resource), made) == BY
    assert who(grant("excess", resource), event("GrantPermissions", parameters)) is None
    assert who(grant("excess", resource), event("GrantPermissions", {"principal": ROLE})) is None
    assert (
        who(grant("excess", resource), event("GrantPermissions", {"principal": f"{ROLE}.more", **parameters})) is None
    )


def test_what_is_missing_was_revoked_and_what_changed_may_be_either() -> None:
    named = {"principal": ROLE, "name": "x"}
    given, taken = event("GrantPermissions", named), event("RevokePermissions", named, hour=2, by="other")
    assert who(grant("missing", "database x"), given) is None
    assert who(grant("missing", "database x"), given, taken) == "other"
    assert who(grant("excess", "database x"), given, taken) == BY
    assert who(grant("changed", "database x"), given, taken) == "other"


def test_what_failed_made_nothing() -> None:
    assert (
        who(
            grant("excess", "database x"),
            event("GrantPermissions", {"principal": ROLE, "name": "x"}, error="AccessDenied"),
        )
        is None
    )


def test_events_of_iam_are_looked_up_where_they_are_recorded_and_each_once() -> None:
    accounts = Recorded(event("CreateRole", {"roleName": "mw.analyst.lunch"}))
    trail = Trail(cast(Accounts, accounts))
    drift = Drift("excess", Thing("access role", "3", "", "mw.analyst.lunch"), None, None, "")
    first = trail.who(drift)
    assert first is not None
    asked = list(accounts.asked)
    assert set(asked) == {("cloudtrail", "3", "us-east-1")}
    assert trail.who(drift) == first
    assert accounts.asked == asked


SHARE, NAMESPACE = (
    "mw__a__b__loans__reading",
    "arn:aws:redshift:eu-west-1:3:namespace:11111111-0000-0000-0000-000000000001",
)
ARN = f"arn:aws:redshift:eu-west-1:2:datashare:22222222-0000-0000-0000-000000000002/{SHARE}"


def consumer(kind: Any, expected: Any, found: Any) -> Drift:
    return Drift(
        kind, Thing("datashare consumer", "2", "eu-west-1", f"300000000001 on {SHARE} of dwh"), expected, found, ""
    )


def test_who_let_a_consumer_have_a_datashare_is_told_where_the_api_was_asked() -> None:
    parameters = {"dataShareArn": ARN, "consumerIdentifier": "300000000001"}
    given = event("AuthorizeDataShare", parameters)
    taken = event("DeauthorizeDataShare", parameters, hour=2, by="other")
    let, not_let = {"usage": True, "authorized": True}, {"usage": True, "authorized": False}
    assert who(consumer("by others", None, let), given) == BY
    assert who(consumer("changed", let, not_let), given, taken) == "other"
    assert who(consumer("missing", let, None), taken) == "other"
    other = event("AuthorizeDataShare", parameters | {"consumerIdentifier": "300000000002"})
    assert who(consumer("by others", None, let), other) is None
    longer = event("AuthorizeDataShare", parameters | {"dataShareArn": f"{ARN}_two"})
    assert who(consumer("by others", None, let), longer) is None


def test_what_sql_did_no_event_names() -> None:
    """A deploy's authorization is there: it is not what somebody did since."""
    given = event("AuthorizeDataShare", {"dataShareArn": ARN, "consumerIdentifier": "300000000001"})
    authorized = {"usage": True, "authorized": True}
    assert who(consumer("changed", authorized, {"usage": False, "authorized": True}), given) is None
    view = Drift("changed", Thing("Redshift view", "2", "eu-west-1", f"{SHARE}.loan of dwh"), {}, None, "")
    assert by_sql(view)
    assert by_sql(consumer("by others", None, {"usage": True, "authorized": False}))
    assert not by_sql(consumer("by others", None, authorized))
    accounts = Recorded(given)
    assert Trail(cast(Accounts, accounts)).who(view) is None
    assert accounts.asked == []


def test_who_associated_a_datashare_is_told() -> None:
    drift = Drift("by others", Thing("datashare association", "3", "eu-west-1", f"{NAMESPACE} on {ARN}"), None, {}, "")
    assert not by_sql(drift)
    parameters = {"dataShareArn": ARN, "consumerArn": NAMESPACE}
    assert who(drift, event("AssociateDataShareConsumer", parameters)) == BY
    assert who(drift, event("AssociateDataShareConsumer", {**parameters, "consumerArn": f"{NAMESPACE}2"})) is None
