"""IAM's evaluation of policies, case by case as the IAM user guide tells it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.grants.iam import ALWAYS, Layer, Windows, intersect, outside, span, unite
from engine.model.instants import parse_instant

TABLE = "arn:aws:glue:eu-west-1:100000000001:table/loans/loan"
READ = frozenset({"glue:gettable"})
BOTH = frozenset({"glue:gettable", "glue:getdatabase"})


def day(number: int) -> datetime:
    return parse_instant(f"2026-06-{number:02}T00:00:00Z")


def within(*days: tuple[int, int]) -> Windows:
    return tuple((day(start), day(end)) for start, end in days)


def policy(*statements: dict[str, Any]) -> Layer:
    return Layer({"policy": {"Version": "2012-10-17", "Statement": list(statements)}})


def allow(
    actions: str | list[str] = "glue:GetTable", resources: str | list[str] = TABLE, first: int = 1, last: int = 30
) -> dict[str, Any]:
    between = {
        "DateGreaterThanEquals": {"aws:CurrentTime": day(first).isoformat()},
        "DateLessThan": {"aws:CurrentTime": day(last).isoformat()},
    }
    return {"Effect": "Allow", "Action": actions, "Resource": resources, "Condition": between}


def deny(*arguments: Any, **more: Any) -> dict[str, Any]:
    return allow(*arguments, **more) | {"Effect": "Deny"}


JUNE = within((1, 30))


@pytest.mark.parametrize(
    ("layers", "allowed"),
    [
        # what no statement allows is denied
        ([policy()], ()),
        ([policy(allow("glue:GetTables"))], ()),
        ([policy(allow(resources=TABLE + "s"))], ()),
        ([policy(allow())], JUNE),
        # one statement is enough, and each has its time
        ([policy(allow(last=10), allow(first=20))], within((1, 10), (20, 30))),
        ([policy(allow(last=10), allow(first=10, last=20))], within((1, 20))),
        ([policy(allow(last=10), allow("glue:*", "*", first=5))], JUNE),
        # an explicit deny overrides any allow, in whichever policy it stands
        ([policy(allow(), deny())], ()),
        ([policy(allow(), deny(first=10, last=20))], within((1, 10), (20, 30))),
        ([policy(allow()), policy(allow(), deny("*", "*", last=10))], within((10, 30))),
        ([policy(deny("glue:*")), policy(allow("*", "*"))], ()),
        # identity policies, boundary and session policies must each allow
        ([policy(allow()), policy()], ()),
        ([policy(allow()), policy(allow("*", "*", last=20))], within((1, 20))),
        ([policy(allow()), policy(allow("*", "*", last=20)), policy(allow(first=10))], within((10, 20))),
        ([policy(allow()), policy(allow("*", "*")), policy(allow("athena:*", "*"))], ()),
        ([policy(allow(last=10)), policy(allow(first=10))], ()),
    ],
)
def test_when_an_action_is_allowed(layers: list[Layer], allowed: Windows) -> None:
    assert span(layers, READ, TABLE) == (allowed, allowed)


@pytest.mark.parametrize(
    ("layers", "every", "some"),
    [
        ([policy(allow())], (), JUNE),
        ([policy(allow("glue:GetTable"), allow("glue:GetDatabase", last=10))], within((1, 10)), JUNE),
        ([policy(allow(["glue:GetTable", "glue:GetDatabase"]), deny(last=10))], within((10, 30)), JUNE),
        # what one layer allows of one action and the other of another, both together allow of none
        ([policy(allow("glue:GetTable")), policy(allow("glue:GetDatabase"))], (), ()),
    ],
)
def test_when_each_and_when_one_of_several_actions_is_allowed(
    layers: list[Layer], every: Windows, some: Windows
) -> None:
    assert span(layers, BOTH, TABLE) == (every, some)


@pytest.mark.parametrize(
    ("resource", "matches"),
    [
        ("*", True),
        (TABLE, True),
        (TABLE.upper(), False),
        ("arn:aws:glue:eu-west-1:100000000001:table/loans/*", True),
        ("arn:aws:glue:eu-west-1:100000000001:table/*/loan", True),
        ("arn:aws:glue:eu-west-1:100000000001:table/loans/loa?", True),
        ("arn:aws:glue:eu-west-1:100000000001:table/loans/loan?", False),
        ("arn:aws:glue:eu-west-1:100000000001:table/l.ans/loan", False),
        ("arn:aws:glue:*:100000000001:table/loans/loan", True),
        ("arn:aws:glue:eu-*-1:100000000001:table/loans/loan", True),
        # at a segment's end it reaches beyond the colon, inside it does not
        ("arn:aws:glue:*", True),
        ("arn:aws:glue:*:table/loans/loan", True),
        ("arn:aws:glue:eu*1:table/loans/loan", False),
        ("arn:aws:glue:eu-west-1?100000000001:table/loans/loan", False),
        ("arn:aws:glue:eu-west-1:100000000001:database/*", False),
    ],
)
def test_which_resources_a_pattern_takes(resource: str, matches: bool) -> None:
    assert span([policy(allow(resources=resource))], READ, TABLE)[0] == (JUNE if matches else ())


@pytest.mark.parametrize(
    ("action", "matches"),
    [
        ("glue:GetTable", True),
        ("GLUE:gettable", True),
        ("glue:Get*", True),
        ("glue:Get?able", True),
        ("*:GetTable", True),
        ("glue:GetTable?", False),
        ("glue:BatchGet*", False),
    ],
)
def test_which_actions_a_pattern_takes(action: str, matches: bool) -> None:
    assert span([policy(allow(action))], READ, TABLE)[0] == (JUNE if matches else ())


def test_windows_are_united_cut_and_turned_round() -> None:
    assert unite(within((1, 3), (8, 9)), within((3, 5))) == within((1, 5), (8, 9))
    assert intersect(within((1, 5), (8, 12)), within((4, 9))) == within((4, 5), (8, 9))
    assert intersect(within((1, 5)), within((5, 9))) == ()
    assert outside(()) == ALWAYS
    assert outside(ALWAYS) == ()
    assert outside(outside(within((1, 5), (8, 12)))) == within((1, 5), (8, 12))
