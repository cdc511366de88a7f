"""What the sessions of a plan's access roles read in the emulated AWS to which the plan was applied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.emulator.athena import columns_visible
from tests.emulator.catalog import Catalog
from tests.emulator.errors import AccessDenied
from tests.emulator.identity import Credentials
from tests.properties.applied import REGIONS, Cloud
from tests.properties.aws import Column

Json = dict[str, Any]
SHORTEST = 900
"""Seconds: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


class Emulated:
    """Sessions are started by whoever may, and live on: what they read is asked at any instant of their time."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self._starters: dict[tuple[str, str], Credentials] = {}

    def assumers(self, role: Json, at: str) -> set[str]:
        """Who of those that may come to assume the role may at an instant."""
        return {starter for starter in self.cloud.starters if self._start(role, None, starter, at, {}) is not None}

    def taggers(self, role: Json, at: str) -> set[str]:
        """Who of them may, with the role's session tags; nobody where it has none."""
        tags = role["session_tags"]
        return {by for by in self.cloud.starters if tags and self._start(role, None, by, at, tags) is not None}

    def session(
        self, role: Json, policy: Json | None, by: str, at: str, tags: dict[str, str], name: str = "anna"
    ) -> Credentials:
        """A session under a session policy. Raises AwsError or Refused as AssumeRole does."""
        started = self._start(role, policy, by, at, tags, name)
        assert started is not None, (role["id"], by, at)
        return started

    def reads(self, role: Json, session: Credentials, at: str) -> set[Column]:
        """Every column that a session of the role reads in the lake at an instant, of whatever its account's catalogs
        show."""
        self.set_now(at)
        return {
            (database, table, column)
            for region in REGIONS
            for link, database, table in self._tables(role["account"], region)
            for column in self._columns(session, region, link, table, str(role["name"]))
        }

    def _tables(self, account: str, region: str) -> Iterator[tuple[str, str, str]]:
        """(database or link in the account's catalog, the database that it is, table): all that can be asked for."""
        for name, made in self.cloud.world.state(Catalog, account, region).databases.items():
            owner, database = (made.target.catalog, made.target.database) if made.target else (account, name)
            behind = self.cloud.world.state(Catalog, owner, region).databases.get(database)
            for table in behind.tables if behind else ():
                yield name, database, table

    def _columns(self, session: Credentials, region: str, database: str, table: str, group: str) -> frozenset[str]:
        return columns_visible(self.cloud.world, session, region, database, table, workgroup=group)

    def _start(
        self, role: Json, policy: Json | None, by: str, at: str, tags: dict[str, str], name: str = "anna"
    ) -> Credentials | None:
        self.set_now(at)
        asked: Json = {
            "RoleArn": f"arn:aws:iam::{role['account']}:role/{role['name']}",
            "RoleSessionName": name,
            "DurationSeconds": SHORTEST,
        }
        if policy is not None:
            asked["PolicyArns"] = [{"arn": policy["arn"]}]
        if tags:
            asked["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            return _credentials(self.cloud.ask_as(self._starter(by, at), "sts:AssumeRole", "eu-west-1", **asked))
        except AccessDenied:
            return None

    def _starter(self, arn: str, at: str) -> Credentials:
        """A session of the broker or of a workload; at each instant a new one, since none lasts."""
        if (arn, at) not in self._starters:
            account, named = arn.split(":")[4], {"RoleArn": arn, "RoleSessionName": "company"}
            self._starters[arn, at] = _credentials(self.cloud.ask("sts:AssumeRole", account, "eu-west-1", **named))
        return self._starters[arn, at]

    def set_now(self, at: str) -> None:
        self.cloud.world.set_now(datetime.fromisoformat(at))


def _credentials(answer: Json) -> Credentials:
    keys = answer["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
