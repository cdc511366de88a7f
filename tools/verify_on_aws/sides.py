"""The two accounts: who calls in each, and SQL in its warehouse."""

from __future__ import annotations

import re
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import boto3
from botocore.config import Config

from engine.redshift.data_api import Row, Session, Step
from engine.redshift.errors import StatementError
from engine.redshift.request import Warehouse
from engine.redshift.sql import Statement

Sleep = Callable[[float], None]
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6})
_SECONDS = 300.0
"""That one statement may take."""
_WAREHOUSE = re.compile(r"(?P<kind>serverless|cluster):(?P<compute>[a-z0-9-]+)/(?P<database>[^/]+)")


class VerifyError(Exception):
    """Why nothing can be said: a message for whoever ran the script."""


@dataclass(frozen=True, slots=True)
class Side:
    """An account as its caller reaches it. `account` and `arn` are what STS says of him."""

    name: Literal["producer", "consumer"]
    session: boto3.Session
    region: str
    account: str
    arn: str

    def client(self, service: str, region: str | None = None) -> Any:
        return client_of(self.session, service, region or self.region)

    @property
    def database_user(self) -> str:
        """https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html"""
        kind, _, rest = self.arn.rpartition(":")[2].partition("/")
        return f"IAM:{rest.rpartition('/')[2]}" if kind == "user" else f"IAMR:{rest.split('/')[-2]}"


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse: `arn` of its namespace; `workgroup` the ARN of a serverless one's workgroup."""

    side: Side
    warehouse: Warehouse
    arn: str
    workgroup: str | None


@dataclass(frozen=True, slots=True)
class _As:
    """`redshift-data` as a database user of a cluster."""

    client: Any
    user: str

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)
        if name in ("execute_statement", "batch_execute_statement"):
            return lambda **given: call(DbUser=self.user, **given)
        return call


@dataclass
class Sql:
    """Statements in a warehouse, by the Data API, as one database user. Everything raises StatementError."""

    place: Place
    sleep: Sleep
    session: boto3.Session | None = None
    user: str | None = None
    _runs: Session = field(init=False)

    def __post_init__(self) -> None:
        warehouse = self.place.warehouse
        client = client_of(self.session or self.place.side.session, "redshift-data", warehouse.region)
        spent = [0.0]

        def sleep(seconds: float) -> None:
            spent[0] += seconds
            self.sleep(seconds)

        whom = _As(client, self.user) if self.user else client
        self._runs = Session(whom, warehouse, secrets.token_hex(8), lambda: _SECONDS - spent[0], sleep)

    def run(self, *statements: str | Statement) -> None:
        """One after the other, each alone."""
        for statement in statements:
            text = statement if isinstance(statement, str) else statement.text
            with _to_its_end():
                self._runs.run(Step((Statement(text, alone=True),)))

    def together(self, *statements: str | Statement) -> None:
        """In one transaction."""
        texts = [each if isinstance(each, str) else each.text for each in statements]
        with _to_its_end():
            self._runs.run(Step(tuple(Statement(text) for text in texts)))

    def refusal(self, *statements: str | Statement, together: bool = False) -> str | None:
        """Why it was refused; None where it was not."""
        try:
            (self.together if together else self.run)(*statements)
        except StatementError as error:
            return str(error)
        return None

    def rows(self, query: str) -> list[Row]:
        return self._runs.read([query])[0]


@contextmanager
def _to_its_end() -> Iterator[None]:
    """Signals wait: what a warehouse has begun would stand after everything was removed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@cache
def client_of(session: boto3.Session, service: str, region: str) -> Any:
    any_service: Any = session  # its types know no service by a name that is computed
    return any_service.client(service, region_name=region, config=_CONFIG)


def side(name: Literal["producer", "consumer"], profile: str | None, role: str | None, region: str) -> Side:
    """`role` is assumed with the profile's credentials, or the environment's."""
    session = boto3.Session(profile_name=profile, region_name=region)
    if role is not None:
        session = assumed(client_of(session, "sts", region), region, RoleArn=role, RoleSessionName="verify-on-aws")
    who = client_of(session, "sts", region).get_caller_identity()
    return Side(name, session, region, who["Account"], who["Arn"])


def assumed(sts: Any, region: str, **asked: Any) -> boto3.Session:
    """A session of a role. Raises ClientError."""
    return opened(sts.assume_role(**asked)["Credentials"], region)


def opened(given: Mapping[str, str], region: str) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=region,
    )


def place(of: Side, text: str, region: str | None = None) -> Place:
    """`serverless:WORKGROUP/DATABASE` or `cluster:IDENTIFIER/DATABASE`. Raises VerifyError, ClientError."""
    found = _WAREHOUSE.fullmatch(text)
    if found is None:
        raise VerifyError(f"`{text}` is no warehouse: expected serverless:WORKGROUP/DATABASE or cluster:ID/DATABASE")
    here = region or of.region
    serverless = found["kind"] == "serverless"
    arn, workgroup = (_serverless if serverless else _cluster)(of, found["compute"], here)
    warehouse = Warehouse(
        kind="serverless" if serverless else "cluster",
        compute=found["compute"],
        database=found["database"],
        namespace=re.split("[:/]", arn)[-1],
        account=of.account,
        region=here,
    )
    return Place(of, warehouse, arn, workgroup)


def _serverless(of: Side, name: str, region: str) -> tuple[str, str | None]:
    client = of.client("redshift-serverless", region)
    workgroup = client.get_workgroup(workgroupName=name)["workgroup"]
    namespace = client.get_namespace(namespaceName=workgroup["namespaceName"])["namespace"]
    return namespace["namespaceArn"], workgroup["workgroupArn"]


def _cluster(of: Side, name: str, region: str) -> tuple[str, None]:
    (cluster,) = of.client("redshift", region).describe_clusters(ClusterIdentifier=name)["Clusters"]
    if not cluster["Encrypted"]:
        raise VerifyError(f"cluster `{name}` is not encrypted, so nothing is shared across accounts")
    return cluster["ClusterNamespaceArn"], None
