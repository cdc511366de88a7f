"""An answer that the service's model does not allow is found, whoever gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.emulator import front, protocol, shapes
from tests.emulator.call import Call
from tests.emulator.errors import AwsError
from tests.emulator.world import World
from tests.unit.emulator.house import House

LOOKUP = ("cloudtrail", "LookupEvents")
Answer = Callable[[Mapping[str, Any]], None]


@pytest.fixture
def answered(house: House) -> Iterator[Callable[[Mapping[str, Any] | AwsError], list[str]]]:
    """What is found when LookupEvents answers so."""
    kept = front.OPERATIONS[LOOKUP]

    def ask(answer: Mapping[str, Any] | AwsError) -> list[str]:
        def handler(_: World, __: Call) -> Mapping[str, Any]:
            if isinstance(answer, AwsError):
                raise answer
            return answer

        front.OPERATIONS[LOOKUP] = handler
        client = house.client("cloudtrail")
        try:
            client.lookup_events()
        except client.exceptions.ClientError:
            assert isinstance(answer, AwsError)
        found = [text.removeprefix("cloudtrail:LookupEvents: ") for text in house.world.violations]
        house.world.violations.clear()
        return found

    yield ask
    front.OPERATIONS[LOOKUP] = kept


def test_of_an_own_operation(answered: Callable[[Any], list[str]]) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert answered({"Events": [{"EventId": "1", "EventTime": now}]}) == []
    assert answered({"Events": [], "NextToken": None}) == ["NextToken is None"]
    assert answered({"Events": [], "Next": "1"}) == ["Next is lost on the wire"]
    assert answered(AwsError("InvalidNextTokenException", "no")) == []
    assert answered(AwsError("ThrottlingException", "slow")) == []
    (found,) = answered(AwsError("EntityNotFoundException", "none"))
    assert found.startswith("error EntityNotFoundException is not one of ")


def test_of_moto(house: House) -> None:
    """A user whose name is longer than IAM's are: moto keeps it, and the answer is found out."""
    house.client("iam").create_user(UserName="somebody")
    from moto.iam.models import iam_backends

    user = iam_backends["100000000001"]["aws"].users["somebody"]
    user.name = "a b"
    house.client("iam").list_users()
    assert any("'users.2.member.userName'" in text for text in house.world.violations)
    house.world.violations.clear()


def _shape(service: str, operation: str) -> Any:
    return protocol.service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("service", "operation", "value", "found"),
    [
        ("iam", "GetRole", {"RoleName": "reader"}, []),
        ("iam", "GetRole", {}, ["Value null at 'roleName' failed to satisfy constraint: Member must not be null"]),
        (
            "iam",
            "ListPolicies",
            {"Scope": "Mine"},
            [
                "Value 'Mine' at 'scope' failed to satisfy constraint: "
                "Member must satisfy enum value set: [All, AWS, Local]"
            ],
        ),
        (
            "sts",
            "AssumeRole",
            {"RoleArn": "arn:aws:iam::100000000001:role/a", "RoleSessionName": "a", "DurationSeconds": 60},
            [
                "Value 'a' at 'roleSessionName' failed to satisfy constraint: "
                "Member must have length greater than or equal to 2",
                "Value '60' at 'durationSeconds' failed to satisfy constraint: "
                "Member must have value greater than or equal to 900",
            ],
        ),
        (
            "glue",
            "CreateDatabase",
            {"DatabaseInput": {"Name": ""}},
            [
                "Value '' at 'databaseInput.name' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ],
        ),
    ],
)
def test_a_value_against_its_shape(service: str, operation: str, value: Any, found: list[str]) -> None:
    assert list(shapes.problems(value, _shape(service, operation))) == found


def test_of_another_type() -> None:
    assert "Invalid type for parameter RoleName" in " ".join(
        shapes.structure({"RoleName": 1}, _shape("iam", "GetRole"))
    )
