"""What no page of AWS says is refused, so that nobody builds on a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.athena import query
from tests.emulator.errors import Refused
from tests.unit.emulator.lake import CONSUMER, DATABASE, GOVERNANCE, REGION, Setting, start

ROLE = f"arn:aws:iam::{GOVERNANCE}:role/lake-registration"
EXCEPT = {
    "TableWithColumns": {
        "DatabaseName": "loans",
        "Name": "loan",
        "ColumnWildcard": {"ExcludedColumnNames": ["email"]},
    }
}
FILTER = {"TableCatalogId": GOVERNANCE, "DatabaseName": "loans", "TableName": "loan", "Name": "f"}


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    yield made
    made.server.stop()


def make_a_deleted_tag_anew(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="class", TagValues=["open"])
    tag = [{"TagKey": "class", "TagValues": ["open"]}]
    setting.grant({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}, ["SELECT"])
    client.delete_lf_tag(TagKey="class")
    client.create_lf_tag(TagKey="class", TagValues=["open"])


CASES: dict[str, Callable[[Setting], Any]] = {
    "data cells filters": lambda s: s.grant({"DataCellsFilter": FILTER}, ["SELECT"]),
    "grants to a whole account": lambda s: s.grant(DATABASE, ["DESCRIBE"], to=CONSUMER),
    "a catalog of another account": lambda s: s.client("lakeformation").list_permissions(CatalogId=CONSUMER),
    "tags of all tables": lambda s: s.client("lakeformation").add_lf_tags_to_resource(
        Resource={"Table": {"DatabaseName": "loans", "TableWildcard": {}}},
        LFTags=[{"TagKey": "class", "TagValues": ["open"]}],
    ),
    "a location below a registered one": lambda s: s.client("lakeformation").register_resource(
        ResourceArn="arn:aws:s3:::lake/loan/part", RoleArn=ROLE
    ),
    "a tag deleted and made anew": make_a_deleted_tag_anew,
    "functions": lambda s: s.client("glue").get_user_defined_functions(DatabaseName="loans", Pattern=".*"),
    "a share made by hand": lambda s: s.client("ram").create_resource_share(name="own"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused(setting: Setting, case: str) -> None:
    with pytest.raises(ClientError) as error:
        CASES[case](setting)
    assert error.value.response["Error"]["Code"] == "Refused"
    assert len(setting.world.refused) == 1


def test_a_query_under_a_grant_that_excludes_columns(setting: Setting) -> None:
    """Only for inclusion: https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html"""
    setting.link()
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(EXCEPT, ["SELECT"])
    with pytest.raises(Refused, match="excludes columns"):
        query(setting.world, setting.session(), REGION, "loans", "loan", ["id"])
