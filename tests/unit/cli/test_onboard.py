"""`meshwarden onboard`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.declared import copy_project
from tests.unit.cli.conftest import Run, everything_in


def test_each_statement_is_explained(run: Run) -> None:
    done = run("onboard", "300000000001")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0].startswith("role meshwarden-plan in account 300000000001: ")
    assert lines[1] == (
        "  trusts arn:aws:iam::100000000001:role/meshbank-pipeline-plan with external id meshbank-7f3a91c2"
    )
    sids = [line for line in lines if line.startswith("  ") and not line.startswith("    ")]
    # two of them say whom a role trusts
    assert len(sids) - 2 == sum(line.startswith("    source: https://") for line in lines)
    assert any(line.startswith("policy meshwarden-boundary") for line in lines)
    assert "    if iam:PassedToService StringEquals lambda.amazonaws.com" in lines
    assert any(
        line.startswith("    if redshift:ConsumerArn StringEquals arn:") and " or arn:" in line for line in lines
    )


def test_json_and_the_stack_say_the_same(run: Run, tmp_path: Path) -> None:
    done = run("onboard", "100000000001", "--output", "json", "--out", tmp_path / "new" / "folder")
    written = tmp_path / "new" / "folder" / "meshwarden-onboarding.tf.json"
    assert f"wrote {written}; the administrator of account 100000000001 applies it" in done.err
    stack = json.loads(written.read_bytes())
    for role in done.json["roles"]:
        policy = json.loads(stack["resource"]["aws_iam_role_policy"][role["name"]]["policy"])
        assert [each["sid"] for each in role["permissions"]] == [item["Sid"] for item in policy["Statement"]]
        assert [each["actions"] for each in role["permissions"]] == [item["Action"] for item in policy["Statement"]]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("300000000009", "did you mean `300000000002`?"),
        ("risk-dwh", "warehouse `risk-dwh` is in account `200000000001`"),
        ("", "mesh/accounts.yaml declares them"),
    ],
)
def test_an_unknown_account_is_an_error_that_says_what_may_be_meant(run: Run, typed: str, meant: str) -> None:
    done = run("onboard", typed)
    assert (done.code, done.out, done.err) == (1, "", f"error: there is no account `{typed}`; {meant}\n")


def test_the_sql_of_each_warehouse_is_told_and_written(run: Run, tmp_path: Path) -> None:
    done = run("onboard", "200000000001", "--out", tmp_path)
    written = {path.name: path.read_text() for path in tmp_path.glob("*.sql")}
    assert written.keys() == {f"warehouse-{name}-dwh.sql" for name in ("ledger", "lending", "risk")}
    told = [line.strip() for line in done.out.splitlines() if line.endswith(";")]
    assert sorted(told) == sorted(
        line for text in written.values() for line in text.splitlines() if not line.startswith("--") and line
    )
    assert 'GRANT SELECT ON TABLE "exposures"."exposure" TO' in written["warehouse-risk-dwh.sql"]
    assert (
        f"wrote {tmp_path / 'warehouse-risk-dwh.sql'}; a superuser of the warehouse runs it in database risk"
        in done.err
    )


def test_nothing_is_written_for_a_producer_of_files_or_what_the_policies_deny(run: Run, tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    out = tmp_path / "out"
    assert run("onboard", "200000000002", "-C", project, "--out", out).code == 1
    rule = project / "policies/terraform/requirement/administration.rego"
    rule.write_text(rule.read_text().replace('"iam:GetAccountAuthorizationDetails",\n', ""))
    denied = run("onboard", "300000000001", "-C", project, "--out", out)
    assert denied.code == 1
    assert "`aws_iam_role_policy.meshwarden-plan` does not meet `administration`" in denied.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("onboarding", "`{out}` is a file; `--out` names a folder"),
        ("onboarding/warehouse-risk-dwh.sql/x", "`{out}/warehouse-risk-dwh.sql` cannot be written: it is a folder"),
        ("onboarding/meshwarden-onboarding.tf.json/x", "`{out}/meshwarden-onboarding.tf.json` cannot be written"),
    ],
)
def test_what_stands_in_the_way_is_said_first_and_nothing_is_written(
    run: Run, tmp_path: Path, made: str, said: str
) -> None:
    (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / made).write_text("here before")
    before = everything_in(tmp_path)
    done = run("onboard", "200000000001", "--out", tmp_path / "onboarding")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: " + said.format(out=tmp_path / "onboarding"))
    assert everything_in(tmp_path) == before


def test_a_file_on_the_way_to_the_folder_is_said_first(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("onboard", "200000000001", "--out", tmp_path / "file" / "onboarding")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"error: not a directory: `{tmp_path}/file/onboarding`\n"
