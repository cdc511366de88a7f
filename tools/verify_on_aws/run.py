"""One run of a check: both sides, the name of all that it makes, and patience with what AWS takes time for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore.exceptions import ClientError

from engine.redshift.errors import StatementError
from verify_on_aws.sides import Place, Side, Sleep, Sql, VerifyError, assumed

T = TypeVar("T")
PREFIX = "mwverify"
"""How the names begin of all that the script makes, anywhere: no other name of Meshwarden's does."""
PATIENT, _PAUSE = 20, 6.0
"""How often something is tried, and the seconds between: two minutes."""


@dataclass(frozen=True, slots=True)
class Run:
    """`suffix` is of this check alone: AWS remembers for a while what was deleted."""

    producer: Side
    consumer: Side
    suffix: str
    sleep: Sleep
    sharing_from: Place | None = None
    sharing_to: Place | None = None
    far: Place | None = None
    bucket: str | None = None

    @property
    def name(self) -> str:
        """Of all that is made, but in SQL."""
        return f"{PREFIX}-{self.suffix}"

    @property
    def sql_name(self) -> str:
        return f"{PREFIX}_{self.suffix}"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.consumer.account}:role/{self.name}"

    def sql(self, place: Place, session: boto3.Session | None = None, user: str | None = None) -> Sql:
        return Sql(place, self.sleep, session, user)

    def patient(self, call: Callable[[], T], tries: int = PATIENT) -> T:
        """Again while AWS refuses: what was made a moment ago is not seen everywhere."""
        for _ in range(tries - 1):
            try:
                return call()
            except (ClientError, StatementError):
                self.sleep(_PAUSE)
        return call()

    def make_role(self, *statements: Mapping[str, Any], tag: str | None = None) -> None:
        """A role of the consumer's account that its caller may assume. `tag`: the database role that he may pass."""
        trust = [_trusting(self.consumer.account, "sts:AssumeRole")]
        if tag is not None:
            trust.append(_trusting(self.consumer.account, "sts:TagSession", _tagged(tag)))
        iam = self.consumer.client("iam")
        iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=document(*trust))
        if statements:
            iam.put_role_policy(RoleName=self.name, PolicyName=self.name, PolicyDocument=document(*statements))

    def assume(self, **asked: Any) -> boto3.Session:
        """A session of that role, as the consumer's caller. Raises ClientError."""
        sts = self.consumer.client("sts")
        return assumed(sts, self.consumer.region, RoleArn=self.role_arn, RoleSessionName=self.name, **asked)


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def given(place: Place | None) -> Place:
    """Of an option that the point needs."""
    if place is None:
        raise VerifyError("a warehouse is missing")
    return place


def error_code(call: Callable[[], object]) -> str | None:
    """The code with which AWS refuses; None where it does not."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


def _trusting(account: str, action: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    return {**statement, "Action": action, **({"Condition": condition} if condition else {})}


def _tagged(role: str) -> dict[str, Any]:
    return {
        "StringEquals": {"aws:RequestTag/RedshiftDbRoles": role},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["RedshiftDbRoles"]},
    }
