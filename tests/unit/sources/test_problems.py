"""Each break of a valid project is reported with file, line and the offending value: the cases are in problems.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "problems.yaml").read_text(encoding="utf-8"))

SCORER = "arn:aws:iam::300000000001:role/scorer"


class Project(Protocol):
    root: Path

    def write(self, file: str, text: str) -> None: ...
    def edit(self, file: str, old: str, new: str) -> None: ...
    def problems(self) -> list[str]: ...
    def load(self) -> object: ...


@pytest.mark.parametrize("case", CASES, ids=[f"{case['file'].rpartition('/')[2]}: {case['new']}" for case in CASES])
def test_a_break_is_reported(project: Project, case: dict[str, Any]) -> None:
    project.edit(case["file"], case["old"], case["new"])
    assert project.problems() == case["says"]


def test_every_problem_of_every_file_is_reported_in_one_run(project: Project) -> None:
    project.edit("personas/analyst.yaml", "clearance: confidential", "clearance: secret")
    project.edit("personas/analyst.yaml", "kind: job", "kind: jobs")
    project.edit("personas/scorer.yaml", "purposes: [credit-risk]", "purposes: [credit-rsk]")
    project.edit("mesh/accounts.yaml", 'id: "300000000001"', "id: 300000000001")
    project.edit("mesh/tags.yaml", "tags:", "tags: [")
    project.edit("mesh/domains.yaml", "regions: [eu-west-1]", "regions: [eu-west-1, us-east-1]")
    project.edit("mesh/directory.yaml", "members: [olaf]", "members: [olaf, olav, stewards]")
    project.edit("mesh/products/servicing/loans.odcs.yaml", "name: Loan\n", "name: Loan\n    propertis: []\n")
    project.edit("mesh/products/payments.odcs.yaml", "logicalType: number", "logicalTyp: number")
    project.edit("mesh/bindings/payments.yaml", "audience: domain", "audience: all")
    project.edit("mesh/agreements/analyst-loans.yaml", "end: 2027-01-01", "end: 2025-01-01")
    project.edit("mesh/agreements/analyst-loans.yaml", "requester: ana", "reqester: ana")
    project.edit("mesh/agreements/analyst-loans.approvals.yaml", "as: owner", "as: governance\n  by: olaf")
    assert project.problems() == [
        "mesh/accounts.yaml:12: account `analytics` has id `300000000001`; expected text; quote it",
        "mesh/agreements/analyst-loans.approvals.yaml:3: approval has unknown key `by`; "
        "expected one of approver, as, at, terms, version",
        "mesh/agreements/analyst-loans.yaml:1: agreement `analyst-loans` lacks `requester`",
        "mesh/agreements/analyst-loans.yaml:11: agreement `analyst-loans` ends at `2025-01-01T00:00:00Z`, "
        "not after its start",
        "mesh/agreements/analyst-loans.yaml:14: agreement `analyst-loans` has unknown key `reqester`; "
        "did you mean `requester`?",
        "mesh/bindings/payments.yaml:4: binding has audience `all`; expected one of open, domain",
        "mesh/directory.yaml:14: group `servicing-owners` names unknown member `olav`; did you mean `olaf`?",
        "mesh/directory.yaml:14: groups form a cycle: "
        "`servicing-owners` contains `stewards` contains `servicing-owners`",
        "mesh/domains.yaml:4: domain `servicing` has region `us-east-1`, which the governance account does not declare",
        "mesh/products/payments.odcs.yaml:17: column `amount` has unknown key `logicalTyp`; "
        "did you mean `logicalType`?",
        "mesh/products/servicing/loans.odcs.yaml:25: table `Loan` has unknown key `propertis`; "
        "did you mean `properties`?",
        "mesh/tags.yaml:2: the text is no YAML: while parsing a flow node did not find expected node content",
        "personas/analyst.yaml:3: persona `analyst` has kind `jobs`; expected one of job, application",
        "personas/analyst.yaml:6: persona `analyst` has clearance `secret`; "
        "expected one of public, internal, confidential, restricted",
        "personas/scorer.yaml:5: persona `scorer` names unknown purpose `credit-rsk`; did you mean `credit-risk`?",
    ]


def test_a_file_that_is_missing_is_reported_and_what_it_would_declare_is_not(project: Project) -> None:
    (project.root / "mesh/accounts.yaml").unlink()
    (project.root / "personas/purposes.yaml").unlink()
    assert project.problems() == [
        "mesh/accounts.yaml: the file is missing",
        "personas/purposes.yaml: the file is missing",
    ]


def test_tags_and_warehouses_may_be_missing(project: Project) -> None:
    (project.root / "mesh/tags.yaml").unlink()
    (project.root / "mesh/warehouses.yaml").unlink()
    assert project.problems() == [
        "mesh/bindings/payments.yaml:6: product `payments` names unknown warehouse `servicing-rs`"
    ]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("mesh/warehouse.yaml", "the file is none of the mesh's; did you mean `mesh/warehouses.yaml`?"),
        ("mesh/accounts.yml", "the file is none of the mesh's; did you mean `mesh/accounts.yaml`?"),
        ("personas/auditor.yml", "the file ends with `.yml`; expected `.yaml`"),
        ("mesh/products/cards.yml", "the file ends with `.yml`; expected `.yaml`"),
        ("mesh/products/cards.yaml", "the file's name does not end with `.odcs.yaml`"),
        ("mesh/agreements/one.yml", "the file ends with `.yml`; expected `.yaml`"),
    ],
)
def test_a_file_that_nobody_would_read_is_reported(project: Project, file: str, says: str) -> None:
    project.write(file, "a: 1\n")
    assert project.problems() == [f"{file}: {says}"]


@pytest.mark.parametrize("file", ["personas/a.yaml", "mesh/bindings/a.yaml", "mesh/agreements/a.yaml"])
def test_a_link_is_reported_wherever_it_points(project: Project, file: str) -> None:
    (project.root / file).symlink_to("nowhere")
    assert project.problems() == [f"{file}: a symbolic link is not followed; put the files here"]


def test_a_linked_folder_is_reported(project: Project) -> None:
    (project.root / "mesh" / "tags").symlink_to(project.root / "personas")
    assert project.problems() == ["mesh/tags: a symbolic link is not followed; put the files here"]


def test_what_is_hidden_is_not_read(project: Project) -> None:
    for file in ("personas/.a.yaml", "mesh/.a.yaml", "mesh/products/.a.odcs.yaml", "mesh/agreements/.a.yml"):
        project.write(file, "a: [")
    project.load()


def test_personas_and_agreements_lie_flat(project: Project) -> None:
    for file in ("personas/analyst.yaml", "mesh/agreements/analyst-loans.yaml"):
        folder, _, name = file.rpartition("/")
        project.write(f"{folder}/team/{name}", (project.root / file).read_text())
        (project.root / file).unlink()
    assert project.problems() == [
        "mesh/agreements/team/analyst-loans.yaml: the file lies in a folder of its own; expected `mesh/agreements`",
        "personas/team/analyst.yaml: the file lies in a folder of its own; expected `personas`",
    ]


def test_two_files_may_not_declare_the_same_id(project: Project) -> None:
    project.write("personas/other.yaml", (project.root / "personas/analyst.yaml").read_text())
    assert project.problems() == [
        "personas/other.yaml:1: persona `analyst` is declared twice; first at personas/analyst.yaml:1"
    ]


def test_approvals_need_an_agreement_and_a_binding_a_product(project: Project) -> None:
    project.write("mesh/agreements/analyst-loan.approvals.yaml", "[]\n")
    project.write("mesh/bindings/servicing/loan.yaml", "kind: raw\n")
    assert project.problems() == [
        "mesh/agreements/analyst-loan.approvals.yaml: approvals of unknown agreement `analyst-loan`; "
        "did you mean `analyst-loans`?",
        "mesh/bindings/servicing/loan.yaml:1: binding of unknown product `servicing/loan`; "
        "did you mean `servicing/loans`?",
    ]


def test_a_product_path_is_made_of_ids(project: Project) -> None:
    (project.root / "mesh/products/payments.odcs.yaml").rename(project.root / "mesh/products/Pay_ments.odcs.yaml")
    (project.root / "mesh/bindings/payments.yaml").unlink()
    assert project.problems() == [
        "mesh/products/Pay_ments.odcs.yaml: product path has `Pay_ments`; "
        "expected lower-case letters, digits and hyphens"
    ]


def test_a_physical_table_belongs_to_one_product(project: Project) -> None:
    text = (project.root / "mesh/products/servicing/loans.odcs.yaml").read_text()
    copy = text.replace("name: Loan\n", "name: LOAN\n").replace("servicing/loans/", "servicing/copy/")
    project.write("mesh/products/servicing/copy.odcs.yaml", copy)
    assert project.problems() == [
        "mesh/products/servicing/loans.odcs.yaml:24: table `loan` of product `servicing/loans` lies in "
        "`servicing.loan`, as does `loan` of `servicing/copy` (mesh/products/servicing/copy.odcs.yaml:24); "
        "a physical table belongs to one product"
    ]


def test_a_cycle_of_groups_is_named_once(project: Project) -> None:
    project.edit("mesh/directory.yaml", "members: [ana]", "members: [ana, scorers]")
    project.edit("mesh/directory.yaml", 'members: ["arn:aws:iam::300000000001:role/scorer"]', "members: [stewards]")
    project.edit("mesh/directory.yaml", "members: [servicing-owners]", "members: [servicing-owners, analysts]")
    assert project.problems() == [
        "mesh/directory.yaml:10: groups form a cycle: "
        "`analysts` contains `scorers` contains `stewards` contains `analysts`"
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x" * 256, f"table `{'x' * 77}...` has 256 characters; AWS Glue takes at most 255"),
        ('"lo\\nan"', "table `lo\\nan` holds a control character or a line break, which AWS refuses"),
        ('"lo\\tan"', "table `lo\\tan` holds a control character or a line break, which AWS refuses"),
        ("lo.an", "table `lo.an` has location `servicing.lo.an`; expected `database.table`"),
    ],
)
def test_a_name_that_aws_would_refuse(project: Project, name: str, says: str) -> None:
    project.edit("mesh/products/servicing/loans.odcs.yaml", "name: Loan\n", f"name: {name}\n")
    project.edit("mesh/agreements/analyst-loans.yaml", "tables: [loan]\n", "")
    assert project.problems() == [f"mesh/products/servicing/loans.odcs.yaml:24: {says}"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            '"boo\\nked"',
            "column `boo\\nked` of table `loan` holds a control character or a line break, which AWS refuses",
        ),
        ('""', "column `` of table `loan` has an empty name"),
        ("x" * 256, f"column `{'x' * 77}...` of table `loan` has 256 characters; AWS Glue takes at most 255"),
    ],
)
def test_a_column_that_aws_would_refuse(project: Project, name: str, says: str) -> None:
    project.edit("mesh/products/servicing/loans.odcs.yaml", "name: booked", f"name: {name}")
    assert project.problems() == [f"mesh/products/servicing/loans.odcs.yaml:32: {says}"]


def test_a_binding_names_a_column_once_and_one_that_it_can_tell(project: Project) -> None:
    project.edit("mesh/bindings/payments.yaml", "      amount:", "      AMOUNT: {}\n      a.b: {}\n      amount:")
    nested = "logicalType: number\n      - name: a\n        properties: [{name: b}]\n      - name: a.b"
    project.edit("mesh/products/payments.odcs.yaml", "logicalType: number", nested)
    assert project.problems() == [
        "mesh/bindings/payments.yaml:12: binding of table `payment` names `a.b`, as 2 properties are called",
        "mesh/bindings/payments.yaml:13: binding of table `payment` names column `amount` twice",
    ]


def test_a_name_of_255_characters_is_taken(project: Project) -> None:
    project.edit("mesh/products/servicing/loans.odcs.yaml", "name: booked", f"name: {'ü' * 255}")
    project.load()


def test_a_persona_is_held_through_groups_of_groups(project: Project) -> None:
    project.edit("mesh/directory.yaml", "members: [ana]", "members: [inner]")
    project.edit("mesh/directory.yaml", "groups:\n", "groups:\n  - id: inner\n    members: [ana, innermost]\n")
    project.edit("mesh/directory.yaml", "groups:\n", f"groups:\n  - id: innermost\n    members: ['{SCORER}']\n")
    assert project.problems() == [
        f"personas/analyst.yaml:4: job persona `analyst` has member `{SCORER}` through group `analysts`, "
        "which is a workload; a job is held by persons"
    ]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::300000000009:role/scorer",
        "arn:aws:iam::300000000001:user/scorer",
        "arn:aws:sts::300000000001:role/scorer",
        "scorer",
    ],
)
def test_an_application_is_held_by_roles_of_its_account(project: Project, arn: str) -> None:
    text = (project.root / "mesh/directory.yaml").read_text()
    project.write("mesh/directory.yaml", text.replace(SCORER, arn))
    assert project.problems() == [
        f"personas/scorer.yaml:4: application persona `scorer` has member `{arn}` through group `scorers`; "
        "expected the ARN of a role in its account `300000000001`"
    ]
