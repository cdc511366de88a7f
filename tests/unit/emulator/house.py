"""Two accounts of one organization on a running emulator, each with an administrator."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.identity import Credentials
from tests.emulator.server import Server
from tests.emulator.world import World

ONE, TWO, STRANGER = "100000000001", "300000000001", "900000000009"
REGION = "eu-west-1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@dataclass
class House:
    world: World
    server: Server
    one: Credentials
    two: Credentials

    def client(self, service: str, who: Credentials | None = None, region: str = REGION) -> Any:
        """As the first account's administrator, unless said otherwise."""
        return self.server.client(service, who or self.one, region)

    def role(self, name: str, trusted: Any, *statements: dict[str, Any], **more: Any) -> str:
        """The ARN of a role in the second account. `trusted`: an ARN, ARNs or whole statements; then what it may."""
        trust = trusted if isinstance(trusted, dict) else trusting(trusted)
        iam = self.client("iam", self.two)
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **more)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*statements))
        return str(made["Role"]["Arn"])

    def assume(self, arn: str, who: Credentials | None = None, session: str = "night", **more: Any) -> Credentials:
        answer = self.client("sts", who).assume_role(RoleArn=arn, RoleSessionName=session, **more)
        given = answer["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def refusals(self) -> list[str]:
        """What was refused, which then no longer counts against the test."""
        found = list(self.world.refused)
        self.world.refused.clear()
        return found


def trusting(names: str | list[str], action: str | list[str] = "sts:AssumeRole", **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": names}, "Action": action}
    return statement | ({"Condition": condition} if condition else {})


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def deny(action: str | list[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return allow(action, resource) | {"Effect": "Deny"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refused(call: Callable[[], object]) -> tuple[str, str]:
    """Code and text of the error that the call ends with."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
