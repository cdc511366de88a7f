"""What the accounts are reached with, and what is said where that fails."""

from __future__ import annotations

import pytest

from engine.errors import AccountError
from engine.live.accounts import Accounts

ACCOUNT = "300000000001"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_no_region_has_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("engine.live.accounts._CONFIG.retries", {"total_max_attempts": 1})
    with pytest.raises(AccountError, match=f"account {ACCOUNT}: Could not connect"):
        Accounts("meshwarden-plan", None).client("iam", ACCOUNT, "eu-west-1")


def test_no_credentials_is_said_with_what_to_do() -> None:
    with pytest.raises(AccountError, match=f"account {ACCOUNT}: there are no AWS credentials here; sign in"):
        Accounts("meshwarden-plan", None).client("iam", ACCOUNT, "eu-west-1")
