"""What AWS makes only once: every kind of resource is judged, and named with the line that a deploy needs after it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from cdktf_app.once import Once, made_once
from engine.onboard.calls import TERRAFORM

GOLDEN = Path(__file__).with_name("golden")
AGAIN = {
    "aws_iam_role_policy",
    "aws_iam_role_policy_attachment",
    "aws_lakeformation_data_lake_settings",
    "aws_lakeformation_permissions",
    "aws_lakeformation_resource",
    "aws_lakeformation_resource_lf_tag",
    "aws_lambda_invocation",
    "terraform_data",
}
"""What a deploy makes again without harm: tests/deploy/test_interrupted.py has it done."""


SHARE = "mw__analyst__modelling__lending___accounts__analytics"
SHARE_ARN = f"arn:aws:redshift:eu-west-1:200000000002:datashare:10000000-0000-4000-8000-000000000000/{SHARE}"
NAMESPACE_ARN = "arn:aws:redshift-serverless:eu-west-1:300000000003:namespace/20000000-0000-4000-8000-000000000000"


@pytest.fixture
def once(tmp_path: Path) -> list[Once]:
    """All of the small mesh."""
    found: list[Once] = []
    for path in sorted(GOLDEN.glob("*.tf.json")):
        folder = Path("cdktf.out", "stacks", path.name.removesuffix(".tf.json"))
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "cdk.tf.json").write_bytes(path.read_bytes())
        found += made_once(tmp_path, folder)
    return found


def test_every_resource_is_made_once_or_may_be_made_again(once: list[Once]) -> None:
    synthesized = {
        f"{kind}.{name}"
        for path in GOLDEN.glob("*.tf.json")
        for kind, made in json.loads(path.read_bytes()).get("resource", {}).items()
        for name in made
        if kind not in AGAIN
    }
    assert {item.address for item in once} == synthesized
    assert {address.partition(".")[0] for address in synthesized} | AGAIN == TERRAFORM.keys()


@pytest.mark.parametrize(
    ("kind", "line", "thing"),
    [
        (
            "aws_iam_role",
            "terraform -chdir=cdktf.out/stacks/300000000003-roles import -input=false"
            " aws_iam_role.role-analyst__modelling__300000000003 mw.analyst.modelling",
            "access role `mw.analyst.modelling` in 300000000003",
        ),
        (
            "aws_iam_policy",
            "terraform -chdir=cdktf.out/stacks/300000000003-roles import -input=false"
            " aws_iam_policy.session-policy-analyst__modelling__300000000003__lending__loans"
            " arn:aws:iam::300000000003:policy/mw-session.analyst.modelling.lending+loans",
            "managed policy `mw-session.analyst.modelling.lending+loans` in 300000000003",
        ),
        (
            "aws_glue_catalog_database",
            "terraform -chdir=cdktf.out/stacks/300000000003-eu-west-1-consumer import -input=false"
            " aws_glue_catalog_database.link-300000000003__lending__loans 300000000003:lending__loans",
            "resource link `lending__loans` in 300000000003 eu-west-1",
        ),
        (
            "aws_lakeformation_lf_tag",
            "terraform -chdir=cdktf.out/stacks/governance-eu-west-1-lending import -input=false"
            " aws_lakeformation_lf_tag.tag-key-mw-class-lending 100000000001:mw-class-lending",
            "LF-tag `mw-class-lending` in 100000000001 eu-west-1",
        ),
        (
            "aws_lambda_function",
            "terraform -chdir=cdktf.out/stacks/200000000002-eu-west-1-producer import -input=false"
            " aws_lambda_function.function-meshwarden-reader-producer meshwarden-reader-producer",
            "function `meshwarden-reader-producer` in 200000000002 eu-west-1",
        ),
        (
            "aws_cloudwatch_log_group",
            "terraform -chdir=cdktf.out/stacks/200000000002-eu-west-1-producer import -input=false"
            " aws_cloudwatch_log_group.logs-meshwarden-reader-producer /aws/lambda/meshwarden-reader-producer",
            "log `/aws/lambda/meshwarden-reader-producer` in 200000000002 eu-west-1",
        ),
        (
            "aws_redshift_data_share_authorization",
            "terraform -chdir=cdktf.out/stacks/200000000002-eu-west-1-producer import -input=false"
            f" aws_redshift_data_share_authorization.authorization-{SHARE}-99144087271a {SHARE_ARN},300000000003",
            f"datashare's authorization `{SHARE_ARN} to 300000000003` in 200000000002 eu-west-1",
        ),
        (
            "aws_redshift_data_share_consumer_association",
            "terraform -chdir=cdktf.out/stacks/300000000003-eu-west-1-consumer import -input=false"
            f" aws_redshift_data_share_consumer_association.association-{SHARE}-99144087271a"
            f" {SHARE_ARN},,{NAMESPACE_ARN},",
            f"datashare's association `{SHARE_ARN} to {NAMESPACE_ARN}` in 300000000003 eu-west-1",
        ),
    ],
)
def test_what_terraform_imports_is_named_with_its_address_and_id(
    once: list[Once], kind: str, line: str, thing: str
) -> None:
    (found,) = [item for item in once if item.address.startswith(f"{kind}.") and item.line == line]
    assert found.imported
    assert str(found.thing) == thing


def test_an_opt_in_is_taken_away_by_the_role_that_deploys(once: list[Once]) -> None:
    opt_ins = {str(item.thing): item for item in once if not item.imported}
    assert opt_ins
    for item in opt_ins.values():
        assert item.role == f"arn:aws:iam::{item.thing.account}:role/meshwarden-deploy"
        words = shlex.split(item.line)
        assert words[:5] == ["aws", "lakeformation", "delete-lake-formation-opt-in", "--region", item.thing.region]
        principal, _, place = item.thing.name.partition(" on ")
        assert json.loads(words[6]) == {"DataLakePrincipalIdentifier": principal}
        (named,) = json.loads(words[8]).items()
        kind, names = named
        catalog = "100000000001"
        if kind == "Database":
            assert (names["CatalogId"], f"database {names['Name']}") == (catalog, place)
        else:
            assert (names["CatalogId"], f"table {names['DatabaseName']}.{names['Name']}") == (catalog, place)
    assert {"database", "table"} <= {name.partition(" on ")[2].split()[0] for name in opt_ins}
