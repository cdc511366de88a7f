"""Settings, registered locations, and what cannot be done with them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.emulator.identity import add_user
from tests.unit.emulator.lake import ADMIN, GOVERNANCE, READER, TABLE, Setting, document, start

ROLE = f"arn:aws:iam::{GOVERNANCE}:role/lake-registration"
LAKE = "arn:aws:s3:::lake/loan"
NEW = "400000000001"


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start(register=False)
    yield made
    made.server.close()


def test_the_settings_of_a_new_account(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html; AWS CLI, get-data-lake-settings"""
    found = setting.client("lakeformation", NEW).get_data_lake_settings()["DataLakeSettings"]
    iam = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
    assert found["CreateDatabaseDefaultPermissions"] == iam
    assert found["CreateTableDefaultPermissions"] == iam
    assert found["DataLakeAdmins"] == []
    assert found["Parameters"] == {"CROSS_ACCOUNT_VERSION": "1", "SET_CONTEXT": "TRUE"}


def test_a_put_replaces_everything(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/APIReference/API_PutDataLakeSettings.html"""
    client = setting.client("lakeformation")
    client.put_data_lake_settings(DataLakeSettings={"TrustedResourceOwners": [NEW]})
    found = client.get_data_lake_settings()["DataLakeSettings"]
    assert found["TrustedResourceOwners"] == [NEW]
    assert (found["DataLakeAdmins"], found["CreateTableDefaultPermissions"]) == ([], [])
    assert found["Parameters"]["CROSS_ACCOUNT_VERSION"] == "1"
    with pytest.raises(ClientError, match="not authorized to access requested permissions"):
        setting.grant(TABLE, ["SELECT"])


def test_version_5_has_no_way_back(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/optimize-ram.html"""
    client = setting.client("lakeformation")
    client.put_data_lake_settings(DataLakeSettings={"Parameters": {"CROSS_ACCOUNT_VERSION": "5"}})
    with pytest.raises(ClientError, match="Invalid CROSS_ACCOUNT_VERSION"):
        client.put_data_lake_settings(DataLakeSettings={"Parameters": {"CROSS_ACCOUNT_VERSION": "4"}})


def test_an_administrator_must_be_there(setting: Setting) -> None:
    nobody = [{"DataLakePrincipalIdentifier": ADMIN + "2"}]
    with pytest.raises(ClientError, match="Invalid principal"):
        setting.client("lakeformation").put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": nobody})


def test_a_location_is_registered_once(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/register-location.html"""
    client = setting.client("lakeformation")
    client.register_resource(ResourceArn=LAKE, RoleArn=ROLE, HybridAccessEnabled=True)
    found = client.describe_resource(ResourceArn=LAKE)["ResourceInfo"]
    assert (found["ResourceArn"], found["RoleArn"], found["HybridAccessEnabled"]) == (LAKE, ROLE, True)
    with pytest.raises(ClientError) as again:
        client.register_resource(ResourceArn=LAKE + "/", RoleArn=ROLE)
    assert again.value.response["Error"]["Code"] == "AlreadyExistsException"
    client.update_resource(ResourceArn=LAKE, RoleArn=ROLE, HybridAccessEnabled=False)
    assert [each["HybridAccessEnabled"] for each in client.list_resources()["ResourceInfoList"]] == [False]
    client.deregister_resource(ResourceArn=LAKE)
    with pytest.raises(ClientError) as gone:
        client.describe_resource(ResourceArn=LAKE)
    assert gone.value.response["Error"]["Code"] == "EntityNotFoundException"


def test_a_role_is_passed_by_whoever_registers_with_it(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/permissions-reference.html"""
    only = json.dumps(document("lakeformation:*", "*"))
    setting.users[f"{GOVERNANCE}/registrar"] = add_user(GOVERNANCE, "registrar", only)
    with pytest.raises(ClientError, match="iam:PassRole"):
        setting.client("lakeformation", name="registrar").register_resource(ResourceArn=LAKE, RoleArn=ROLE)
    assert setting.lake().locations == {}


def test_another_accounts_bucket_takes_a_role_of_yours(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"""
    client = setting.client("lakeformation")
    with pytest.raises(ClientError, match="user-defined role"):
        client.register_resource(ResourceArn=LAKE, UseServiceLinkedRole=True)
    setting.client("s3").create_bucket(Bucket="own", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.register_resource(ResourceArn="arn:aws:s3:::own", UseServiceLinkedRole=True)
    with pytest.raises(ClientError, match="cannot be updated"):
        client.update_resource(ResourceArn="arn:aws:s3:::own", RoleArn=ROLE)


def test_an_opt_in_is_an_administrators(setting: Setting) -> None:
    """https://docs.aws.amazon.com/lake-formation/latest/dg/notes-hybrid.html"""
    analyst = setting.client("lakeformation", name="analyst")
    principal = {"DataLakePrincipalIdentifier": READER}
    for call in (analyst.create_lake_formation_opt_in, analyst.delete_lake_formation_opt_in):
        with pytest.raises(ClientError, match="Insufficient Lake Formation permission"):
            call(Principal=principal, Resource=TABLE)
    with pytest.raises(ClientError) as gone:
        setting.client("lakeformation").delete_lake_formation_opt_in(Principal=principal, Resource=TABLE)
    assert gone.value.response["Error"]["Code"] == "EntityNotFoundException"
