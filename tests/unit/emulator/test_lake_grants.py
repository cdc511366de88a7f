"""Grants: AWS's own examples, what cannot be granted, who may, and how it is listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.seed import add_role
from tests.unit.emulator.lake import (
    ADMIN,
    CONSUMER,
    DATABASE,
    GOVERNANCE,
    READER,
    TABLE,
    Document,
    Setting,
    columns,
    start,
    trust,
)

USER = f"arn:aws:iam::{GOVERNANCE}:user/datalake_user1"
LOAN = {"CatalogId": GOVERNANCE, "DatabaseName": "loans", "Name": "loan"}
ALL_TABLES = {"Table": {"DatabaseName": "loans", "TableWildcard": {}}}
EXCEPT = {
    "TableWithColumns": {
        "DatabaseName": "loans",
        "Name": "loan",
        "ColumnWildcard": {"ExcludedColumnNames": ["email"]},
    }
}


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    made.client("lakeformation", name="datalake_user1")
    yield made
    made.server.close()


def held(setting: Setting, principal: str = USER) -> list[tuple[Any, list[str]]]:
    """What is listed of a principal: resource and permissions."""
    found = [each for each in setting.listed() if each["Principal"]["DataLakePrincipalIdentifier"] == principal]
    return [(each["Resource"], each["Permissions"]) for each in found]


def refused(setting: Setting, resource: Document, permissions: list[str], to: str = USER) -> str:
    with pytest.raises(ClientError) as error:
        setting.grant(resource, permissions, to=to)
    assert error.value.response["Error"]["Code"] == "InvalidInputException"
    return str(error.value.response["Error"]["Message"])


@pytest.mark.parametrize(
    ("resource", "permission"),
    [
        ({"Database": {"Name": "loans"}}, "ALTER"),
        ({"Table": {"DatabaseName": "loans", "Name": "loan"}}, "ALTER"),
        ({"Catalog": {}}, "CREATE_DATABASE"),
        ({"Database": {"Name": "loans"}}, "CREATE_TABLE"),
        ({"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/loan"}}, "DATA_LOCATION_ACCESS"),
        ({"Table": {"DatabaseName": "loans", "Name": "loan"}}, "DELETE"),
        ({"Database": {"Name": "loans"}}, "DROP"),
        ({"Table": {"DatabaseName": "loans", "Name": "loan"}}, "INSERT"),
        ({"Table": {"DatabaseName": "loans", "Name": "loan"}}, "SELECT"),
        (columns("id", "rate"), "SELECT"),
        (EXCEPT, "SELECT"),
    ],
)
def test_examples_of_aws(setting: Setting, resource: Document, permission: str) -> None:
    """Each grant of the permissions reference, taken, listed and given back.

    https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html
    """
    setting.grant(resource, [permission], to=USER)
    assert [permissions for _, permissions in held(setting)] == [[permission]]
    setting.revoke(resource, [permission], to=USER)
    assert held(setting) == []


def test_a_whole_table_is_listed_as_aws_does(setting: Setting) -> None:
    """AWS CLI, list-permissions, example 2: the creator of a table, SELECT apart."""
    sync = f"arn:aws:iam::{GOVERNANCE}:role/catalog-sync"
    found = [each for each in setting.listed(Resource=TABLE) if sync in str(each["Principal"])]
    rest = ["ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT"]
    assert found == [
        {
            "Principal": {"DataLakePrincipalIdentifier": sync},
            "Resource": {"Table": LOAN},
            "Permissions": rest,
            "PermissionsWithGrantOption": rest,
        },
        {
            "Principal": {"DataLakePrincipalIdentifier": sync},
            "Resource": {"TableWithColumns": {**LOAN, "ColumnWildcard": {}}},
            "Permissions": ["SELECT"],
            "PermissionsWithGrantOption": ["SELECT"],
        },
    ]


def test_databases_are_listed_by_type_in_pages(setting: Setting) -> None:
    """AWS CLI, list-permissions, example 1."""
    setting.grant(DATABASE, ["DESCRIBE"], to=USER)
    setting.grant(TABLE, ["DESCRIBE"], to=USER)
    client = setting.client("lakeformation")
    first = client.list_permissions(CatalogId=GOVERNANCE, ResourceType="DATABASE", MaxResults=1)
    second = client.list_permissions(ResourceType="DATABASE", MaxResults=1, NextToken=first["NextToken"])
    found = [*first["PrincipalResourcePermissions"], *second["PrincipalResourcePermissions"]]
    assert "NextToken" not in second
    assert {
        "Principal": {"DataLakePrincipalIdentifier": USER},
        "Resource": {"Database": {"CatalogId": GOVERNANCE, "Name": "loans"}},
        "Permissions": ["DESCRIBE"],
        "PermissionsWithGrantOption": [],
    } in found
    assert all("Database" in each["Resource"] for each in found)


def test_permissions_on_a_tag_are_found_by_one_of_its_values(setting: Setting) -> None:
    """AWS CLI, list-permissions, example 3."""
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="category", TagValues=["private", "public"])
    setting.grant({"LFTag": {"TagKey": "category", "TagValues": ["*"]}}, ["DESCRIBE"], to=USER)
    (found,) = setting.listed(Resource={"LFTag": {"TagKey": "category", "TagValues": ["private"]}}, MaxResults=10)
    assert found["Resource"] == {"LFTag": {"CatalogId": GOVERNANCE, "TagKey": "category", "TagValues": ["*"]}}
    assert found["Permissions"] == ["DESCRIBE"]


def test_named_columns_are_listed_together(setting: Setting) -> None:
    setting.grant(columns("rate"), ["SELECT"])
    setting.grant(columns("id"), ["SELECT"])
    listed = {"TableWithColumns": {**LOAN, "ColumnNames": ["id", "rate"]}}
    assert held(setting, READER) == [(listed, ["SELECT"])]
    setting.revoke(columns("rate"), ["SELECT"])
    assert held(setting, READER) == [({"TableWithColumns": {**LOAN, "ColumnNames": ["id"]}}, ["SELECT"])]


def test_all_tables_are_listed_by_their_name(setting: Setting) -> None:
    setting.grant(ALL_TABLES, ["DESCRIBE", "SELECT"], to=USER)
    every = {"CatalogId": GOVERNANCE, "DatabaseName": "loans", "Name": "ALL_TABLES"}
    assert held(setting) == [
        ({"Table": {**every, "TableWildcard": {}}}, ["DESCRIBE"]),
        ({"TableWithColumns": {**every, "ColumnWildcard": {}}}, ["SELECT"]),
    ]


@pytest.mark.parametrize(
    ("resource", "permission"),
    [
        (DATABASE, "SELECT"),
        (TABLE, "CREATE_TABLE"),
        (columns("id"), "DESCRIBE"),
        ({"Catalog": {}}, "SELECT"),
        ({"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/loan"}}, "SELECT"),
    ],
)
def test_a_permission_of_another_resource_is_invalid(setting: Setting, resource: Document, permission: str) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#lf-resource-permissions-summary"""
    assert refused(setting, resource, [permission]) == "Permissions modification is invalid."


def test_columns_and_the_whole_table_do_not_go_together(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-describe, #perm-select"""
    setting.grant(columns("id"), ["SELECT"], to=USER)
    assert refused(setting, TABLE, ["DESCRIBE"]) == "Permissions modification is invalid."
    assert refused(setting, TABLE, ["INSERT"]) == "Permissions modification is invalid."
    setting.revoke(columns("id"), ["SELECT"], to=USER)
    setting.grant(TABLE, ["DESCRIBE"], to=USER)
    assert refused(setting, columns("id"), ["SELECT"]) == "Permissions modification is invalid."
    assert refused(setting, EXCEPT, ["SELECT"]) == "Permissions modification is invalid."


def test_a_column_that_is_not_there(setting: Setting) -> None:
    assert "non-existent column" in refused(setting, columns("nothing"), ["SELECT"])
    assert "non-existent column" in refused(setting, columns("id", "nothing"), ["SELECT"])
    assert held(setting) == []


@pytest.mark.parametrize(
    "resource",
    [
        {"Database": {"Name": "nothing"}},
        {"Table": {"DatabaseName": "loans", "Name": "nothing"}},
        {"LFTag": {"TagKey": "nothing", "TagValues": ["x"]}},
        {
            "LFTagPolicy": {
                "ResourceType": "TABLE",
                "Expression": [{"TagKey": "nothing", "TagValues": ["x"]}],
            }
        },
    ],
)
def test_what_is_not_there(setting: Setting, resource: Document) -> None:
    with pytest.raises(ClientError) as error:
        setting.grant(resource, ["DESCRIBE"], to=USER)
    assert error.value.response["Error"]["Code"] == "EntityNotFoundException"


def test_a_principal_that_is_not_there(setting: Setting) -> None:
    assert refused(setting, DATABASE, ["DESCRIBE"], to=USER + "2").startswith("Invalid principal")
    assert refused(setting, DATABASE, ["DESCRIBE"], to="somebody").startswith("Invalid principal")


def test_to_another_account_no_super_and_no_drop_on_a_database(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html"""
    for permission in ("ALL", "DROP"):
        assert refused(setting, DATABASE, [permission], to=READER) == "Permissions modification is invalid."
    setting.grant(DATABASE, ["DESCRIBE"])


def test_the_text_of_a_second_revoke(setting: Setting) -> None:
    """What the provider's destroy waits for: 5.100, internal/service/lakeformation/permissions.go."""
    for resource, permissions in ((DATABASE, ["DESCRIBE"]), (columns("id"), ["SELECT"]), (TABLE, ["DELETE", "INSERT"])):
        with pytest.raises(ClientError, match=r"No permissions revoked\. Grantee has no"):
            setting.revoke(resource, permissions, to=USER)
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="category", TagValues=["private"])
    with pytest.raises(ClientError, match=r"No permissions revoked\. Revoking Tag permissions on Tags"):
        setting.revoke({"LFTag": {"TagKey": "category", "TagValues": ["private"]}}, ["DESCRIBE"], to=USER)


def test_a_second_revoke_does_not_see_what_else_is_held(setting: Setting) -> None:
    setting.grant(TABLE, ["DESCRIBE", "SELECT"], to=USER)
    setting.revoke(TABLE, ["SELECT"], to=USER)
    with pytest.raises(ClientError, match=r"No permissions revoked\. Grantee has no SELECT"):
        setting.revoke(TABLE, ["SELECT"], to=USER)


def test_a_revoke_takes_all_or_nothing(setting: Setting) -> None:
    setting.grant(TABLE, ["DESCRIBE", "SELECT"], to=USER)
    with pytest.raises(ClientError, match=r"No permissions revoked\. Grantee does not have: INSERT\."):
        setting.revoke(TABLE, ["INSERT", "SELECT"], to=USER)
    setting.revoke(TABLE, ["SELECT"], to=USER)
    assert held(setting) == [({"Table": LOAN}, ["DESCRIBE"])]


def test_super_stands_beside_what_is_granted_besides(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-super"""
    setting.grant(TABLE, ["ALL", "INSERT", "SELECT"], to=USER)
    setting.revoke(TABLE, ["ALL"], to=USER)
    assert held(setting) == [
        ({"Table": LOAN}, ["INSERT"]),
        ({"TableWithColumns": {**LOAN, "ColumnWildcard": {}}}, ["SELECT"]),
    ]


def test_a_batch_names_what_failed(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_BatchGrantPermissions.html"""
    client = setting.client("lakeformation")
    principal = {"DataLakePrincipalIdentifier": USER}
    good = {"Id": "1", "Principal": principal, "Resource": TABLE, "Permissions": ["SELECT"]}
    bad = {"Id": "2", "Principal": principal, "Resource": columns("nothing"), "Permissions": ["SELECT"]}
    (failure,) = client.batch_grant_permissions(Entries=[bad, good])["Failures"]
    assert (failure["RequestEntry"]["Id"], failure["Error"]["ErrorCode"]) == ("2", "InvalidInputException")
    assert [permissions for _, permissions in held(setting)] == [["SELECT"]]
    assert client.batch_revoke_permissions(Entries=[good])["Failures"] == []
    assert held(setting) == []
    with pytest.raises(ClientError, match="at most 20 entries"):
        client.batch_grant_permissions(Entries=[good | {"Id": str(number)} for number in range(21)])


def test_who_may_grant(setting: Setting) -> None:
    """Administrators, and who holds the grant option for what he holds it on: lf-permissions-overview.html."""
    add_role(GOVERNANCE, "other", trust(GOVERNANCE))
    other = {"DataLakePrincipalIdentifier": f"arn:aws:iam::{GOVERNANCE}:role/other"}
    user = setting.client("lakeformation", name="datalake_user1")

    def try_it(permission: str = "SELECT") -> str:
        try:
            user.grant_permissions(Principal=other, Resource=columns("id"), Permissions=[permission])
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "granted"

    assert try_it() == "AccessDeniedException"
    setting.grant(TABLE, ["SELECT"], to=USER)
    assert try_it() == "AccessDeniedException"
    setting.client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": USER},
        Resource=TABLE,
        Permissions=["SELECT"],
        PermissionsWithGrantOption=["SELECT"],
    )
    assert try_it() == "granted"
    with pytest.raises(ClientError) as denied:
        user.grant_permissions(Principal=other, Resource=TABLE, Permissions=["INSERT"])
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


def test_others_see_their_own_grants_only(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/viewing-permissions.html"""
    setting.grant(TABLE, ["SELECT"], to=USER)
    setting.grant(columns("id"), ["SELECT"])
    found = setting.client("lakeformation", name="datalake_user1").list_permissions()["PrincipalResourcePermissions"]
    assert {each["Principal"]["DataLakePrincipalIdentifier"] for each in found} == {USER}


def effective(setting: Setting, resource: Document, principal: str = READER) -> list[tuple[str, list[str]]]:
    """Kind of resource and permissions, with both principal and resource asked for."""
    found = setting.listed(Principal={"DataLakePrincipalIdentifier": principal}, Resource=resource)
    assert {each["Principal"]["DataLakePrincipalIdentifier"] for each in found} <= {principal}
    return [(next(iter(each["Resource"])), each["Permissions"]) for each in found]


def test_principal_and_resource_together_ask_for_what_is_in_effect(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_ListPermissions.html;
    seen with IAMAllowedPrincipals: https://github.com/hashicorp/terraform-provider-aws/issues/36827
    """
    setting.grant(DATABASE, ["DESCRIBE"])
    assert effective(setting, DATABASE) == [("Database", ["DESCRIBE"])]
    setting.grant(DATABASE, ["ALL"], to="IAM_ALLOWED_PRINCIPALS")
    everything = ["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"]
    assert effective(setting, DATABASE) == [("Database", everything)]
    assert held(setting, READER) == [({"Database": {"CatalogId": GOVERNANCE, "Name": "loans"}}, ["DESCRIBE"])]


def test_tag_policies_are_in_effect_on_the_table(setting: Setting) -> None:
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="class", TagValues=["open"])
    tag = [{"TagKey": "class", "TagValues": ["open"]}]
    setting.grant({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}, ["DESCRIBE", "SELECT"])
    client.add_lf_tags_to_resource(Resource=columns("rate"), LFTags=tag)
    setting.grant(columns("id"), ["SELECT"])
    assert effective(setting, TABLE) == [("TableWithColumns", ["SELECT"])]
    (found,) = setting.listed(Principal={"DataLakePrincipalIdentifier": READER}, Resource=TABLE)
    assert found["Resource"]["TableWithColumns"]["ColumnNames"] == ["id", "rate"]
    client.add_lf_tags_to_resource(Resource=TABLE, LFTags=tag)
    assert effective(setting, TABLE) == [
        ("Table", ["DESCRIBE"]),
        ("TableWithColumns", ["SELECT"]),
        ("TableWithColumns", ["SELECT"]),
    ]


@pytest.mark.parametrize(("answer", "expected"), [("granted", [("Database", ["DESCRIBE"])]), ("empty", [])])
def test_what_is_told_of_other_accounts_can_be_played(setting: Setting, answer: Any, expected: Any) -> None:
    setting.grant(DATABASE, ["DESCRIBE"])
    setting.grant(DATABASE, ["ALL"], to="IAM_ALLOWED_PRINCIPALS")
    setting.lake().cross_account_listing = answer
    assert effective(setting, DATABASE) == expected
    assert effective(setting, DATABASE, ADMIN)[0][1][0] == "ALL"


def test_a_dropped_table_takes_its_grants_along(setting: Setting) -> None:
    setting.grant(columns("id"), ["SELECT"], to=USER)
    setting.grant(TABLE, ["DROP"], to=ADMIN)
    setting.client("glue").delete_table(DatabaseName="loans", Name="loan")
    assert held(setting) == []
    assert held(setting, ADMIN) == []


def test_grants_need_a_version_that_shares_with_principals(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html"""
    setting.lake().settings["Parameters"]["CROSS_ACCOUNT_VERSION"] = "2"
    assert "minimal version v3" in refused(setting, DATABASE, ["DESCRIBE"], to=READER)
    setting.grant(DATABASE, ["DESCRIBE"], to=USER)
    assert CONSUMER in READER
