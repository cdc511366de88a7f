"""Faults strike when they were asked for, and the same calls each time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.emulator.faults import Fault, Kind
from tests.unit.emulator.house import House, document, refused, trusting

CREATE = frozenset({("iam", "CreateUser")})


def outcomes(call: Callable[[], object], times: int) -> list[str]:
    found = []
    for _ in range(times):
        try:
            call()
            found.append("done")
        except ClientError as error:
            found.append(error.response["Error"]["Code"])
        except ConnectionClosedError:
            found.append("dropped")
    return found


@pytest.mark.parametrize(
    ("kind", "service", "call", "code"),
    [
        ("throttle", "iam", "list_roles", "Throttling"),
        ("throttle", "glue", "get_databases", "ThrottlingException"),
        ("throttle", "s3", "list_buckets", "SlowDown"),
        ("timeout", "sts", "get_caller_identity", "dropped"),
        ("lost answer", "sts", "get_caller_identity", "dropped"),
    ],
)
def test_every_third_call(house: House, kind: Kind, service: str, call: str, code: str) -> None:
    fault = Fault(kind, every=3, seed=1)
    house.world.faults.append(fault)
    found = outcomes(getattr(house.client(service), call), 6)
    assert found.count(code) == fault.struck == 2
    assert found[:3] == found[3:]


def test_a_seed_strikes_the_same_calls(house: House) -> None:
    def run(seed: int) -> list[str]:
        house.world.faults[:] = [Fault("throttle", every=4, seed=seed)]
        return outcomes(house.client("sts").get_caller_identity, 8)

    assert run(1) == run(1)
    assert len({tuple(run(seed)) for seed in range(10)}) == 4


def test_only_the_operations_that_are_named(house: House) -> None:
    house.world.faults.append(Fault("throttle", every=1, operations=CREATE))
    iam = house.client("iam")
    iam.list_users()
    assert refused(lambda: iam.create_user(UserName="a"))[0] == "Throttling"
    assert [event.error_code for event in house.world.trail] == [None, "Throttling"]


def test_what_timed_out_was_not_done_and_what_was_lost_was(house: House) -> None:
    iam = house.client("iam")
    house.world.faults.append(Fault("timeout", every=1, operations=CREATE))
    with pytest.raises(ConnectionClosedError):
        iam.create_user(UserName="never")
    house.world.faults[:] = [Fault("lost answer", every=1, operations=CREATE)]
    with pytest.raises(ConnectionClosedError):
        iam.create_user(UserName="done")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin", "done"]
    assert [event.name for event in house.world.trail] == ["CreateUser", "ListUsers"]


def test_a_client_that_retries_gets_through(house: House) -> None:
    house.world.faults.append(Fault("timeout", every=2, seed=1))
    patient = house.server.client("sts", house.one, retries={"total_max_attempts": 4, "mode": "standard"})
    assert [patient.get_caller_identity()["Account"] for _ in range(3)] == ["100000000001"] * 3


def test_two_at_the_same_resource(house: House) -> None:
    grant = frozenset({("lakeformation", "GrantPermissions"), ("iam", "CreatePolicyVersion"), ("iam", "TagRole")})
    house.world.faults.append(Fault("concurrent modification", every=1, operations=grant))
    lake = house.client("lakeformation")
    code, _ = refused(
        lambda: lake.grant_permissions(
            Principal={"DataLakePrincipalIdentifier": "arn:aws:iam::100000000001:user/admin"},
            Resource={"Catalog": {}},
            Permissions=["CREATE_DATABASE"],
        )
    )
    assert code == "ConcurrentModificationException"
    house.role("reader", trusting("*"))
    iam = house.client("iam")
    assert refused(lambda: iam.tag_role(RoleName="reader", Tags=[{"Key": "a", "Value": "b"}]))[0] == (
        "ConcurrentModification"
    )
    arn = "arn:aws:iam::100000000001:policy/any"
    new_version = refused(lambda: iam.create_policy_version(PolicyArn=arn, PolicyDocument=document()))
    assert new_version[0] == "Refused"
    assert house.refusals() == ["iam:CreatePolicyVersion: the model has no ConcurrentModificationException for it"]
