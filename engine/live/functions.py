"""Calls of the functions that reach into warehouses; an error of a function is one of its account."""

from __future__ import annotations

import json
from typing import Any

from engine.errors import AccountError
from engine.live.accounts import Accounts, reaching
from engine.model.plan import Document


def call_function(accounts: Accounts, account: str, region: str, name: str, event: Document) -> Any:
    """The answer's JSON, when the function has ended. Raises AccountError, also for an error of the function's own.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    client = accounts.client("lambda", account, region)
    payload = json.dumps(event).encode()

    def call() -> tuple[str | None, bytes]:
        answer = client.invoke(FunctionName=name, Payload=payload)
        return answer.get("FunctionError"), answer["Payload"].read()

    failed, told = reaching(account, region, call)
    place = f"account {account}, {region}: {name}"
    try:
        answer = json.loads(told)
    except ValueError:
        raise AccountError(f"{place} answered no JSON") from None
    if failed is not None:
        said = answer.get("errorMessage") if isinstance(answer, dict) else None
        raise AccountError(f"{place}: {said or failed}")
    return answer
