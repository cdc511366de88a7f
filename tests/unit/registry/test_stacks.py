"""What declares a stack leaves only when its stack is empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import PlanError, RegistryError
from engine.registry.stacks import (
    FileStackStore,
    check_leaving,
    in_warehouse,
    of_account,
    of_domain,
    of_region,
    of_warehouse,
)
from tests.synth.small import CONSUMER, IDLE, MESH, PRODUCER

PRODUCER_STACK = f"{PRODUCER}-eu-west-1-producer"
HELD = {
    f"{CONSUMER}-roles": of_account(CONSUMER),
    f"{CONSUMER}-eu-west-1-consumer": of_region(CONSUMER, "eu-west-1"),
    "governance-eu-west-1-lending": of_domain("lending", "eu-west-1"),
    in_warehouse(PRODUCER_STACK, "lending-dwh"): of_warehouse(MESH.warehouse["lending-dwh"]),
}


@pytest.fixture
def store(tmp_path: Path) -> FileStackStore:
    return FileStackStore(tmp_path / ".meshwarden")


def test_before_the_first_synthesis_nothing_is_held(store: FileStackStore) -> None:
    assert store.held() == {}
    check_leaving(store, MESH)


def test_what_is_declared_may_hold_something(store: FileStackStore) -> None:
    store.record(HELD)
    assert store.held() == HELD
    check_leaving(store, MESH)


def without_account() -> dict[str, object]:
    return {"accounts": tuple(account for account in MESH.accounts if account.id != CONSUMER)}


def without_role() -> dict[str, object]:
    changed = MESH.account[CONSUMER].model_copy(update={"roles": ("producer",)})
    return {"accounts": tuple(changed if account.id == CONSUMER else account for account in MESH.accounts)}


def without_region() -> dict[str, object]:
    changed = MESH.account[CONSUMER].model_copy(update={"regions": ("eu-central-1",)})
    return {"accounts": tuple(changed if account.id == CONSUMER else account for account in MESH.accounts)}


def without_domain() -> dict[str, object]:
    return {"domains": tuple(domain for domain in MESH.domains if domain.id != "lending")}


def without_region_of_domain() -> dict[str, object]:
    changed = MESH.domain["lending"].model_copy(update={"regions": ("eu-central-1",)})
    return {"domains": (MESH.domain["claims"], changed)}


ACCOUNT = f"consumer account `{CONSUMER}` is no longer declared, and stack `{CONSUMER}-roles` holds something"
REGION = f"region `eu-west-1` of consumer account `{CONSUMER}` is no longer declared, and stack"
DOMAIN = "region `eu-west-1` of domain `lending` is no longer declared, and stack `governance-eu-west-1-lending` holds"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (without_account, [ACCOUNT, REGION]),
        (without_role, [ACCOUNT, REGION]),
        (without_region, [REGION]),
        (without_domain, [DOMAIN]),
        (without_region_of_domain, [DOMAIN]),
    ],
)
def test_what_left_with_something_in_its_stack_is_named(
    store: FileStackStore, change: Callable[[], dict[str, object]], told: list[str]
) -> None:
    store.record(HELD)
    with pytest.raises(PlanError) as refused:
        check_leaving(store, MESH.model_copy(update=change()))
    lines = sorted(str(refused.value).splitlines())
    assert len(lines) == len(told)
    for line, expected in zip(lines, sorted(told), strict=True):
        assert line.startswith(expected)
        assert line.endswith("declare it again, suspend it (`suspended`, `suspended_regions`), deploy, then remove it")


@pytest.mark.parametrize(
    "change",
    [
        {"namespace": "99999999-0000-4000-8000-000000000000"},
        {"database": "other"},
        {"compute": "other"},
        {"kind": "serverless"},
        None,
    ],
)
def test_a_warehouse_that_is_declared_anew_while_it_holds_something_is_named(
    store: FileStackStore, change: dict[str, object] | None
) -> None:
    store.record(HELD)
    warehouses = [item for item in MESH.warehouses if item.id != "lending-dwh"]
    if change is not None:
        warehouses.append(MESH.warehouse["lending-dwh"].model_copy(update=change))
    with pytest.raises(PlanError) as refused:
        check_leaving(store, MESH.model_copy(update={"warehouses": tuple(warehouses)}))
    (line,) = str(refused.value).splitlines()
    assert line.startswith("warehouse `lending-dwh` (")
    assert f" is no longer declared, and stack `{PRODUCER_STACK}` made something there, which might stay; " in line
    assert "declare it as it was, suspend its region" in line


def test_what_left_an_empty_stack_has_left(store: FileStackStore) -> None:
    store.record(HELD)
    idle = tuple(account for account in MESH.accounts if account.id != IDLE)
    check_leaving(store, MESH.model_copy(update={"accounts": idle}))


def test_a_record_that_cannot_be_read_stops(store: FileStackStore, tmp_path: Path) -> None:
    store.record(HELD)
    (tmp_path / ".meshwarden" / "stacks.json").write_text("[]")
    with pytest.raises(RegistryError, match="no record of stacks; move the file aside to go on"):
        check_leaving(store, MESH)
