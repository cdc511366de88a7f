"""`meshwarden who-can`, `what-can`, `why`, `why-not`."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.conftest import NOW, Run, everything_in
from tests.unit.sources.conftest import Project

LOAN = "servicing/loan-performance/loan"
ANNA = "anna.keller@meshbank.example"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_who_can_says_the_same_in_every_form(run: Run, recorded: Path) -> None:
    asked = ("who-can", f"{LOAN}/borrower_iban", "-C", recorded)
    answer = run(*asked, "--output", "json").json
    assert (answer["target"], answer["now"]) == (f"column:{LOAN}/borrower_iban", NOW)
    people = {reader["principal"] for reader in answer["readers"]}
    assert ANNA in people
    assert {reader["purpose"] for reader in answer["readers"]} == {"regulatory-reporting"}
    assert {row["principal"] for row in rows(run(*asked, "--output", "csv").out)} == people
    table = run(*asked).out
    assert table.startswith(f"{len(people)} principals can read {LOAN}/borrower_iban\n")
    assert all(person in table for person in people)


def test_who_can_says_since_when_and_on_whose_approval(run: Run, recorded: Path) -> None:
    asked = ("who-can", f"{LOAN}/borrower_iban", "-C", recorded)
    signed = ["siobhan.walsh@meshbank.example", "marta.kowalska@meshbank.example"]
    answer = run(*asked, "--output", "json").json["readers"]
    assert {(row["agreement"], *row["approvers"]) for row in answer} == {("risk-reporting-loans", *signed)}
    assert {row["approvers"] for row in rows(run(*asked, "--output", "csv").out)} == {" ".join(signed)}
    lines = [line[:42].rstrip() for line in run(*asked).out.splitlines()]
    at = lines.index("  risk-reporting-loans")
    assert lines[at + 1 : at + 3 + len(signed)] == [
        "  from 2025-10-01 until 2027-09-30",
        "  approved by",
        *(f"    {name}" for name in signed),
    ]
    for target in (LOAN, f"{LOAN}/borrower_iban", "servicing/loan-performance"):
        assert max(map(len, run("who-can", target, "-C", recorded).out.splitlines())) <= 100


def test_an_agreement_is_said_once_however_many_tables_it_shares_with_another(run: Run, demo: Project) -> None:
    text = (demo.root / "mesh/agreements/risk-reporting-loans.yaml").read_text()
    demo.write("mesh/agreements/twin.yaml", text.replace("id: risk-reporting-loans", "id: twin"))
    approvals = (demo.root / "mesh/agreements/risk-reporting-loans.approvals.yaml").read_text()
    demo.write("mesh/agreements/twin.approvals.yaml", approvals)
    lines = [
        line[:42].rstrip() for line in run("who-can", "servicing/loan-performance", "-C", demo.root).out.splitlines()
    ]
    assert (lines.count("  risk-reporting-loans"), lines.count("  twin")) == (1, 1)


def test_nobody_can(run: Run, recorded: Path) -> None:
    asked = ("who-can", f"{LOAN}/borrower_tax_id", "-C", recorded)
    assert run(*asked).out == f"nobody can read {LOAN}/borrower_tax_id\n"
    assert run(*asked, "--output", "json").json["readers"] == []
    assert len(run(*asked, "--output", "csv").out.splitlines()) == 1


def test_what_can_counts_columns_by_purpose(run: Run, recorded: Path) -> None:
    done = run("what-can", ANNA, "-C", recorded)
    modelling, reporting = done.out.split("credit-risk-analyst for ")[1:]
    assert modelling.startswith("credit-risk-modelling in account 300000000001")
    assert "14 of 22" in next(line for line in modelling.splitlines() if "  loan  " in line)
    assert "19 of 22" in next(line for line in reporting.splitlines() if "  loan  " in line)
    assert max(map(len, done.out.splitlines())) <= 100
    columns = [row["column"] for row in rows(run("what-can", ANNA, "-C", recorded, "--output", "csv").out)]
    assert len(columns) == sum(
        len(reads["columns"]) for reads in run("what-can", ANNA, "-C", recorded, "--output", "json").json["reads"]
    )


def test_what_is_unrealised_is_said(run: Run, recorded: Path) -> None:
    reads = run("what-can", "treasury-analyst", "-C", recorded, "--output", "json").json["reads"]
    [refused] = [each for each in reads if each["status"] != "granted"]
    assert (refused["table"], refused["unrealised"]["limit"]) == ("direct_debit_return", "partition-key")
    for target in ("servicing/payments/direct_debit_return", "servicing/payments/direct_debit_return/amount"):
        said = run("who-can", target, "-C", recorded).out
        assert said.startswith(f"nobody can read {target}; 11 principals entitled but unrealised\n")
        assert "  entitled but unrealised: limit partition-key " in said
    assert run("what-can", "treasury-analyst", "-C", recorded).out.startswith(
        f"treasury-analyst can read {len(reads) - 1} tables; 1 table entitled but unrealised\n"
    )


def test_why_is_the_whole_chain_in_words(run: Run, recorded: Path) -> None:
    done = run("why", ANNA, LOAN, "-C", recorded)
    assert done.code == 0
    modelling, reporting = done.out.split("for regulatory-reporting in account")
    assert modelling.startswith(
        "for credit-risk-modelling in account 300000000001, under agreement risk-modelling-loans:"
    )
    for said in (
        f"`{ANNA}` is a member of group `credit-risk-analysts`",
        "`siobhan.walsh@meshbank.example` approved it as owner at 2025-09-22T09:05:00Z",
        "`purpose.allows_personal` is `false`",
        "policies/access/column/personal.rego:",
        "`lf_tag/credit-risk-analyst/credit-risk-modelling/300000000001/servicing/loan-performance/table`",
    ):
        assert said in modelling
    assert "borrower_iban" in reporting
    assert "borrower_iban" not in modelling


def test_why_as_data(run: Run, recorded: Path) -> None:
    asked = ("why", ANNA, f"{LOAN}/loan_id", "-C", recorded, "--output")
    chains = run(*asked, "json").json["chains"]
    assert [chain["agreement"]["id"] for chain in chains] == ["risk-modelling-loans", "risk-reporting-loans"]
    table = rows(run(*asked, "csv").out)
    assert [row["agreement"] for row in table] == ["risk-modelling-loans", "risk-reporting-loans"]
    assert table[0]["approvers"] == "siobhan.walsh@meshbank.example clara.lindqvist@meshbank.example"


def test_why_draws_a_picture(run: Run, recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "why.svg"
    done = run("why", ANNA, f"{LOAN}/loan_id", "-C", recorded, "--svg", file)
    assert done.code == 0
    assert done.err == f"wrote {file}\n"
    assert ElementTree.parse(file).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_why_of_what_cannot_be_read_points_to_why_not(run: Run, recorded: Path) -> None:
    done = run("why", ANNA, f"{LOAN}/borrower_tax_id", "-C", recorded)
    assert done == type(done)(0, f"{ANNA} cannot read {LOAN}/borrower_tax_id; why-not says what is missing\n", "")


def test_why_not_names_the_rule_and_the_least_change(run: Run, recorded: Path) -> None:
    asked = ("why-not", ANNA, f"{LOAN}/borrower_tax_id", "-C", recorded)
    done = run(*asked)
    assert done.code == 0
    assert done.out.startswith(f"{ANNA} cannot read {LOAN}/borrower_tax_id\n")
    assert "the least that would have to change: 2 conditions" in done.out
    assert "policies/access/column/clearance.rego:" in done.out
    answer = run(*asked, "--output", "json").json["why_not"]
    assert answer["ways"][0]["agreement"]["id"] == "risk-reporting-loans"
    table = rows(run(*asked, "--output", "csv").out)
    assert ("clearance", "borrower_tax_id") in {(row["rule"], row["column"]) for row in table}


@pytest.mark.parametrize(
    ("target", "said"),
    [(LOAN, "cannot read all of"), (f"{LOAN}/loan_id", "can read all of"), ("servicing/collections", "cannot read")],
)
def test_why_not_begins_with_the_answer(run: Run, recorded: Path, target: str, said: str) -> None:
    assert run("why-not", ANNA, target, "-C", recorded).out.splitlines()[0] == f"{ANNA} {said} {target}"


def test_why_not_tells_what_is_entitled_from_what_is_granted(run: Run, demo: Project) -> None:
    demo.edit(
        "mesh/warehouses.yaml",
        "    database: risk\n    encrypted: true",
        "    database: risk\n    encrypted: false",
    )
    pd = "credit-risk/exposures/exposure/pd"
    said = run("why-not", ANNA, pd, "-C", demo.root).out.splitlines()
    assert said[0] == f"{ANNA} is entitled to all of {pd}"
    assert "entitled but unrealised, warehouse `risk-dwh` cannot share with" in said[1]


def test_a_recorded_run_answers_until_the_sources_change(run: Run, demo: Project) -> None:
    asked = ("who-can", f"{LOAN}/loan_id", "-C", demo.root, "--output", "json")
    first = run(*asked)
    recorded = everything_in(demo.root)
    assert run(*asked, "--now", "2026-06-10T00:00:00Z").json["readers"] == first.json["readers"]
    assert everything_in(demo.root) == recorded
    demo.edit("personas/credit-risk-analyst.yaml", "clearance: confidential", "clearance: public")
    after = run(*asked).json
    assert ANNA not in {reader["principal"] for reader in after["readers"]}
    assert after["facts_hash"] != first.json["facts_hash"]


@pytest.mark.parametrize(
    "asked",
    [("who-can", "servicing/loans"), ("what-can", "ana"), ("why", "ana", "servicing/loans"), ("quotas",)],
    ids=lambda asked: asked[0],
)
def test_a_question_is_answered_where_nothing_can_be_recorded(run: Run, small: Project, asked: tuple[str, ...]) -> None:
    recorded = run(*asked, "-C", small.root)
    shutil.rmtree(small.root / ".meshwarden")
    small.write(".meshwarden", "what is no folder takes no record, from root either")
    before = everything_in(small.root)
    done = run(*asked, "-C", small.root)
    assert (done.code, done.out, recorded.err) == (0, recorded.out, "")
    assert done.err.startswith(f"this run is not recorded: `{small.root}/.meshwarden/objects/")
    assert f"runs are recorded in `{small.root}/.meshwarden`: let it be written to, or copy the project" in done.err
    assert done.err.count("\n") == 1
    assert everything_in(small.root) == before


def test_a_plan_is_shown_only_where_it_is_recorded(run: Run, small: Project) -> None:
    small.write(".meshwarden", "")
    done = run("plan", "--out", small.root / "plan.json", "-C", small.root)
    assert (done.code, done.out) == (1, "")
    assert "cannot be written" in done.err
    assert "copy the project to where it is" in done.err
    assert not (small.root / "plan.json").exists()
