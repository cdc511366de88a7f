"""A running OPA: whom the engine trusts with questions, and what it says when there is no answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.entitle import questions
from engine.errors import DecisionError, ToolError
from engine.opa.bundle import read_policies
from engine.opa.client import Opa, open_opa
from engine.opa.decide import decide
from tests.scenarios.facts import small_mesh
from tests.unit.opa.doors import POLICIES, environment, rules_of, serve

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MESH = small_mesh()


@contextmanager
def opened(variables: dict[str, str], timeout: float = 5.0) -> Iterator[Opa]:
    policies = read_policies(POLICIES)
    with environment(variables), open_opa(policies, rules_of(policies), timeout) as opa:
        yield opa


def ask(opa: Opa) -> int:
    return len(decide(opa, MESH, NOW, questions(MESH), {}).access)


@pytest.mark.parametrize("token", [None, "another"], ids=["no token", "a wrong token"])
def test_a_server_that_refuses_the_token_stops(token: str | None) -> None:
    with serve(read_policies(POLICIES), tls=False) as served:
        variables = {"OPA_URL": served["OPA_URL"]} | ({"OPA_TOKEN": token} if token else {})
        with opened(variables) as opa, pytest.raises(DecisionError, match="the token is missing, wrong or not allowed"):
            ask(opa)


def test_a_certificate_of_an_unknown_authority_stops() -> None:
    with serve(read_policies(POLICIES), tls=True) as variables:
        del variables["OPA_CA_FILE"]
        with opened(variables) as opa, pytest.raises(DecisionError, match=r"cannot be reached.*(?i:certificate)"):
            ask(opa)


def test_neither_a_proxy_nor_a_netrc_comes_between(tmp_path_factory: pytest.TempPathFactory) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    with serve(read_policies(POLICIES), tls=False) as variables:
        diverting = {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "NETRC": str(netrc)}
        with opened(variables | diverting) as opa:
            assert ask(opa) == 1


@pytest.mark.parametrize("url", ["http://opa.example.com:8181", "http://10.0.0.1", "http://127.0.0.1.example.com"])
def test_questions_never_travel_unencrypted(url: str) -> None:
    with (
        pytest.raises(ToolError, match=re.escape(f"OPA_URL `{url}` would send questions unencrypted")),
        opened({"OPA_URL": url}),
    ):
        pass


@pytest.mark.parametrize(
    "url",
    [
        "opa.example.com",
        "ftp://127.0.0.1",
        "https://",
        "http://127.0.0.1:port",
        "http://127.0.0.1/v1/data",
        "http://[::1:8181",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with (
        pytest.raises(ToolError, match=re.escape(f"OPA_URL `{url}` is no address of an OPA")),
        opened({"OPA_URL": url}),
    ):
        pass


def test_an_opa_that_is_not_there_stops() -> None:
    with opened({"OPA_URL": "http://127.0.0.1:9"}) as opa, pytest.raises(DecisionError, match="cannot be reached"):
        ask(opa)


ANSWERS = {
    "no JSON": (200, b"<html>hello</html>", "answer to `data.meshwarden.access.decisions` is no JSON"),
    "no provenance": (200, b'{"result": []}', "does not say which policies gave it"),
    "a list": (200, b"[]", "does not say which policies gave it"),
    "no revision": (200, b'{"result": [], "provenance": {}}', "answers under no revision"),
    "another revision": (200, b'{"result": [], "provenance": {"revision": "abc"}}', "answers under `abc`"),
    "an error without words": (503, b"busy", "OPA refused `data.meshwarden.access.decisions`: status 503"),
    "an address elsewhere": (307, b"", "Exceeded 0 redirects"),
    "an error in words": (500, b'{"message": "out of memory"}', "decisions`: out of memory"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_is_no_answer_of_opa_stops(case: str) -> None:
    status, body, told = ANSWERS[case]
    refused = pytest.raises(DecisionError, match=re.escape(told))
    with _answering(status, body) as url, opened({"OPA_URL": url}) as opa, refused:
        ask(opa)


def test_an_answer_that_is_undefined_stops() -> None:
    body = json.dumps({"provenance": {"revision": read_policies(POLICIES).hash}}).encode()
    with _answering(200, body) as url, opened({"OPA_URL": url}) as opa, pytest.raises(DecisionError, match="undefined"):
        ask(opa)


@contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything alike; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == HTTPStatus.TEMPORARY_REDIRECT:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
