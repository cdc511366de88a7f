"""Terraform's provider on invocations that fail: what was not done is asked for again, until it is done or ended."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from engine.redshift.parse import parse
from tests.synth.conftest import Synthesize
from tests.synth.small import ACCOUNTS, ENTITLED, MESH, PRODUCER, SHARED, Emitted, made_warehouse, stacks, with_products

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="NOT TRIED: there is no terraform on PATH")
STACK = f"{PRODUCER}-eu-west-1-producer"


@dataclass
class Functions:
    """AWS Lambda, as far as it is called here: who was told to do what, and where.

    While `down` its warehouse cannot be reached, which a claim does not ask of it.
    """

    url: str = ""
    down: bool = False
    told: list[tuple[str, list[str]]] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture
def functions() -> Iterator[Functions]:
    found = Functions()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["content-length"])))
            fails = found.down and not parse(event).claim
            found.told.append((event["tf"]["action"], event["views"]["account"]["columns"]))
            found.places.append((event["tf"]["action"], event["warehouse"]["compute"]))
            answer = json.dumps({"errorMessage": "the warehouse is paused"} if fails else {"done": []}).encode()
            self.send_response(200)
            if fails:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def write_invocations(emitted: Emitted, folder: Path, url: str, *, none: bool = False) -> None:
    """The invocations of the producer's stack alone, or none, for a provider that calls Lambda only, at `url`."""
    made: dict[str, Any] = {} if none else dict(emitted.stacks[STACK]["resource"]["aws_lambda_invocation"])
    for name, arguments in made.items():
        waits = [item for item in arguments["depends_on"] if item.startswith("aws_lambda_invocation.")]
        made[name] = arguments | {"depends_on": waits}
    provider = {
        "region": "eu-west-1",
        "access_key": "nobody",
        "secret_key": "nothing",
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_requesting_account_id": True,
        "endpoints": [{"lambda": url}],
    }
    stack = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
        "provider": {"aws": [provider]},
        **({"resource": {"aws_lambda_invocation": made}} if made else {}),
    }
    (folder / "main.tf.json").write_text(json.dumps(stack))


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["terraform", *arguments, "-input=false", "-no-color"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_an_update_that_failed_is_asked_for_again(
    synthesize: Synthesize, small: Emitted, functions: Functions, tmp_path: Path
) -> None:
    write_invocations(small, tmp_path, functions.url)
    assert terraform(tmp_path, "init").returncode == 0
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 0
    assert functions.told == [("create", ["id", "opened"]), ("make", ["id", "opened"])]

    less = replace(SHARED, columns={"account": ("id",), "branch": ("id",)})
    narrowed = [item if item is not SHARED else less for item in ENTITLED]
    write_invocations(synthesize(stacks(narrowed)), tmp_path, functions.url)
    functions.told, functions.down = [], True
    failed = terraform(tmp_path, "apply", "-auto-approve")
    assert failed.returncode == 1
    assert "the warehouse is paused" in failed.stderr
    assert functions.told == [("update", ["id"])]

    functions.told, functions.down = [], False
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 0
    assert functions.told == [("make", ["id"])]
    assert terraform(tmp_path, "plan", "-detailed-exitcode").returncode == 0

    functions.told = []
    assert terraform(tmp_path, "destroy", "-auto-approve").returncode == 0
    assert functions.told == [("delete", ["id"])]


def test_what_a_product_leaves_is_ended_there_whatever_fails_meanwhile(
    synthesize: Synthesize, functions: Functions, tmp_path: Path
) -> None:
    assert ACCOUNTS.server is not None
    both = (*MESH.warehouses, made_warehouse("second-dwh", PRODUCER, "cluster", 7))
    moved = ACCOUNTS.model_copy(update={"server": ACCOUNTS.server.model_copy(update={"warehouse": "second-dwh"})})
    write_invocations(synthesize(stacks(mesh=MESH.model_copy(update={"warehouses": both}))), tmp_path, functions.url)
    assert terraform(tmp_path, "init").returncode == 0
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 0

    after = with_products(moved).model_copy(update={"warehouses": both})
    write_invocations(synthesize(stacks(mesh=after)), tmp_path, functions.url)
    functions.down = True
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 1

    functions.places, functions.down = [], False
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 0
    assert ("delete", "lending-dwh") in functions.places
    assert functions.places.count(("make", "second-dwh")) == 1


def test_what_failed_to_begin_is_ended_where_nobody_asks_for_it_any_more(
    small: Emitted, functions: Functions, tmp_path: Path
) -> None:
    """A function that fails may have granted before it did, and nothing but Terraform's state knows of it."""
    write_invocations(small, tmp_path, functions.url)
    assert terraform(tmp_path, "init").returncode == 0
    functions.down = True
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 1

    functions.told, functions.down = [], False
    write_invocations(small, tmp_path, functions.url, none=True)
    assert terraform(tmp_path, "apply", "-auto-approve").returncode == 0
    assert functions.told == [("delete", ["id", "opened"])]
