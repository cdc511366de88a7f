"""The door: who is let in, what is refused, how it travels."""

from __future__ import annotations

import http.client
import io
from urllib.parse import urlparse

import pytest
import requests
from botocore.exceptions import EndpointConnectionError

from tests.emulator.call import Call
from tests.emulator.errors import AwsError
from tests.emulator.front import OPERATIONS, operation
from tests.emulator.identity import Credentials, add_user
from tests.emulator.server import Broken, serve
from tests.emulator.world import World
from tests.unit.emulator.house import ONE, REGION, STRANGER, TWO, House, refused

NOBODY = Credentials("AKIAXXXXXXXXXXXXXXXX", "secret")


def test_each_account_sees_its_own(house: House) -> None:
    house.client("iam").create_user(UserName="somebody")
    assert house.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ONE}:user/admin"
    assert house.client("sts", house.two).get_caller_identity()["Account"] == TWO
    assert [user["UserName"] for user in house.client("iam").list_users()["Users"]] == ["admin", "somebody"]
    assert [user["UserName"] for user in house.client("iam", house.two).list_users()["Users"]] == ["admin"]


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("glue", "get_databases", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_a_key_that_nobody_has_opens_nothing(house: House, service: str, call: str, code: str) -> None:
    assert refused(getattr(house.client(service, NOBODY), call))[0] == code
    assert house.world.trail[-1].caller is None


def test_a_service_that_is_not_there_is_refused_and_remembered(house: House) -> None:
    answer = requests.get(
        house.server.url,
        headers={
            "Authorization": f"AWS4-HMAC-SHA256 Credential={house.one.access_key}/20260101/{REGION}/ec2/aws4_request"
        },
        timeout=10,
    )
    assert answer.status_code == 501
    assert house.refusals() == ["ec2: no such service here"]


def test_an_unsigned_request_is_refused(house: House) -> None:
    assert requests.get(house.server.url, timeout=10).status_code == 501
    assert "no Signature Version 4" in house.refusals()[0]


def test_an_operation_without_its_actions_is_refused(house: House) -> None:
    code, text = refused(house.client("iam").list_groups)
    assert (code, "no entry in actions.py" in text) == ("Refused", True)
    assert house.refusals() == ["iam:ListGroups: no entry in actions.py"]


def test_a_run_that_asked_what_nobody_knows_fails() -> None:
    world = World()
    server = serve(world)
    with pytest.raises(Exception, match="Refused"):
        server.client("iam", add_user(ONE, "admin")).list_groups()
    with pytest.raises(Broken, match="refused: iam:ListGroups"):
        server.close()


def test_a_run_whose_answers_are_against_the_model_fails() -> None:
    world = World()
    world.violations.append("sts:AssumeRole: Credentials is lost on the wire")
    with pytest.raises(Broken, match="lost on the wire"):
        serve(world).close()


def test_an_error_of_the_emulator_itself_is_remembered(house: House) -> None:
    def look(_: World, __: Call) -> None:
        raise ZeroDivisionError("nobody expected this")

    house.world.after_each.append(look)
    assert refused(house.client("glue").get_databases)[0] == "500"
    assert house.world.violations == ["POST /: ZeroDivisionError('nobody expected this')"]
    house.world.violations.clear()


def test_an_operation_has_one_function() -> None:
    assert ("sts", "AssumeRole") in OPERATIONS
    with pytest.raises(ValueError, match="two functions"):
        operation("sts", "AssumeRole")(OPERATIONS["sts", "GetCallerIdentity"])


def test_a_request_against_its_model_gets_the_error_of_aws(house: House) -> None:
    unchecked = house.server.client("iam", house.one, REGION, parameter_validation=False)
    code, text = refused(lambda: unchecked.create_role(RoleName="a b", AssumeRolePolicyDocument="{}"))
    assert code == "ValidationError"
    assert text == (
        "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
    )
    code, text = refused(lambda: house.server.client("glue", house.one, REGION, parameter_validation=False).get_table())
    assert code == "ValidationException"
    assert text.startswith("2 validation errors detected: Value null at 'databaseName' failed")


def test_a_body_in_chunks_arrives(house: House) -> None:
    """Terraform's S3 backend and boto3's streams send so; it needs HTTP/1.1."""
    s3 = house.client("s3")
    s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="states", Key="a/b", Body=io.BytesIO(b"x" * 200_000))
    assert s3.get_object(Bucket="states", Key="a/b")["Body"].read() == b"x" * 200_000
    assert s3.head_object(Bucket="states", Key="a/b")["ContentLength"] == 200_000

    address = urlparse(house.server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port)
    scope = f"{house.one.access_key}/20260101/{REGION}/sts/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    parts = (part for part in (b"Action=GetCaller", b"Identity&Version=2011-06-15"))
    connection.request("POST", "/", body=parts, headers=headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, answer.version) == (200, 11)
    assert f"arn:aws:iam::{ONE}:user/admin".encode() in answer.read()
    connection.close()


def test_tests_look_at_the_world_after_each_call(house: House) -> None:
    seen: list[str] = []

    def look(world: World, call: Call) -> None:
        seen.append(f"{call} {len(world.trail)}")

    house.world.after_each.append(look)
    house.client("sts").get_caller_identity()
    refused(lambda: house.client("iam").get_role(RoleName="none"))
    assert seen == ["sts:GetCallerIdentity 1", "iam:GetRole 2"]


def test_reset_leaves_nothing(house: House) -> None:
    house.client("iam").create_user(UserName="somebody")
    house.world.reset()
    assert house.world.trail == []
    assert refused(house.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"


def test_a_stopped_server_answers_nobody() -> None:
    world = World()
    server = serve(world)
    client = server.client("sts", add_user(STRANGER, "admin"))
    server.close()
    with pytest.raises(EndpointConnectionError):
        client.get_caller_identity()


def test_an_error_carries_what_it_was_given() -> None:
    error = AwsError("EntityNotFoundException", "none", 404, FromFederationSource=False)
    assert (error.code, error.message, error.status, vars(error)["FromFederationSource"]) == (
        "EntityNotFoundException",
        "none",
        404,
        False,
    )
