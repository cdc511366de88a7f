"""Condition operators, one by one, as the IAM user guide describes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conditions import Context, arn_like, fill, like, met
from tests.emulator.errors import Refused

CONTEXT: Context = {
    "aws:currenttime": ("2026-11-21T12:00:00+00:00",),
    "aws:principalarn": ("arn:aws:iam::100000000001:role/mesh/reader",),
    "aws:principaltag/team": ("lending",),
    "aws:tagkeys": ("team", "cost"),
    "aws:username": None,
    "aws:securetransport": ("true",),
    "aws:calledvia": None,
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "expected"),
    [
        ("StringEquals", "aws:PrincipalTag/team", "lending", True),
        ("StringEquals", "AWS:principaltag/TEAM", ["other", "lending"], True),
        ("StringEquals", "aws:PrincipalTag/team", "Lending", False),
        ("StringEquals", "aws:PrincipalTag/team", "lend*", False),
        ("StringEquals", "aws:PrincipalTag/none", "lending", False),
        ("StringEquals", "aws:username", "x", False),
        ("StringNotEquals", "aws:username", "x", True),
        ("StringNotEquals", "aws:PrincipalTag/team", ["other", "lending"], False),
        ("StringNotEquals", "aws:PrincipalTag/team", ["other"], True),
        ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", "LENDING", True),
        ("StringLike", "aws:PrincipalTag/team", "le?d*", True),
        ("StringLike", "aws:PrincipalTag/team", "le?d", False),
        ("StringNotLike", "aws:PrincipalTag/team", "lend*", False),
        ("StringEqualsIfExists", "aws:username", "x", True),
        ("StringEqualsIfExists", "aws:PrincipalTag/team", "x", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/mesh/*", True),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/mesh/*", True),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:*", False),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/other/*", True),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("Null", "aws:username", "true", True),
        ("Null", "aws:username", "false", False),
        ("Null", "aws:PrincipalTag/team", "false", True),
        ("Null", "aws:PrincipalTag/team", "true", False),
        ("DateLessThan", "aws:CurrentTime", "2026-11-21T12:00:00Z", False),
        ("DateLessThan", "aws:CurrentTime", "2026-11-21T12:00:01Z", True),
        ("DateLessThan", "aws:CurrentTime", "1795262401", True),
        ("DateLessThanEquals", "aws:CurrentTime", "2026-11-21T12:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "2026-11-21T12:00:00Z", False),
        ("DateGreaterThan", "aws:CurrentTime", "2026-11-21", True),
        ("DateGreaterThanEquals", "aws:CurrentTime", "2026-11-21T12:00:00Z", True),
        ("DateEquals", "aws:CurrentTime", "2026-11-21T13:00:00+01:00", True),
        ("DateNotEquals", "aws:CurrentTime", "2026-11-21T12:00:00Z", False),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["cost", "x"], True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", "x", False),
        ("ForAnyValue:StringEquals", "aws:CalledVia", "athena.amazonaws.com", False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "x"], True),
        ("ForAllValues:StringEquals", "aws:CalledVia", "athena.amazonaws.com", True),
    ],
)
def test_an_operator(operator: str, key: str, wanted: Any, expected: bool) -> None:
    assert met({operator: {key: wanted}}, CONTEXT) is expected


def test_every_operator_and_every_key_must_be_met() -> None:
    one: dict[str, Any] = {"StringEquals": {"aws:PrincipalTag/team": "lending"}}
    assert met(one, CONTEXT)
    assert not met(one | {"Bool": {"aws:SecureTransport": "false"}}, CONTEXT)
    assert not met({"StringLike": {"aws:PrincipalTag/team": "*", "aws:username": "*"}}, CONTEXT)
    assert met({}, CONTEXT)


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:PrincipalArn": "10.0.0.0/8"}},
        {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
        {"ForSomeValues:StringEquals": {"aws:TagKeys": "x"}},
        {"DateLessThan": {"aws:CurrentTime": "tomorrow"}},
        {"StringEquals": {"aws:PrincipalTag/team": "${*}"}},
    ],
)
def test_what_is_not_known_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        met(condition, CONTEXT)


def test_policy_variables() -> None:
    assert fill("arn:aws:s3:::lake/${aws:PrincipalTag/team}/*", CONTEXT) == "arn:aws:s3:::lake/lending/*"
    assert fill("${aws:username}", CONTEXT) is None
    assert fill("${aws:username, 'nobody'}", CONTEXT) == "nobody"


def test_wildcards_stay_within_a_component_of_an_arn() -> None:
    assert like("a*c?", "abbcd")
    assert not like("a.c", "abc")
    assert arn_like("arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a:b")
    assert not arn_like("arn:aws:iam::*:user/x", "arn:aws:iam::1:2:user/x")
