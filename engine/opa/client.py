"""One request to OPA, and everything that can be wrong with its answer.

Whatever is not a complete, well-formed answer under exactly our policies raises DecisionError: undefined, a built-in
error, conflicting rules, a timeout, a refused token, a stale or unknown bundle.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from opa_client.opa import OpaClient
from pydantic import BaseModel, TypeAdapter, ValidationError

from engine.errors import DecisionError, ToolError
from engine.model.decided import Rules
from engine.opa.bundle import Policies
from engine.opa.child import embedded_opa

DEFAULT_TIMEOUT = 60.0
"""Seconds for one request of at most a few thousand questions."""

_PARAMETERS = {"strict-builtin-errors": "true", "provenance": "true"}


@dataclass(frozen=True, slots=True)
class Opa:
    """An OPA that answers under `rules`."""

    client: OpaClient
    rules: Rules

    def ask(self, package: str, question: BaseModel) -> object:
        """The document `<package>.decisions` for this input. Raises DecisionError for anything but a clean answer."""
        name = f"data.{package}.decisions"
        try:
            answer = self.client.query_rule(question.model_dump(mode="json"), package, "decisions", _PARAMETERS)
        except requests.Timeout:
            raise DecisionError(f"OPA did not answer `{name}` within {self.client.timeout:.0f} s") from None
        except requests.HTTPError as error:
            raise DecisionError(f"OPA refused `{name}`: {self._cause(error)}") from None
        except requests.exceptions.JSONDecodeError:
            raise DecisionError(f"OPA's answer to `{name}` is no JSON") from None
        except (requests.RequestException, OSError) as error:
            raise DecisionError(f"OPA cannot be reached for `{name}`{_where()}: {_reason(error)}") from None
        self._check_revision(answer, name)
        if not isinstance(answer, dict) or "result" not in answer:
            raise DecisionError(f"`{name}` is undefined: OPA holds no such rule, or the rule failed")
        return answer["result"]

    def _check_revision(self, answer: object, name: str) -> None:
        try:
            provenance = _ANSWER.validate_python(answer).provenance
        except ValidationError:
            raise DecisionError(f"OPA's answer to `{name}` does not say which policies gave it") from None
        revisions = sorted({bundle.revision for bundle in provenance.bundles.values()} | {provenance.revision} - {""})
        if self.rules.policy_hash not in revisions:
            held = ", ".join(f"`{revision}`" for revision in revisions if revision) or "no revision"
            raise DecisionError(
                f"OPA holds other policies: it answers under {held}, here is `{self.rules.policy_hash}`;"
                " load the present `policies/` into it as a bundle"
            )

    def _cause(self, error: requests.HTTPError) -> str:
        response = error.response
        if response is None:
            return str(error)
        if response.status_code in {401, 403}:
            return f"status {response.status_code}, the token is missing, wrong or not allowed to ask"
        try:
            refusal = _REFUSAL.validate_json(response.content)
        except ValidationError:
            return f"status {response.status_code}"
        told = [refusal.message] if not refusal.errors else []
        for refused in refusal.errors:
            place = refused.location
            rule = next((rule for rule in self.rules.rules if place and place.file.endswith(rule.file)), None)
            where = f"{rule.file if rule else place.file}:{place.row}: " if place else ""
            told.append(f"{where}{refused.message}" + (f" (requirement `{rule.id}`)" if rule else ""))
        return "; ".join(told)


class _Bundle(BaseModel):
    revision: str = ""


class _Provenance(BaseModel):
    revision: str = ""
    bundles: dict[str, _Bundle] = {}


class _Answer(BaseModel):
    provenance: _Provenance


class _Place(BaseModel):
    file: str
    row: int


class _Error(BaseModel):
    message: str
    location: _Place | None = None


class _Refusal(BaseModel):
    message: str
    errors: list[_Error] = []


_ANSWER = TypeAdapter(_Answer)
_REFUSAL = TypeAdapter(_Refusal)


@contextmanager
def open_opa(policies: Policies, rules: Rules, timeout: float = DEFAULT_TIMEOUT) -> Iterator[Opa]:
    """The OPA that OPA_URL names (with OPA_TOKEN and OPA_CA_FILE), else one of our own while the block runs."""
    url = os.environ.get("OPA_URL")
    if url:
        with _remote(url, timeout) as client:
            yield Opa(client, rules)
    else:
        with embedded_opa(policies, timeout) as client:
            yield Opa(client, rules)


def _where() -> str:
    return f" at OPA_URL `{url}`" if (url := os.environ.get("OPA_URL")) else ""


def _reason(error: Exception) -> str:
    """The system's own words at the bottom of a connection error, without what the libraries wrap around them."""
    cause: object = error
    while (below := getattr(cause, "reason", None) or (getattr(cause, "args", None) or [None])[0]) is not None:
        if not isinstance(below, Exception):
            break
        cause = below
    return re.sub(r"^.*>: |^.*\): ", "", str(cause))


def _remote(url: str, timeout: float) -> OpaClient:
    refused = ToolError(f"OPA_URL `{url}` is no address of an OPA; write it as `https://opa.example.com:8181`")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused from None
    if parts.username is not None:
        raise ToolError("OPA_URL holds a user; give the token in OPA_TOKEN")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise refused
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise ToolError(f"OPA_URL `{url}` would send questions unencrypted; use https, or http on the loopback only")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    secure = parts.scheme == "https"
    client = OpaClient(
        host=host,
        port=port or (443 if secure else 80),
        ssl=secure,
        token=os.environ.get("OPA_TOKEN"),
        retries=0,
        timeout=timeout,
    )
    client._session.trust_env = False
    client._session.max_redirects = 0  # else the address that was checked could send questions to another
    if authority := os.environ.get("OPA_CA_FILE"):
        client._session.verify = authority
    return client


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
