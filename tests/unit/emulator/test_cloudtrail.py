"""The trail as CloudTrail's event history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.emulator.house import ONE, REGION, TWO, House, allow, refused

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOME = "us-east-1"


def look(house: House, region: str = HOME, who: Any = None, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client("cloudtrail", who, region).lookup_events(**asked)["Events"]
    return found


def by(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def test_says_who_did_what_and_what_was_denied(house: House) -> None:
    role = house.role("reader", f"arn:aws:iam::{ONE}:user/admin", allow("iam:ListRoles"))
    session = house.assume(role, session="me@example.org")
    house.client("iam", session).list_roles()
    refused(house.client("iam", session).list_users)
    newest, before = look(house, who=house.two, **by("Username", "me@example.org"))
    assert (newest["EventName"], before["EventName"]) == ("ListUsers", "ListRoles")
    denied, done = json.loads(newest["CloudTrailEvent"]), json.loads(before["CloudTrailEvent"])
    assert denied["errorCode"] == "AccessDenied"
    assert "not authorized to perform: iam:ListUsers" in denied["errorMessage"]
    assert "errorCode" not in done
    assert done["userIdentity"]["arn"] == f"arn:aws:sts::{TWO}:assumed-role/reader/me@example.org"
    assert done["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == role
    assert done["recipientAccountId"] == TWO


def test_the_roles_account_sees_who_assumed_it(house: House) -> None:
    role = house.role("reader", f"arn:aws:iam::{ONE}:user/admin")
    house.assume(role)
    for who in (house.one, house.two):
        (event,) = look(house, REGION, who, **by("EventName", "AssumeRole"))
        assert event["Username"] == "admin"
        assert event["Resources"] == [{"ResourceType": "AWS::IAM::Role", "ResourceName": role}]
    refused(lambda: house.assume(f"arn:aws:iam::{TWO}:role/none"))
    assert len(look(house, REGION, house.two, **by("EventName", "AssumeRole"))) == 1


@pytest.mark.parametrize(
    ("key", "value", "names"),
    [
        ("EventName", "CreateUser", ["CreateUser"]),
        ("EventSource", "iam.amazonaws.com", ["CreateUser", "ListRoles"]),
        ("ReadOnly", "true", ["ListRoles"]),
        ("ReadOnly", "false", ["CreateUser"]),
        ("ResourceName", "somebody", ["CreateUser"]),
        ("ResourceType", "AWS::IAM::User", ["CreateUser"]),
        ("Username", "nobody", []),
    ],
)
def test_by_one_attribute(house: House, key: str, value: str, names: list[str]) -> None:
    house.client("iam").list_roles()
    house.client("iam").create_user(UserName="somebody")
    assert [event["EventName"] for event in look(house, **by(key, value))] == names


def test_by_key_and_id(house: House) -> None:
    house.client("iam").list_roles()
    (event,) = look(house, **by("AccessKeyId", house.one.access_key))
    assert look(house, **by("EventId", event["EventId"])) == [event]


def test_by_two_attributes_is_an_error(house: House) -> None:
    both = by("EventName", "a")["LookupAttributes"] + by("Username", "b")["LookupAttributes"]
    unchecked = house.server.client("cloudtrail", house.one, HOME, parameter_validation=False)
    assert refused(lambda: unchecked.lookup_events(LookupAttributes=both))[0] == "InvalidLookupAttributesException"


def test_global_services_are_at_home_and_others_where_they_were_called(house: House) -> None:
    house.client("iam").list_roles()
    house.client("glue").get_databases()
    assert [event["EventName"] for event in look(house)] == ["ListRoles"]
    assert [event["EventName"] for event in look(house, REGION)] == ["GetDatabases"]
    assert look(house, who=house.two) == []


def test_calls_on_objects_are_not_in_the_history(house: House) -> None:
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="a", Body=b"1")
    assert [event["EventName"] for event in look(house, REGION)] == ["CreateBucket"]
    assert [event.name for event in house.world.trail if event.service == "s3"] == ["CreateBucket", "PutObject"]


def test_pages_of_fifty_newest_first(house: House) -> None:
    iam = house.client("iam")
    for number in range(60):
        iam.create_user(UserName=f"u{number}")
    trail = house.client("cloudtrail", region=HOME)
    first = trail.lookup_events()
    assert [event["Resources"][0]["ResourceName"] for event in first["Events"]] == [f"u{n}" for n in range(59, 9, -1)]
    assert len(trail.lookup_events(MaxResults=7)["Events"]) == 7
    pages = list(trail.get_paginator("lookup_events").paginate(**by("EventName", "CreateUser")))
    assert [len(page["Events"]) for page in pages] == [50, 10]
    assert refused(lambda: trail.lookup_events(NextToken="none"))[0] == "InvalidNextTokenException"
    unchecked = house.server.client("cloudtrail", house.one, HOME, parameter_validation=False)
    assert refused(lambda: unchecked.lookup_events(MaxResults=51))[0] == "ValidationException"


def test_ninety_days(house: House) -> None:
    house.world.set_now(NOON)
    house.client("iam").list_roles()
    house.world.pass_time(timedelta(days=90))
    assert len(look(house, **by("EventName", "ListRoles"))) == 1
    house.world.pass_time(timedelta(seconds=1))
    assert look(house, **by("EventName", "ListRoles")) == []


def test_between_two_instants(house: House) -> None:
    house.world.set_now(NOON)
    for _ in range(3):
        house.client("iam").list_roles()
        house.world.pass_time(timedelta(minutes=1))
    middle: dict[str, Any] = {"StartTime": NOON + timedelta(seconds=1), "EndTime": NOON + timedelta(seconds=61)}
    assert [event["EventTime"] for event in look(house, **middle)] == [NOON + timedelta(minutes=1)]
    wrong: dict[str, Any] = {"StartTime": NOON, "EndTime": NOON - timedelta(seconds=1)}
    assert refused(lambda: look(house, **wrong))[0] == "InvalidTimeRangeException"


def test_two_a_second_when_asked_for(house: House) -> None:
    house.world.set_now(NOON)
    house.world.throttle_lookups = True
    look(house)
    look(house)
    assert refused(lambda: look(house))[0] == "ThrottlingException"
    look(house, REGION)
    house.world.pass_time(timedelta(seconds=1))
    look(house)


def test_the_organization(house: House) -> None:
    organizations = house.client("organizations")
    assert organizations.describe_organization()["Organization"]["Id"] == "o-exampleorgid"
    assert [account["Id"] for account in organizations.list_accounts()["Accounts"]] == [ONE, TWO]
    house.world.organization.discard(ONE)
    assert refused(organizations.describe_organization)[0] == "AWSOrganizationsNotInUseException"
