"""The Data Catalog as callers see it, links followed.

https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.unit.emulator.lake import (
    ADMIN,
    CONSUMER,
    DATABASE,
    GOVERNANCE,
    REGION,
    TABLE,
    Setting,
    columns,
    start,
)

EVERYBODY = {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    yield made
    made.server.close()


def as_reader(setting: Setting) -> Any:
    return setting.server.client("glue", setting.session(), REGION)


def denied(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**params)
    return str(error.value.response["Error"]["Code"])


def test_a_link_is_followed_with_rights_on_both(setting: Setting) -> None:
    setting.link("my_loans")
    glue = as_reader(setting)
    link = glue.get_database(Name="my_loans")["Database"]
    assert (link["CatalogId"], link["TargetDatabase"]["DatabaseName"]) == (CONSUMER, "loans")
    assert denied(glue.get_table, DatabaseName="my_loans", Name="loan") == "AccessDeniedException"
    assert glue.get_tables(DatabaseName="my_loans")["TableList"] == []

    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(columns("id", "rate"), ["SELECT"])
    target = glue.get_database(Name="my_loans")["Database"]
    assert (target["CatalogId"], target["Name"]) == (GOVERNANCE, "loans")
    table = glue.get_table(DatabaseName="my_loans", Name="loan")["Table"]
    assert (table["CatalogId"], table["DatabaseName"]) == (GOVERNANCE, "loans")
    assert [each["Name"] for each in table["StorageDescriptor"]["Columns"]] == ["id", "rate"]
    assert table["IsRegisteredWithLakeFormation"] is True
    assert [each["Name"] for each in glue.get_tables(DatabaseName="my_loans")["TableList"]] == ["loan"]

    setting.revoke({"Database": {"Name": "my_loans"}}, ["DESCRIBE"], account=CONSUMER)
    for call, params in (
        (glue.get_database, {"Name": "my_loans"}),
        (glue.get_tables, {"DatabaseName": "my_loans"}),
        (glue.get_table, {"DatabaseName": "my_loans", "Name": "loan"}),
    ):
        assert denied(call, **params) == "AccessDeniedException"


def test_the_administrator_of_the_recipient_sees_the_link_alone(setting: Setting) -> None:
    """Direct grants are the recipient's: https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html"""
    setting.link()
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(columns("id"), ["SELECT"])
    glue = setting.client("glue", CONSUMER)
    assert glue.get_database(Name="loans")["Database"]["CatalogId"] == CONSUMER
    assert glue.get_tables(DatabaseName="loans")["TableList"] == []


def test_what_is_shared_is_listed_when_asked_for(setting: Setting) -> None:
    glue = as_reader(setting)
    assert glue.get_databases(ResourceShareType="ALL")["DatabaseList"] == []
    setting.grant(DATABASE, ["DESCRIBE"])
    assert glue.get_databases()["DatabaseList"] == []
    for kind in ("ALL", "FOREIGN"):
        found = glue.get_databases(ResourceShareType=kind)["DatabaseList"]
        assert [(each["CatalogId"], each["Name"]) for each in found] == [(GOVERNANCE, "loans")]
    assert glue.get_database(CatalogId=GOVERNANCE, Name="loans")["Database"]["Name"] == "loans"


def test_all_tables_imply_their_database_at_home_only(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/granting-catalog-permissions.html"""
    every = {"Table": {"DatabaseName": "loans", "TableWildcard": {}}}
    glue = setting.client("glue", name="analyst")
    setting.grant(every, ["SELECT"], to=ADMIN.replace("admin", "analyst"))
    assert glue.get_database(Name="loans")["Database"]["Name"] == "loans"
    setting.grant(every, ["SELECT"])
    assert denied(as_reader(setting).get_database, CatalogId=GOVERNANCE, Name="loans") == "AccessDeniedException"


def test_the_group_of_one_account_is_not_anothers(setting: Setting) -> None:
    """IAMAllowedPrincipals are those of the account: lf-permissions-reference.html."""
    setting.grant(DATABASE, ["ALL"], to="IAM_ALLOWED_PRINCIPALS")
    assert denied(as_reader(setting).get_database, CatalogId=GOVERNANCE, Name="loans") == "AccessDeniedException"
    glue = setting.client("glue", name="analyst")
    assert glue.get_database(Name="loans")["Database"]["Name"] == "loans"


def test_a_link_needs_no_target_and_takes_describe_and_drop(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-about.html, granting-link-permissions.html"""
    glue = setting.client("glue", CONSUMER)
    glue.create_database(
        DatabaseInput={"Name": "later", "TargetDatabase": {"CatalogId": GOVERNANCE, "DatabaseName": "later"}}
    )
    assert glue.get_database(Name="later")["Database"]["Name"] == "later"
    with pytest.raises(ClientError, match="Permissions modification is invalid"):
        setting.grant({"Database": {"Name": "later"}}, ["CREATE_TABLE"], account=CONSUMER)
    with pytest.raises(ClientError, match="granted on its target"):
        setting.grant({"Table": {"DatabaseName": "later", "TableWildcard": {}}}, ["DESCRIBE"], account=CONSUMER)
    glue.delete_database(Name="later")
    assert glue.get_databases()["DatabaseList"] == []


def test_a_link_that_goes_leaves_its_target(setting: Setting) -> None:
    setting.link()
    setting.client("glue", CONSUMER).delete_database(Name="loans")
    assert setting.client("glue").get_database(Name="loans")["Database"]["Name"] == "loans"


def test_a_database_belongs_to_its_creator(setting: Setting) -> None:
    """Administrators see it, and may not drop it.

    https://docs.aws.amazon.com/lake-formation/latest/dg/implicit-permissions.html
    """
    user = ADMIN.replace("admin", "analyst")
    glue = setting.client("glue", name="analyst")
    assert denied(glue.create_database, DatabaseInput={"Name": "own"}) == "AccessDeniedException"
    setting.grant({"Catalog": {}}, ["CREATE_DATABASE"], to=user)
    glue.create_database(DatabaseInput={"Name": "Own"})
    glue.create_table(DatabaseName="own", TableInput={"Name": "T"})
    assert glue.get_table(DatabaseName="own", Name="t")["Table"]["Name"] == "t"
    admin = setting.client("glue")
    assert admin.get_table(DatabaseName="own", Name="t")["Table"]["CreatedBy"] == user
    assert denied(admin.delete_table, DatabaseName="own", Name="t") == "AccessDeniedException"
    assert denied(admin.delete_database, Name="own") == "AccessDeniedException"
    glue.delete_database(Name="own")
    assert denied(admin.get_database, Name="own") == "EntityNotFoundException"


def test_in_a_new_account_iam_alone_decides(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html"""
    account = "400000000001"
    setting.client("glue", account, "maker").create_database(DatabaseInput={"Name": "own"})
    setting.client("glue", account, "maker").create_table(DatabaseName="own", TableInput={"Name": "t"})
    reader = setting.client("glue", account, "somebody")
    database = reader.get_database(Name="own")["Database"]
    assert database["CreateTableDefaultPermissions"] == [EVERYBODY]
    assert [each["Name"] for each in reader.get_tables(DatabaseName="own")["TableList"]] == ["t"]


def test_only_what_the_caller_may_see_is_listed(setting: Setting) -> None:
    glue = setting.client("glue", name="analyst")
    who = ADMIN.replace("admin", "analyst")
    assert glue.get_databases()["DatabaseList"] == []
    assert denied(glue.get_database, Name="loans") == "AccessDeniedException"
    setting.grant(TABLE, ["DESCRIBE"], to=who)
    assert [each["Name"] for each in glue.get_tables(DatabaseName="loans")["TableList"]] == ["loan"]
    setting.grant({"Table": {"DatabaseName": "loans", "TableWildcard": {}}}, ["SELECT"], to=who)
    assert [each["Name"] for each in glue.get_tables(DatabaseName="loans")["TableList"]] == ["loan", "payment"]
    assert [each["Name"] for each in glue.get_databases()["DatabaseList"]] == ["loans"]


def test_a_hundred_tables_are_a_page(setting: Setting) -> None:
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "many"})
    names = [f"t{number:03}" for number in range(101)]
    for name in names:
        glue.create_table(DatabaseName="many", TableInput={"Name": name})
    first = glue.get_tables(DatabaseName="many")
    second = glue.get_tables(DatabaseName="many", NextToken=first["NextToken"])
    assert [each["Name"] for each in first["TableList"]] == names[:100]
    assert [each["Name"] for each in second["TableList"]] == names[100:]
    assert "NextToken" not in second
    matching = glue.get_tables(DatabaseName="many", Expression="t00.")
    assert [each["Name"] for each in matching["TableList"]] == names[:10]


def test_a_registered_location_asks_for_a_data_location_permission(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-create-table"""
    who = ADMIN.replace("admin", "analyst")
    glue = setting.client("glue", name="analyst")
    setting.grant({"Catalog": {}}, ["CREATE_DATABASE"], to=who)
    glue.create_database(DatabaseInput={"Name": "own"})

    def make(name: str, location: str) -> None:
        glue.create_table(DatabaseName="own", TableInput={"Name": name, "StorageDescriptor": {"Location": location}})

    make("elsewhere", "s3://other/loan")
    with pytest.raises(ClientError, match="Required Data Location Access"):
        make("here", "s3://lake/loan/new")
    location = {"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/loan"}}
    setting.grant(location, ["DATA_LOCATION_ACCESS"], to=who)
    make("here", "s3://lake/loan/new")


def test_a_column_that_goes_takes_its_tags_along(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="class", TagValues=["open"])
    client.add_lf_tags_to_resource(Resource=columns("rate"), LFTags=[{"TagKey": "class", "TagValues": ["open"]}])
    setting.grant(TABLE, ["ALTER"], to=ADMIN)
    glue = setting.client("glue")
    shape = {"Name": "loan", "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "string"}]}}
    glue.update_table(DatabaseName="loans", TableInput=shape)
    assert setting.lake().tags.with_own_tags(("loans", "loan")) == {}
    table = glue.get_table(DatabaseName="loans", Name="loan")["Table"]
    assert [each["Name"] for each in table["StorageDescriptor"]["Columns"]] == ["id"]
    assert table["VersionId"] == "1"


def test_tags_of_aws(setting: Setting) -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_GetTags.html"""
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "own"}, Tags={"team": "a"})
    arn = f"arn:aws:glue:{REGION}:{GOVERNANCE}:database/own"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"stage": "x"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"stage": "x"}


def test_tables_go_in_a_batch(setting: Setting) -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeleteTable.html: each by itself"""
    glue = setting.client("glue")
    glue.create_database(DatabaseInput={"Name": "own"})
    for name in ("a", "b"):
        glue.create_table(DatabaseName="own", TableInput={"Name": name})
    (error,) = glue.batch_delete_table(DatabaseName="own", TablesToDelete=["a", "nothing"])["Errors"]
    assert (error["TableName"], error["ErrorDetail"]["ErrorCode"]) == ("nothing", "EntityNotFoundException")
    assert [each["Name"] for each in glue.get_tables(DatabaseName="own")["TableList"]] == ["b"]


def test_a_database_is_changed_by_who_may_alter_it(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-alter"""
    glue = setting.client("glue")
    change = {"Name": "loans", "DatabaseInput": {"Name": "loans", "Description": "central"}}
    assert denied(glue.update_database, **change) == "AccessDeniedException"
    setting.grant(DATABASE, ["ALTER"], to=ADMIN)
    glue.update_database(**change)
    found = glue.get_database(Name="loans")["Database"]
    assert (found["Description"], found["CreateTableDefaultPermissions"]) == ("central", [])


def test_partitions_are_seen_by_who_sees_the_table(setting: Setting) -> None:
    """https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html"""
    setting.link()
    setting.grant(DATABASE, ["DESCRIBE"])
    asked = {"DatabaseName": "loans", "TableName": "payment"}
    assert denied(as_reader(setting).get_partitions, **asked) == "AccessDeniedException"
    setting.grant(columns("day", "sum", table="payment"), ["SELECT"])
    (found,) = as_reader(setting).get_partitions(**asked)["Partitions"]
    assert found["Values"] == ["day-1"]
    assert found["StorageDescriptor"]["Location"] == "s3://lake/payment/day=day-1/"
