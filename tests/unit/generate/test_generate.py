"""A generated mesh has the size it says, the same bytes each time, and is what its docstrings promise."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli import main
from engine.entitle import outstanding_approvals, permitted
from engine.errors import MeshwardenError
from engine.generate import generate_project
from engine.generate.written import scalar
from engine.model.agreements import State
from engine.opa.bundle import read_policies
from engine.registry.agreements import FileAgreementStore
from engine.run import run_line
from engine.sources.load import Loaded, load_mesh
from engine.text.yaml_text import Json, read_yaml

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICIES = Path(__file__).resolve().parents[3] / "policies"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate_project(folder, 1, 1, NOW, POLICIES)
    return folder


@pytest.fixture(scope="module")
def loaded(project: Path) -> Loaded:
    return load_mesh(project, FileAgreementStore(project).read())


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return found.hexdigest()


def test_scale_one_has_exactly_its_size(loaded: Loaded) -> None:
    mesh = loaded.mesh
    tables = [table for product in mesh.products for table in product.tables]
    assert len(tables) == 850
    assert sum(len(table.columns) for table in tables) == 17_000
    assert len(mesh.products) == 300
    assert len(mesh.personas) == 50
    assert len(mesh.principals) == 2_000
    assert len(mesh.agreements) == 3_000
    assert sum("consumer" in account.roles for account in mesh.accounts) == 12


def test_its_columns_and_holders_are_spread_as_in_a_real_mesh(loaded: Loaded) -> None:
    mesh = loaded.mesh
    columns = [column for product in mesh.products for table in product.tables for column in table.columns]
    levels = Counter(column.classification for column in columns)
    assert levels.most_common(2)[0][0] == "internal"
    assert levels.most_common(2)[1][0] == "confidential"
    assert 0.15 < sum(column.personal is True for column in columns) / len(columns) < 0.25
    assert 0.01 < levels[None] / len(columns) < 0.05
    assert max(len(product.classes) for product in mesh.products) <= 12
    assert 35 < sum(len(mesh.holders(persona.id)) for persona in mesh.personas) / len(mesh.personas) < 45
    assert any(member in mesh.group for group in mesh.groups for member in group.members)
    assert {finding.kind for finding in loaded.findings} == {"unclassified"}


def test_the_same_scale_seed_and_day_give_the_same_bytes(project: Path, tmp_path: Path) -> None:
    generate_project(tmp_path / "again", 1, 1, NOW + timedelta(hours=13), POLICIES)
    generate_project(tmp_path / "other", 1, 2, NOW, POLICIES)
    assert digest(tmp_path / "again") == digest(project)
    assert digest(tmp_path / "other") != digest(project)


@pytest.mark.slow
def test_most_of_it_is_granted_and_what_is_not_is_so_on_purpose(project: Path) -> None:
    run = run_line(project, NOW)
    assert {item.limit for item in run.plan.unrealised} == {"no-warehouse", "consumer-region", "partition-key"}
    assert len(run.plan.entitlements) > 3_000
    tables = sum(len(entitlement.columns) for entitlement in run.plan.entitlements)
    assert 0 < len(run.plan.unrealised) < tables / 8
    shared = {grant.product for grant in run.plan.grants if grant.kind == "datashare"}
    assert 0 < len(shared) < len(run.mesh.products) / 3
    refused = [item for item in run.decisions.access.values() if not permitted(item, run.decisions.rules)]
    assert 0 < len(refused) < len(run.decisions.access) / 20
    active = [item for item in run.mesh.agreements if item.state_at(NOW) is State.ACTIVE]
    void = [item for item in active if outstanding_approvals(run.mesh, run.decisions, item)]
    assert 0 < len(void) < len(active) / 20
    assert {item.state_at(NOW) for item in run.mesh.agreements} == set(State)


@pytest.mark.parametrize(("redshift", "least", "most"), [(0.0, 0, 0), (0.5, 120, 180), (1.0, 300, 300)])
def test_as_many_products_lie_in_warehouses_as_asked_for(
    tmp_path: Path, redshift: float, least: int, most: int
) -> None:
    generate_project(tmp_path / "some", 1, 1, NOW, POLICIES, redshift)
    mesh = load_mesh(tmp_path / "some", FileAgreementStore(tmp_path / "some").read()).mesh
    placed = [product for product in mesh.products if product.server is not None and product.server.warehouse]
    assert least <= len(placed) <= most
    consumers = {account.id for account in mesh.accounts if "consumer" in account.roles}
    assert {warehouse.kind for warehouse in mesh.warehouses if warehouse.account in consumers} == {
        "cluster",
        "serverless",
    }


def test_it_writes_into_no_folder_that_holds_anything(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(MeshwardenError, match=r"is not an empty folder; name one that is empty"):
        generate_project(tmp_path, 1, 1, NOW)
    with pytest.raises(MeshwardenError, match=r"is not an empty folder"):
        generate_project(tmp_path / "notes", 1, 1, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_the_command_copies_the_policies_of_the_project_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "large"
    assert main(["generate", "--now", "2026-06-01T00:00:00Z", "-C", str(POLICIES.parent), str(target)]) == 0
    assert capsys.readouterr().err.endswith(f"copied the policies of {POLICIES}\n")
    assert read_policies(target / "policies") == read_policies(POLICIES)


def test_the_command_says_when_there_are_no_policies_to_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--now", "2026-06-01T00:00:00Z", "-C", str(tmp_path), str(tmp_path / "large")]) == 0
    assert "has no policies to copy; put some into" in capsys.readouterr().err
    assert not (tmp_path / "large" / "policies").exists()


@given(
    st.recursive(st.text(st.characters(max_codepoint=0x7E)) | st.booleans() | st.integers(-(2**63), 2**63), st.lists)
)
def test_what_is_written_reads_back(value: Json) -> None:
    assert read_yaml(f"key: {scalar(value)}\n".encode()).data == {"key": value}


@pytest.mark.parametrize("word", ["true", "No", "on", "NULL", "y", "1e3", "2026-01-31", "012", "a: b", "- a", "", " a"])
def test_words_that_yaml_takes_for_something_else_are_quoted(word: str) -> None:
    assert scalar(word).startswith('"')
