"""CloudTrail's event history, read from the trail.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulator import faults
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.world import Event, World

KEPT = timedelta(days=90)
PAGE = 50
A_SECOND = 2
_READING = ("Describe", "Get", "Head", "List", "Lookup", "Search", "BatchGet")
_DATA_EVENTS = frozenset(
    {
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "GetObject",
        "GetObjectTagging",
        "HeadObject",
        "Invoke",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "PutObject",
        "PutObjectTagging",
        "UploadPart",
    }
)
"""Object-level calls and invocations are no management events, and the event history has none of them:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html"""
_DATED = {
    "CreateFunction": "20150331",
    "DeleteFunction": "20150331",
    "GetFunction": "20150331v2",
    "GetFunctionConfiguration": "20150331v2",
    "ListTags": "20170331",
    "ListVersionsByFunction": "20150331",
    "TagResource": "20170331v2",
    "UntagResource": "20170331v2",
    "UpdateFunctionCode": "20150331v2",
    "UpdateFunctionConfiguration": "20150331v2",
}
"""Lambda's events have the version of the API in their name:
https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html"""


@operation("cloudtrail", "LookupEvents")
def lookup_events(world: World, call: Call) -> dict[str, Any]:
    """Newest first, of the caller's account in the region of the call."""
    if world.throttle_lookups:
        _throttle(world, call)
    if "EventCategory" in call.params:
        raise Refused("insight events")
    wanted = _attribute(call)
    found = [shown for event in reversed(world.trail) if (shown := _shown(world, call, event)) and wanted(shown)]
    start = _start(call.params.get("NextToken"), len(found))
    count = int(call.params.get("MaxResults") or PAGE)
    page: dict[str, Any] = {"Events": found[start : start + count]}
    if start + count < len(found):
        page["NextToken"] = str(start + count)
    return page


def _throttle(world: World, call: Call) -> None:
    """Two requests a second, for an account in a region."""
    since = world.now() - timedelta(seconds=1)
    same = [
        event
        for event in world.trail
        if event.name == "LookupEvents"
        and (event.account, event.region) == (call.account, call.region)
        and event.time > since
        and event.error_code is None
    ]
    if len(same) >= A_SECOND:
        raise faults.throttled(call)


def _attribute(call: Call) -> Callable[[Mapping[str, Any]], bool]:
    attributes = call.params.get("LookupAttributes") or []
    if not attributes:
        return lambda _: True
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can only use one attribute.")
    key, value = attributes[0]["AttributeKey"], attributes[0]["AttributeValue"]
    if key in ("ResourceName", "ResourceType"):
        return lambda shown: any(resource.get(key) == value for resource in shown["Resources"])
    return lambda shown: shown.get(key) == value


def _start(token: Any, count: int) -> int:
    if token is None:
        return 0
    if not str(token).isdigit() or int(token) >= count:
        raise AwsError("InvalidNextTokenException", "The token is invalid.")
    return int(token)


def _shown(world: World, call: Call, event: Event) -> dict[str, Any] | None:
    """None: not in this account's history, or not in the time asked for."""
    if event.caller is None or event.region != call.region or event.name in _DATA_EVENTS:
        return None
    resources = list(_resources(event))
    if call.account not in _accounts(event, resources) or not _in_time(world, call, event.time):
        return None
    return {
        "EventId": event.id,
        "EventName": _name(event),
        "ReadOnly": str(_read_only(event)).lower(),
        "AccessKeyId": event.caller.access_key,
        "EventTime": event.time,
        "EventSource": f"{event.service}.amazonaws.com",
        "Username": event.caller.username,
        "Resources": resources,
        "CloudTrailEvent": json.dumps(_record(event, call.account), default=str),
    }


def _name(event: Event) -> str:
    return event.name + (_DATED.get(event.name, "") if event.service == "lambda" else "")


def _accounts(event: Event, resources: list[dict[str, str]]) -> set[str]:
    """The caller's; and the role's, which sees who assumed it from elsewhere:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html"""
    found = {event.account}
    if event.name == "AssumeRole" and event.error_code is None:
        found |= {resource["ResourceName"].split(":")[4] for resource in resources}
    return found


def _in_time(world: World, call: Call, time: datetime) -> bool:
    start = _instant(call, "StartTime") or world.now() - KEPT
    end = _instant(call, "EndTime") or world.now()
    if start > end:
        raise AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    return bool(max(start, world.now() - KEPT) <= time <= end)


def _instant(call: Call, name: str) -> datetime | None:
    given: datetime | None = call.params.get(name)
    return given.replace(tzinfo=UTC) if given is not None and given.tzinfo is None else given


def _read_only(event: Event) -> bool:
    return event.name.startswith(_READING) or event.name == "AssumeRole"


def _resources(event: Event) -> Iterator[dict[str, str]]:
    """Of IAM and STS; what CloudTrail names for other services no page lists."""
    names = {"RoleName": "AWS::IAM::Role", "UserName": "AWS::IAM::User", "PolicyArn": "AWS::IAM::Policy"}
    if event.service == "sts":
        names = {"RoleArn": "AWS::IAM::Role"}
    elif event.service != "iam":
        names = {}
    for parameter, kind in names.items():
        if isinstance(name := event.parameters.get(parameter), str):
            yield {"ResourceType": kind, "ResourceName": name}


def _record(event: Event, account: str) -> dict[str, Any]:
    record = {
        "eventVersion": "1.11",
        "userIdentity": _identity(event),
        "eventTime": event.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{event.service}.amazonaws.com",
        "eventName": _name(event),
        "awsRegion": event.region,
        "requestParameters": _camel(event.parameters),
        "responseElements": None,
        "eventID": event.id,
        "readOnly": _read_only(event),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
    }
    if event.error_code is not None:
        record |= {"errorCode": event.error_code, "errorMessage": event.error_message}
    return record


def _identity(event: Event) -> dict[str, Any]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html"""
    caller = event.caller
    assert caller is not None
    identity = {
        "type": "IAMUser" if caller.kind == "User" else "AssumedRole",
        "principalId": caller.user_id,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": caller.access_key,
    }
    if caller.session is None:
        return identity | {"userName": caller.username}
    issuer = {
        "type": "Role",
        "principalId": caller.session.role_id,
        "arn": caller.session.role_arn,
        "accountId": caller.account,
        "userName": caller.session.role_arn.rsplit("/", 1)[-1],
    }
    return identity | {"sessionContext": {"sessionIssuer": issuer}}


def _camel(value: Any) -> Any:
    """Without what is binary, such as a function's zip."""
    if isinstance(value, Mapping):
        shown = ((key, inner) for key, inner in value.items() if not isinstance(inner, bytes))
        return {key[:1].lower() + key[1:]: _camel(inner) for key, inner in shown}
    return [_camel(inner) for inner in value] if isinstance(value, list) else value
