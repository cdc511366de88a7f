"""The functions as AWS Lambda calls them, with the rights of their role, against the emulated Data API."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.grants.datashare.reconciler import Reconciler
from engine.model.plan import WarehousePlan
from engine.redshift import handler
from engine.redshift.errors import InputError, StatementError
from engine.redshift.parse import hash_of
from tests.emulator.identity import Credentials, add_user
from tests.emulator.server import Server, serve
from tests.emulator.world import World
from tests.unit.redshift.house import GUIDS, ONE, REGION, SHARE, TWO, House, share

ENGINE = Path(handler.__file__).parents[1]
OLD = "mw__old"


@dataclass
class Context:
    """What AWS Lambda tells a function of its call."""

    aws_request_id: str = "7d0c1f0e-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """As the producer's reconciler of account ONE."""
    world = World()
    world.organization.update((ONE, TWO))
    with serve(world) as server:
        house = House(world.warehouses)
        for name, value in server.environment(_reconciler(server), REGION).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # a function's process has had no other
        yield house


def _reconciler(server: Server) -> Credentials:
    plan = WarehousePlan("w", ONE, REGION, GUIDS["lending"], "cluster", "lending", None, "dev", True)
    held = Reconciler(ONE, REGION, "producer", (plan,))
    admin = add_user(ONE, "admin")
    iam = server.client("iam", admin, REGION)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ONE}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=held.role, AssumeRolePolicyDocument=_document(trust))
    iam.put_role_policy(RoleName=held.role, PolicyName="it", PolicyDocument=_document(*held.permissions))
    given = server.client("sts", admin, REGION).assume_role(RoleArn=held.role_arn, RoleSessionName="it")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_a_beginning_is_claimed_before_anything_is_made(house: House) -> None:
    """What Terraform calls first; if that failed, no state would hold it, and nobody would end it."""
    answer = handler.reconcile(share(action="create"), Context())
    assert answer == {"done": [], "standing": None, "hash": share()["hash"]}
    assert SHARE not in house.of("lending").state.databases["dev"].schemas


def test_it_answers_what_it_did_and_what_stands(house: House) -> None:
    answer = handler.reconcile(share(), Context())
    assert json.loads(json.dumps(answer)) == answer
    assert (len(answer["done"]), answer["hash"]) == (7, share()["hash"])
    assert answer["standing"]["shares"][SHARE]["consumers"] == [TWO]
    assert handler.reconcile(share(action="update"), Context("another"))["done"] == []
    reading = {"version": 1, "warehouse": share()["warehouse"], "side": "producer"}
    assert handler.read(reading, Context())["standing"]["shares"] == answer["standing"]["shares"]
    ended = handler.reconcile(share(action="delete"), Context("a third"))
    assert (len(ended["done"]), ended["standing"]["shares"]) == (6, {})
    assert SHARE not in house.of("lending").state.shares


def test_what_stood_under_another_name_is_ended_first(house: House) -> None:
    old = share(share=OLD)
    handler.reconcile(old, Context())
    new = share(action="update")
    new["tf"]["prev_input"] = {key: value for key, value in old.items() if key != "tf"}
    done = handler.reconcile(new, Context("another"))["done"]
    assert [done[0], done[-1]] == [
        f"REVOKE USAGE ON DATASHARE \"{OLD}\" FROM ACCOUNT '{TWO}'",
        f"GRANT USAGE ON DATASHARE \"{SHARE}\" TO ACCOUNT '{TWO}'",
    ]
    assert set(house.of("lending").state.shares) == {SHARE}


def test_nothing_runs_for_an_input_that_is_refused(house: House) -> None:
    wrong = share()
    wrong["views"]["loans"]["columns"] = ["ssn"]
    with pytest.raises(InputError, match="so nothing was run"):
        handler.reconcile(wrong, Context())
    assert house.of("lending").state.shares == {}


def test_the_log_is_json_without_data_or_credentials(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    handler.reconcile(share(), Context())
    absent = share({"loans": ["gone"]}, action="update")
    with pytest.raises(StatementError, match='column "gone" does not exist'):
        handler.reconcile(absent, Context("another"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["what"], line["state"]) for line in lines] == [
        (f"make share {SHARE}", "begun"),
        (f"make share {SHARE}", "done"),
        (f"make share {SHARE}", "begun"),
        (f"make share {SHARE}", "failed"),
    ]
    assert len(lines[1]["done"]) == 7
    assert "gone" in lines[3]["error"]
    assert lines[3]["done"][-1].startswith(f'ALTER DATASHARE "{SHARE}" REMOVE TABLE')
    assert {key for line in lines for key in line} == {"what", "where", "state", "done", "error"}
    assert house.of("lending").state.shares[SHARE].relations == set()


def test_what_the_role_may_not_do_is_told_with_statement_and_warehouse(house: House) -> None:
    elsewhere: dict[str, Any] = share()
    elsewhere["warehouse"] |= {"compute": "sibling", "kind": "serverless", "namespace": GUIDS["sibling"]}
    elsewhere["hash"] = hash_of(elsewhere)
    with pytest.raises(StatementError, match="was not taken by serverless `sibling`"):
        handler.reconcile(elsewhere, Context())
    assert house.of("sibling").state.shares == {}


def test_the_package_stands_alone() -> None:
    """Under the name that it has in its zip."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import redshift.handler;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'engine', 'pydantic', 'cdktf_app', 'networkx'}))"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", code, str(ENGINE)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
