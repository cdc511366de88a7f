"""`meshwarden impact`: against a folder, and against a revision."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from engine.cli.impact import _inline
from tests.unit.cli.conftest import Run
from tests.unit.sources.conftest import Project

SECOND_OWNER = "policies/approval/requirement/second_owner.rego"
REPORTING = "mesh/agreements/risk-reporting-loans.yaml"
ACTIVE = "  - {state: active, at: 2025-09-25T07:55:00Z}"
REVOKED = f"{ACTIVE}\n  - {{state: revoked, at: 2026-05-31T00:00:00Z}}"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@meshbank.example", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(demo: Project) -> Project:
    """The demo mesh as a folder `demo` of a repository, committed."""
    git(demo.root.parent, "init", "--quiet")
    git(demo.root.parent, "add", "demo")
    git(demo.root.parent, "commit", "--quiet", "-m", "as it was")
    return demo


def test_a_revoked_agreement_takes_what_people_read_for_its_purpose(run: Run, repository: Project) -> None:
    repository.edit(REPORTING, ACTIVE, REVOKED)
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--output", "json")
    assert done.code == 0
    impact = done.json
    assert {(row["purpose"], row["change"]) for row in impact["rows"]} == {("regulatory-reporting", "lost")}
    lost = {(row["table"], row["column"]): row["personal"] for row in impact["rows"]}
    assert lost["loan", "borrower_iban"]
    assert not lost["loan", "loan_id"]  # which they still read for modelling
    assert impact["total"]["lost"] == len(impact["rows"])
    assert impact["entitlements"] == [{"id": "risk-reporting-loans@300000000001", "change": "lost", "texts": []}]
    people = {row["principal"] for row in impact["rows"]}
    text = run("impact", "-C", repository.root, "--base", "HEAD").out
    said = f"{len(people)} principals, {len(lost)} columns, {sum(lost.values())} of them with personal data"
    assert f"- lost: {said}" in text
    who = f"{len(people)} credit-risk-analysts for regulatory-reporting in 300000000001"
    assert f"- entitlement risk-reporting-loans@300000000001, {who}\n" in text


def test_names_stand_whole_in_the_tables_and_what_is_zero_throughout_is_left_out(run: Run, repository: Project) -> None:
    repository.edit(REPORTING, ACTIVE, REVOKED)
    asked = ("impact", "-C", repository.root, "--base", "HEAD")
    names = [tally["name"] for tally in run(*asked, "--output", "json").json["by_column"][:15]]
    lines = run(*asked).out.splitlines()
    assert all(any(line.startswith(f"{name} ") for line in lines) for name in names)
    assert max(map(len, names)) > 45
    by_persona, by_column = (
        next(line for line in lines if line.startswith(title)) for title in ("by persona", "by column")
    )
    assert by_persona.split()[2:] == ["principals", "columns", "lost", "personal"]
    assert by_column.split()[2:] == ["principals", "lost", "personal"]


@pytest.mark.parametrize(("fail_on", "code"), [("lost", 2), ("any", 2), ("gained", 0), ("gained-personal", 0)])
def test_a_check_fails_on_what_it_forbids(run: Run, repository: Project, fail_on: str, code: int) -> None:
    repository.edit(REPORTING, ACTIVE, REVOKED)
    assert run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", fail_on).code == code


def test_a_changed_rule_lets_people_in(run: Run, demo: Project, tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(demo.root, base)
    text = (demo.root / SECOND_OWNER).read_text()
    demo.write(SECOND_OWNER, text + "\nmet if input.agreement.personal == true\n")
    done = run("impact", "-C", demo.root, "--base", base, "--fail-on", "gained-personal")
    assert done.code == 2
    assert "+ gained: " in done.out
    assert "+ entitlement reporting-underwriting@300000000001" in done.out
    report = run("impact", "-C", demo.root, "--base", base, "--output", "markdown").out
    assert report.startswith("### Access against ")
    assert "\n- \\+ gained: " in report
    assert "\n- \\+ entitlement reporting-underwriting@300000000001" in report
    assert "| persona | principals | columns | gained | personal | lost | personal |\n|---|---:|" in report


def test_a_purpose_that_reaches_more_is_a_gain_of_who_could_read_it_for_another(run: Run, repository: Project) -> None:
    rule = "policies/access/column/personal.rego"
    repository.edit(rule, "input.purpose.allows_personal == true", "input.purpose.suspended == false")
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "gained-personal")
    assert done.code == 2
    assert "+ gained: 31 principals, 7 columns, 7 of them with personal data" in done.out
    assert "~ entitlement risk-modelling-loans@300000000001, 31 credit-risk-analysts for credit-risk-mod" in done.out
    assert "`loan` gains `borrower_birth_date`" in done.out


def test_an_entitlement_that_changes_nothing_of_who_reads_what_is_shown(run: Run, repository: Project) -> None:
    repository.edit(REPORTING, "end: 2027-09-30T22:00:00Z", "end: 2027-08-31T22:00:00Z")
    approvals = REPORTING.replace(".yaml", ".approvals.yaml")
    signed, before = repository.load().mesh.agreement["risk-reporting-loans"].terms, repository.root / approvals
    void = next(line for line in before.read_text().splitlines() if line.startswith("  terms: "))
    before.write_text(before.read_text().replace(void, f"  terms: {signed}"))
    text = run("impact", "-C", repository.root, "--base", "HEAD").out
    assert "~ the same people can read the same columns for the same purposes" in text
    assert "; end `2027-09-30T22:00:00Z` becomes `2027-08-31T22:00:00Z`" in text


def test_what_is_granted_no_more_is_said_though_nobody_lost_it(run: Run, repository: Project) -> None:
    repository.edit(
        "mesh/warehouses.yaml",
        "    database: risk\n    encrypted: true",
        "    database: risk\n    encrypted: false",
    )
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "lost")
    assert done.code == 0
    assert done.out.splitlines()[1] == "  - granted no more, entitled still: 31 principals, 53 columns"
    assert "limit encryption: warehouse `risk-dwh` cannot share with" in run("plan", "-C", repository.root).out
    assert "`reporting-frankfurt`\n" in run("plan", "-C", repository.root).out


def test_no_change_is_said(run: Run, repository: Project) -> None:
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "any")
    assert (done.code, done.out) == (0, "against HEAD:\n  nothing changes for anybody\n")


def test_what_is_a_folder_and_a_revision_is_refused(
    run: Run, repository: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a change could bring the folder with which it is compared."""
    git(repository.root.parent, "branch", "before")
    shutil.copytree(repository.root, repository.root.parent / "before")
    Project(repository.root.parent / "before").edit(REPORTING, ACTIVE, REVOKED)
    monkeypatch.chdir(repository.root.parent)
    done = run("impact", "-C", "demo", "--base", "before")
    assert (done.code, done.out) == (1, "")
    assert "error: `before` is a folder and a revision; write `./before` or `refs/heads/before`" in done.err
    folder = run("impact", "-C", "demo", "--base", "./before", "--output", "json")
    assert folder.json["entitlements"][0]["change"] == "gained"
    revision = run("impact", "-C", "demo", "--base", "refs/heads/before", "--output", "json")
    assert revision.json["entitlements"] == []


def test_what_an_attribute_hides_from_archives_is_compared(run: Run, repository: Project) -> None:
    rule = "policies/access/column/personal.rego"
    (repository.root.parent / ".gitattributes").write_text(f"demo/{rule} export-ignore\n")
    git(repository.root.parent, "add", ".gitattributes")
    git(repository.root.parent, "commit", "--quiet", "-m", "hide a rule")
    (repository.root / rule).unlink()
    assert run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "gained-personal").code == 2


def test_what_opens_later_is_compared_then(run: Run, repository: Project) -> None:
    """An agreement that starts in July gains then, not now."""
    agreed = "mesh/agreements/audit-applications"
    texts = {name: (repository.root / name).read_text() for name in (f"{agreed}.yaml", f"{agreed}.approvals.yaml")}
    git(repository.root.parent, "rm", "-q", *(f"demo/{name}" for name in texts))
    git(repository.root.parent, "commit", "--quiet", "-m", "before it was agreed")
    for name, text in texts.items():
        repository.write(name, text)
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "gained")
    assert done.code == 2
    now, _, then = done.out.partition("then, from 2026-07-15T00:00:00Z:")
    assert "nothing changes for anybody" in now
    assert "+ gained:" in then


def test_another_who_assumes_the_roles_is_a_change(run: Run, repository: Project) -> None:
    repository.edit("mesh/broker.yaml", "meshwarden-broker", "another-broker")
    done = run("impact", "-C", repository.root, "--base", "HEAD", "--fail-on", "any")
    assert done.code == 2
    assert "its role was assumed by `arn:aws:iam::100000000001:role/meshwarden-broker`, and is by" in done.out


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("no-such-branch", "`no-such-branch` is neither a folder nor a revision of the repository"),
        ("--output=/tmp/stolen", "`--output=/tmp/stolen` is neither a folder nor a revision"),
        ("HEAD:demo", "`HEAD:demo` is neither a folder nor a revision"),
    ],
)
def test_an_unknown_revision_is_refused(run: Run, repository: Project, base: str, said: str) -> None:
    done = run("impact", "-C", repository.root, f"--base={base}")
    assert (done.code, done.out) == (1, "")
    assert said in done.err


def test_a_revision_without_a_project_is_refused(run: Run, repository: Project) -> None:
    git(repository.root.parent, "rm", "-r", "--quiet", "--cached", "demo/policies")
    git(repository.root.parent, "commit", "--quiet", "-m", "without policies")
    done = run("impact", "-C", repository.root, "--base", "HEAD")
    assert (done.code, done.out) == (1, "")
    assert "error: the base `HEAD` cannot be decided:\n" in done.err
    assert "no policies found below `access` and `approval`" in done.err


def test_a_base_that_cannot_be_decided_is_named(run: Run, repository: Project) -> None:
    repository.edit(REPORTING, "purpose: regulatory-reporting", "purpose: curiosity")
    git(repository.root.parent, "commit", "--quiet", "-a", "-m", "broken")
    repository.edit(REPORTING, "purpose: curiosity", "purpose: regulatory-reporting")
    done = run("impact", "-C", repository.root, "--base", "HEAD")
    assert done.code == 1
    assert done.err.startswith("error: the base `HEAD` cannot be decided:\nmesh/agreements/risk-reporting-loans.yaml:")


def test_without_git_a_folder_is_asked_for(run: Run, repository: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    done = run("impact", "-C", repository.root, "--base", "HEAD")
    assert (done.code, done.err) == (1, "error: no `git` on PATH; name a folder as the base\n")


def test_a_link_in_the_revision_is_refused(run: Run, repository: Project) -> None:
    (repository.root / "mesh" / "stolen").symlink_to("/etc")
    git(repository.root.parent, "add", "demo")
    git(repository.root.parent, "commit", "--quiet", "-m", "a link")
    done = run("impact", "-C", repository.root, "--base", "HEAD")
    assert done.code == 1
    assert "mesh/stolen: a symbolic link is not followed" in done.err


def test_markdown_shows_names_word_for_word() -> None:
    assert _inline("<img src=x>|`a`_b_\n") == "\\<img src=x\\>\\|\\`a\\`\\_b\\_\\\\n"
