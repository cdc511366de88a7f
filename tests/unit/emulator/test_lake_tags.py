"""LF-Tags: AWS's own examples, then inheritance, limits and who may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.seed import SeedDatabase, SeedTable, seed_lake
from tests.unit.emulator.lake import ADMIN, DATABASE, GOVERNANCE, PRODUCER, REGION, TABLE, Setting, columns, start

ITEMS = ("i_brand", "i_category", "i_item_sk")
TPC = SeedDatabase(
    account=PRODUCER,
    region=REGION,
    name="tpc_raw",
    central="tpc",
    tables=(
        SeedTable("dl_tpc_item", tuple((name, "string") for name in ITEMS), "s3://lake/item"),
        SeedTable("dl_tpc_promotion", (("p_id", "string"),), "s3://lake/promotion"),
    ),
)


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start(register=False)
    yield made
    made.server.close()


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def pair(key: str, value: str) -> dict[str, Any]:
    return {"CatalogId": GOVERNANCE, "TagKey": key, "TagValues": [value]}


def test_examples_of_aws(setting: Setting) -> None:
    """create-lf-tag, get-lf-tag, update-lf-tag, add-lf-tags-to-resource, search-tables-by-lf-tags, delete-lf-tag.

    https://github.com/aws/aws-cli/tree/v2/awscli/examples/lakeformation
    """
    seed_lake(setting.world, GOVERNANCE, [TPC])
    client = setting.client("lakeformation")
    client.create_lf_tag(CatalogId=GOVERNANCE, TagKey="usergroup", TagValues=["developer", "analyst", "campaign"])
    found = client.get_lf_tag(CatalogId=GOVERNANCE, TagKey="usergroup")
    assert (found["CatalogId"], found["TagKey"]) == (GOVERNANCE, "usergroup")
    assert sorted(found["TagValues"]) == ["analyst", "campaign", "developer"]
    client.update_lf_tag(CatalogId=GOVERNANCE, TagKey="usergroup", TagValuesToAdd=["admin"])
    assert "admin" in client.get_lf_tag(TagKey="usergroup")["TagValues"]

    promotion = {"CatalogId": GOVERNANCE, "DatabaseName": "tpc", "Name": "dl_tpc_promotion"}
    added = client.add_lf_tags_to_resource(
        CatalogId=GOVERNANCE, Resource={"Table": promotion}, LFTags=[pair("usergroup", "analyst")]
    )
    assert added["Failures"] == []

    client.add_lf_tags_to_resource(
        Resource={"Database": {"Name": "tpc"}}, LFTags=[{"TagKey": "usergroup", "TagValues": ["developer"]}]
    )
    tag = [pair("usergroup", "developer")]
    answer = client.search_tables_by_lf_tags(
        MaxResults=2, CatalogId=GOVERNANCE, Expression=[{"TagKey": "usergroup", "TagValues": ["developer"]}]
    )
    assert answer["TableList"] == [
        {
            "Table": {"CatalogId": GOVERNANCE, "DatabaseName": "tpc", "Name": "dl_tpc_item"},
            "LFTagOnDatabase": tag,
            "LFTagsOnTable": tag,
            "LFTagsOnColumns": [{"Name": name, "LFTags": tag} for name in ITEMS],
        }
    ]
    client.delete_lf_tag(CatalogId=GOVERNANCE, TagKey="usergroup")
    assert "LFTags" not in client.list_lf_tags()


def test_search_for_databases(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="module", TagValues=["orders", "sales"])
    client.add_lf_tags_to_resource(Resource=DATABASE, LFTags=[{"TagKey": "module", "TagValues": ["sales"]}])

    def search(value: str) -> list[dict[str, Any]]:
        expression = [{"TagKey": "module", "TagValues": [value]}]
        found: list[dict[str, Any]] = client.search_databases_by_lf_tags(Expression=expression)["DatabaseList"]
        return found

    loans = {"Database": {"CatalogId": GOVERNANCE, "Name": "loans"}, "LFTags": [pair("module", "sales")]}
    assert search("sales") == [loans]
    assert search("orders") == []


def test_tags_go_down_and_are_overridden(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-assigning-tags.html"""
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="level", TagValues=["director", "vp"])
    client.add_lf_tags_to_resource(Resource=DATABASE, LFTags=[{"TagKey": "level", "TagValues": ["director"]}])
    client.add_lf_tags_to_resource(Resource=columns("rate"), LFTags=[{"TagKey": "level", "TagValues": ["vp"]}])

    shown = client.get_resource_lf_tags(Resource=TABLE)
    director, vp = [pair("level", "director")], [pair("level", "vp")]
    assert shown["LFTagOnDatabase"] == director
    assert shown["LFTagsOnTable"] == director
    assert {each["Name"]: each["LFTags"] for each in shown["LFTagsOnColumns"]} == {
        "id": director,
        "email": director,
        "rate": vp,
    }
    own = client.get_resource_lf_tags(Resource=TABLE, ShowAssignedLFTags=True)
    assert "LFTagsOnTable" not in own
    assert own["LFTagsOnColumns"] == [{"Name": "rate", "LFTags": vp}]

    client.remove_lf_tags_from_resource(Resource=columns("rate"), LFTags=[{"TagKey": "level", "TagValues": ["vp"]}])
    shown = client.get_resource_lf_tags(Resource=columns("rate"))
    assert shown["LFTagsOnColumns"] == [{"Name": "rate", "LFTags": director}]


def test_keys_and_values_are_kept_in_lower_case(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="Module", TagValues=["Orders"])
    assert client.list_lf_tags()["LFTags"] == [{"CatalogId": GOVERNANCE, "TagKey": "module", "TagValues": ["orders"]}]
    client.add_lf_tags_to_resource(Resource=TABLE, LFTags=[{"TagKey": "MODULE", "TagValues": ["ORDERS"]}])
    assert setting.lake().tags.assigned(("loans", "loan")) == {"module": "orders"}


def test_a_second_value_replaces_the_first(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="module", TagValues=["orders", "sales"])
    for value in ("orders", "sales"):
        client.add_lf_tags_to_resource(Resource=TABLE, LFTags=[{"TagKey": "module", "TagValues": [value]}])
    assert setting.lake().tags.assigned(("loans", "loan")) == {"module": "sales"}


def test_a_value_in_use_cannot_be_taken_away(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_UpdateLFTag.html"""
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="module", TagValues=["orders", "sales"])
    tag = [{"TagKey": "module", "TagValues": ["orders"]}]
    client.add_lf_tags_to_resource(Resource=TABLE, LFTags=tag)
    with pytest.raises(ClientError, match="Update not allowed"):
        client.update_lf_tag(TagKey="module", TagValuesToDelete=["orders"])
    client.remove_lf_tags_from_resource(Resource=TABLE, LFTags=tag)
    client.update_lf_tag(TagKey="module", TagValuesToDelete=["orders"])
    assert client.get_lf_tag(TagKey="module")["TagValues"] == ["sales"]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ({"TagKey": "module", "TagValues": ["unknown"]}, "EntityNotFoundException"),
        ({"TagKey": "unknown", "TagValues": ["orders"]}, "EntityNotFoundException"),
        ({"TagKey": "module", "TagValues": ["orders", "sales"]}, "InvalidInputException"),
        ({"CatalogId": PRODUCER, "TagKey": "module", "TagValues": ["orders"]}, "InvalidInputException"),
    ],
)
def test_what_cannot_be_assigned_is_a_failure(setting: Setting, tag: dict[str, Any], expected: str) -> None:
    """The others stand. https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html"""
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="module", TagValues=["orders", "sales"])
    client.create_lf_tag(TagKey="level", TagValues=["vp"])
    good = {"TagKey": "level", "TagValues": ["vp"]}
    failures = client.add_lf_tags_to_resource(Resource=TABLE, LFTags=[tag, good])["Failures"]
    assert [(each["LFTag"]["TagKey"], each["Error"]["ErrorCode"]) for each in failures] == [(tag["TagKey"], expected)]
    assert setting.lake().tags.assigned(("loans", "loan")) == {"level": "vp"}


def test_limits(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-creating-tags.html"""
    client = setting.client("lakeformation")
    with pytest.raises(ClientError, match="between 1 and 50 characters"):
        client.create_lf_tag(TagKey="k" * 51, TagValues=["v"])
    with pytest.raises(ClientError, match="between 1 and 50 characters"):
        client.create_lf_tag(TagKey="k", TagValues=["v" * 51])
    client.create_lf_tag(TagKey="k", TagValues=["v"])
    with pytest.raises(ClientError, match="already exists"):
        client.create_lf_tag(TagKey="K", TagValues=["v"])
    for start_at in range(0, 950, 50):
        client.update_lf_tag(TagKey="k", TagValuesToAdd=[str(n) for n in range(start_at, start_at + 50)])
    with pytest.raises(ClientError, match="at most 1000 values"):
        client.update_lf_tag(TagKey="k", TagValuesToAdd=[f"x{n}" for n in range(50)])


def test_a_list_of_tags_comes_in_pages(setting: Setting) -> None:
    client = setting.client("lakeformation")
    keys = [f"k{number:03}" for number in range(120)]
    for key in keys:
        client.create_lf_tag(TagKey=key, TagValues=["v"])
    found, token, pages = [], None, 0
    while pages == 0 or token:
        answer = client.list_lf_tags(**({"NextToken": token} if token else {}))
        found += [each["TagKey"] for each in answer["LFTags"]]
        token, pages = answer.get("NextToken"), pages + 1
    assert (found, pages) == (keys, 3)


def test_who_may_make_and_assign(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-granting-tags.html"""
    analyst = setting.client("lakeformation", name="analyst")
    with pytest.raises(ClientError) as denied:
        analyst.create_lf_tag(TagKey="module", TagValues=["orders"])
    assert code(denied) == "AccessDeniedException"
    admin = setting.client("lakeformation")
    admin.create_lf_tag(TagKey="module", TagValues=["orders"])
    with pytest.raises(ClientError) as denied:
        analyst.get_lf_tag(TagKey="module")
    assert code(denied) == "AccessDeniedException"
    who = ADMIN.replace("admin", "analyst")
    setting.grant({"LFTag": {"TagKey": "module", "TagValues": ["*"]}}, ["ASSOCIATE"], to=who)
    assert analyst.get_lf_tag(TagKey="module")["TagValues"] == ["orders"]
    tag = [{"TagKey": "module", "TagValues": ["orders"]}]
    with pytest.raises(ClientError) as denied:
        analyst.add_lf_tags_to_resource(Resource=TABLE, LFTags=tag)
    assert code(denied) == "AccessDeniedException"
    admin.grant_permissions(
        Principal={"DataLakePrincipalIdentifier": who},
        Resource=TABLE,
        Permissions=["ALL"],
        PermissionsWithGrantOption=["ALL"],
    )
    assert analyst.add_lf_tags_to_resource(Resource=TABLE, LFTags=tag)["Failures"] == []
