"""A valid project becomes one mesh, whatever the order and format of its files; the demo mesh is valid."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from engine.registry import FileAgreementStore
from engine.sources import Loaded, load_mesh
from engine.text.yaml_text import read_yaml

ROOT = Path(__file__).resolve().parents[3]


class Project(Protocol):
    root: Path

    def write(self, file: str, text: str) -> None: ...
    def edit(self, file: str, old: str, new: str) -> None: ...
    def load(self) -> Loaded: ...


def test_what_the_files_say_is_in_the_mesh(project: Project) -> None:
    loaded = project.load()
    mesh = loaded.mesh
    assert loaded.findings == ()
    assert mesh.broker.role_arn == "arn:aws:iam::100000000001:role/broker"
    assert mesh.governance_account.id == "100000000001"
    assert mesh.governance_group.id == "stewards"
    assert mesh.account["300000000001"].quotas == {"iam-roles-per-account": 2000}
    assert sorted(mesh.persona) == ["analyst", "scorer"]
    assert mesh.holders("scorer") == {"arn:aws:iam::300000000001:role/scorer"}

    loans = mesh.product["servicing/loans"]
    assert (loans.title, loans.version, loans.status, loans.domain) == ("Loans", "1.2.0", "active", "servicing")
    assert (loans.owner, loans.kind, loans.audience, loans.purposes) == (
        "servicing-owners",
        "curated",
        "open",
        ("credit-risk",),
    )
    assert loans.server is not None
    assert loans.server.model_dump() == {
        "kind": "glue",
        "account": "200000000001",
        "region": "eu-west-1",
        "container": "servicing",
        "warehouse": None,
        "location": "s3://lake/servicing/loans",
    }
    loan = loans.tables_by_name["loan"]
    assert (loan.location, loan.managed) == ("servicing.loan", "lf")
    assert {
        column.name: (column.classification, column.personal, column.tags, column.partition_key)
        for column in loan.columns
    } == {
        "loan_id": ("internal", False, (), False),
        "booked": ("public", False, (), True),
        "borrower": ("confidential", True, ("bureau",), False),
    }

    payments = mesh.product["payments"]
    assert payments.server is not None
    assert (payments.server.kind, payments.server.warehouse) == ("redshift", "servicing-rs")
    assert (payments.server.container, payments.tables[0].location) == ("pay", "pay.payment")
    assert payments.tables[0].managed == "hybrid"

    agreement = mesh.agreement["analyst-loans"]
    assert agreement.tables == ("loan",)
    assert [(approval.approver, approval.signs_as) for approval in agreement.approvals] == [("olaf", "owner")]


def test_a_second_load_gives_an_equal_mesh(project: Project) -> None:
    assert project.load() == project.load()


def test_the_content_hash_does_not_depend_on_order_and_format(project: Project) -> None:
    before = project.load().mesh.content_hash
    for seed in range(5):
        chance = random.Random(seed)
        for path in sorted(project.root.rglob("*.yaml")):
            data = _shuffled(read_yaml(path.read_bytes()).data, chance)
            if chance.random() < 0.5:
                path.write_text(json.dumps(data, indent=chance.choice([None, 4])))
            else:
                path.write_text("# a comment\n---\n" + yaml.safe_dump(data, sort_keys=False, width=40))
        assert project.load().mesh.content_hash == before
    project.edit("mesh/broker.yaml", "role/broker", "role/other")
    assert project.load().mesh.content_hash != before


def test_the_content_hash_does_not_depend_on_the_layout_of_lists(project: Project) -> None:
    before = project.load().mesh.content_hash
    project.edit("mesh/directory.yaml", "members: [olaf]", "members:\n    - olaf # the only owner")
    project.edit("mesh/agreements/analyst-loans.yaml", "2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00")
    assert project.load().mesh.content_hash == before


def _shuffled(node: Any, chance: random.Random) -> Any:
    if isinstance(node, dict):
        return {key: _shuffled(node[key], chance) for key in chance.sample(sorted(node), len(node))}
    if isinstance(node, list):
        items = [_shuffled(item, chance) for item in node]
        ordered = all(isinstance(item, str) and item.startswith("eu-") for item in items)  # an account's home is first
        return items if ordered else chance.sample(items, len(items))
    return node


def test_the_demo_mesh_loads() -> None:
    loaded = load_mesh(ROOT, FileAgreementStore(ROOT).read())
    assert loaded.mesh.products
    assert loaded.mesh.agreements
    assert all((ROOT / finding.file).is_file() and finding.line for finding in loaded.findings)


@pytest.mark.parametrize("file", ["personas/analyst.yaml", "mesh/products/payments.odcs.yaml"])
def test_a_changed_file_is_read_again(project: Project, file: str) -> None:
    before = project.load().mesh
    text = (project.root / file).read_text()
    project.write(
        file, text.replace("title: Credit", "title: New credit").replace("name: Payments", "name: New payments")
    )
    assert project.load().mesh != before
    project.write(file, text)
    assert project.load().mesh == before


def test_a_large_document_takes_a_line_a_table(project: Project) -> None:
    """70 tables of 30 columns, of which nothing is said: read, and reported without thousands of lines."""
    head = "apiVersion: v3.0.0\nkind: DataContract\nid: large\nversion: 1.0.0\nstatus: active\nschema:\n"
    columns = "".join(
        f"      - {{name: c{index}, logicalType: string, physicalType: varchar}}\n" for index in range(30)
    )
    tables = "".join(f"  - name: t{index}\n    properties:\n{columns}" for index in range(70))
    project.write("mesh/products/large.odcs.yaml", head + tables)
    loaded = project.load()
    assert len(loaded.mesh.product["large"].tables) == 70
    assert [finding.kind for finding in loaded.findings].count("unclassified") == 70
    assert len(loaded.findings) == 73
    assert loaded.findings[-1].line == 7 + 69 * 32
