"""Clients in the accounts of the mesh: a role is assumed in each, once; AWS's own settings say where AWS is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from engine.errors import AccountError

T = TypeVar("T")

SESSION_NAME = "meshwarden"
_ATTEMPTS = 8
_CONFIG = Config(
    # Adaptive: CloudTrail's LookupEvents takes two calls a second.
    retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
    connect_timeout=10,
    read_timeout=60,
)
_PATIENT = Config(read_timeout=930, tcp_keepalive=True)
"""Longer than any function runs: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""


class Accounts:
    """Sessions of the role `role_name` in every account; the caller's own credentials must be allowed to assume it."""

    def __init__(self, role_name: str, external_id: str | None) -> None:
        self._role_name = role_name
        self._external_id = external_id
        self._sessions: dict[str, boto3.Session] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        """A client of a service. Raises AccountError when the role cannot be assumed."""
        if account not in self._sessions:
            self._sessions[account] = self._assume(account, region)
        session: Any = self._sessions[account]
        config = _CONFIG.merge(_PATIENT) if service == "lambda" else _CONFIG
        client = session.client(service, region_name=region, config=config)
        client.meta.events.register("needs-retry.lakeformation", _retry_concurrent)
        return client

    def role_arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self._role_name}"

    def _assume(self, account: str, region: str) -> boto3.Session:
        asked: dict[str, Any] = {"RoleArn": self.role_arn(account), "RoleSessionName": SESSION_NAME}
        if self._external_id is not None:
            asked["ExternalId"] = self._external_id
        sts = reaching(account, "", lambda: boto3.client("sts", region_name=region, config=_CONFIG))
        given = reaching(account, "", lambda: sts.assume_role(**asked))["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )


def _retry_concurrent(response: tuple[object, dict[str, Any]] | None, attempts: int, **_: object) -> float | None:
    """Seconds to wait: Lake Formation refuses two changes of one resource at a time, which botocore does not retry."""
    code = response[1].get("Error", {}).get("Code") if response else None
    return 0.2 * 2**attempts if code == "ConcurrentModificationException" and attempts < _ATTEMPTS else None


def reaching(account: str, region: str, ask: Callable[[], T]) -> T:
    """What `ask` gives; where AWS refuses or cannot be reached, AccountError with the account and AWS's words."""
    place = f"account {account}{f', {region}' if region else ''}"
    try:
        return ask()
    except ClientError as error:
        told = error.response.get("Error", {})
        said = f"{error.operation_name}: {told.get('Code', 'Unknown')}: {told.get('Message', '')}"
        raise AccountError(f"{place}: {said}") from error
    except NoCredentialsError as error:
        raise AccountError(
            f"{place}: there are no AWS credentials here; sign in as who may assume Meshwarden's roles (`pipeline` in"
            " mesh/deployment.yaml)"
        ) from error
    except BotoCoreError as error:
        raise AccountError(f"{place}: {error}") from error
