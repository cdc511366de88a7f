"""`meshwarden approve`: only a signature that counts is written."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import NOW, Run
from tests.unit.sources.conftest import Project

FILE = "mesh/agreements/analyst-loans.approvals.yaml"
AGREEMENT = "mesh/agreements/analyst-loans.yaml"


@pytest.fixture
def asked(small: Project) -> Project:
    """An agreement on confidential personal data, pending; olaf owns the product, gwen governs."""
    (small.root / FILE).unlink()
    small.edit("mesh/directory.yaml", "members: [servicing-owners]", "members: [servicing-owners, gwen]")
    small.edit("mesh/directory.yaml", "  - id: olaf\n", "  - id: gwen\n    kind: person\n  - id: olaf\n")
    return small


def test_two_sign_and_nothing_is_outstanding(run: Run, asked: Project) -> None:
    first = run("approve", "analyst-loans", "--as", "owner", "--by", "olaf", "-C", asked.root)
    assert first.code == 0
    assert first.out.startswith("olaf signs `analyst-loans` version 1 as owner, terms ")
    assert "outstanding: Governance approves what is personal or above internal (`governance`" in first.out
    assert "commit it, for the repository to review" in first.out
    second = run("approve", "analyst-loans", "--as", "governance", "--by", "gwen", "-C", asked.root)
    assert second.code == 0
    assert "nothing is outstanding" in second.out
    assert f"in {AGREEMENT}" in second.out
    approvals = asked.load().mesh.agreement["analyst-loans"].approvals
    assert [(each.approver, each.signs_as) for each in approvals] == [("gwen", "governance"), ("olaf", "owner")]
    asked.edit(AGREEMENT, "  - {state: pending", f"  - {{state: active, at: {NOW}}}\n  - {{state: pending")
    assert "1 principal can read servicing/loans" in run("who-can", "servicing/loans", "-C", asked.root).out


@pytest.mark.parametrize(
    ("signs_as", "by", "said"),
    [
        ("owner", "gwen", "`gwen` may not sign `analyst-loans` as owner: is no member of `servicing-owners`"),
        ("second owner", "gwen", "as second owner: is no member of `servicing-owners`"),
        ("owner", "ana", "is the requester"),
        ("governance", "arn:aws:iam::300000000001:role/scorer", "is no declared person"),
        ("owner", "olaf", f"`olaf` has signed `analyst-loans` as owner at {NOW}; one person counts once"),
        ("governance", "olaf", f"`olaf` has signed `analyst-loans` as owner at {NOW}; one person counts once"),
    ],
)
def test_a_signature_that_would_not_count_is_refused(
    run: Run, asked: Project, signs_as: str, by: str, said: str
) -> None:
    assert run("approve", "analyst-loans", "--as", "owner", "--by", "olaf", "-C", asked.root).code == 0
    before = (asked.root / FILE).read_bytes()
    done = run("approve", "analyst-loans", "--as", signs_as, "--by", by, "-C", asked.root)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert (asked.root / FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("history", "now", "said"),
    [
        ("rejected", NOW, "agreement `analyst-loans` is rejected"),
        ("revoked", NOW, "agreement `analyst-loans` is revoked"),
        (None, "2027-01-01T00:00:00Z", "agreement `analyst-loans` ended on 2027-01-01T00:00:00Z"),
        (None, "2025-12-31T23:59:59Z", "agreement `analyst-loans` is not yet requested"),
    ],
)
def test_what_is_over_is_not_approved(run: Run, asked: Project, history: str | None, now: str, said: str) -> None:
    if history:
        pending = "  - {state: pending, at: 2026-01-01T00:00:00Z}"
        asked.edit(AGREEMENT, pending, f"{pending}\n  - {{state: {history}, at: 2026-02-01T00:00:00Z}}")
    done = run("approve", "analyst-loans", "--as", "owner", "--by", "olaf", "-C", asked.root, "--now", now)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert not (asked.root / FILE).exists()


def test_nothing_is_written_when_the_policies_do_not_compile(run: Run, asked: Project) -> None:
    asked.edit("policies/approval/requirement/owner.rego", "met if", "met of")
    assert run("approve", "analyst-loans", "--as", "owner", "--by", "olaf", "-C", asked.root).code == 1
    assert not (asked.root / FILE).exists()
