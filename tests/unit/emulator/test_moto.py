"""What moto answers for us, in the caller's account and within the model: IAM policies and roles, buckets, objects."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.emulator.identity import add_user
from tests.unit.emulator.house import EVERYTHING, ONE, REGION, TWO, House, allow, document, refused, trusting

TAGS = [{"Key": "team", "Value": "lending"}]


def test_the_life_of_a_policy(house: House) -> None:
    iam = house.client("iam")
    made = iam.create_policy(PolicyName="reading", Path="/mesh/", PolicyDocument=document(allow("glue:GetTable")))
    arn = made["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{ONE}:policy/mesh/reading"
    iam.tag_policy(PolicyArn=arn, Tags=TAGS)
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == TAGS
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(EVERYTHING))
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]["Statement"] == [
        EVERYTHING
    ]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1
    assert [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]] == [arn]
    iam.delete_policy(PolicyArn=arn)
    assert refused(lambda: iam.get_policy(PolicyArn=arn))[0] == "NoSuchEntity"


def test_the_life_of_a_role(house: House) -> None:
    iam = house.client("iam", house.two)
    house.role("reader", f"arn:aws:iam::{ONE}:root", allow("glue:GetTable"))
    policy = iam.create_policy(PolicyName="reading", PolicyDocument=document(EVERYTHING))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="reader", PolicyArn=policy)
    assert iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"][0]["PolicyArn"] == policy
    assert iam.list_entities_for_policy(PolicyArn=policy)["PolicyRoles"][0]["RoleName"] == "reader"
    assert iam.list_role_policies(RoleName="reader")["PolicyNames"] == ["inline"]
    assert iam.get_role_policy(RoleName="reader", PolicyName="inline")["PolicyDocument"]["Statement"]
    iam.tag_role(RoleName="reader", Tags=TAGS)
    assert iam.list_role_tags(RoleName="reader")["Tags"] == TAGS
    iam.untag_role(RoleName="reader", TagKeys=["team"])
    iam.update_role(RoleName="reader", MaxSessionDuration=7200)
    assert iam.get_role(RoleName="reader")["Role"]["MaxSessionDuration"] == 7200
    assert iam.list_instance_profiles_for_role(RoleName="reader")["InstanceProfiles"] == []
    assert refused(lambda: iam.delete_role(RoleName="reader"))[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="reader", PolicyArn=policy)
    iam.delete_role_policy(RoleName="reader", PolicyName="inline")
    iam.delete_role(RoleName="reader")
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == []


def test_everything_about_roles_and_policies_at_once(house: House) -> None:
    iam = house.client("iam")
    arn = iam.create_policy(PolicyName="reading", PolicyDocument=document(EVERYTHING))["Policy"]["Arn"]
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=document(trusting(f"arn:aws:iam::{ONE}:root")))
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    pages = iam.get_paginator("get_account_authorization_details").paginate(
        Filter=["Role", "LocalManagedPolicy"], PaginationConfig={"PageSize": 1}
    )
    found = list(pages)
    assert [role["RoleName"] for page in found for role in page["RoleDetailList"]] == ["reader"]
    assert [policy["Arn"] for page in found for policy in page["Policies"]] == [arn]


def test_a_user_that_is_gone_is_nobody(house: House) -> None:
    iam = house.client("iam")
    iam.create_user(UserName="short")
    assert iam.get_user()["User"]["UserName"] == "admin"
    iam.delete_user(UserName="short")
    assert refused(lambda: iam.get_user(UserName="short"))[0] == "NoSuchEntity"


def test_what_stands_on_a_bucket(house: House) -> None:
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert s3.get_bucket_location(Bucket="lake")["LocationConstraint"] == REGION
    s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="lake")["Status"] == "Enabled"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.get_bucket_encryption(Bucket="lake")["ServerSideEncryptionConfiguration"]["Rules"]
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket="lake", PublicAccessBlockConfiguration=closed)
    assert s3.get_public_access_block(Bucket="lake")["PublicAccessBlockConfiguration"] == closed
    s3.delete_public_access_block(Bucket="lake")
    owner = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    s3.put_bucket_ownership_controls(Bucket="lake", OwnershipControls=owner)
    assert s3.get_bucket_ownership_controls(Bucket="lake")["OwnershipControls"] == owner
    s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": TAGS})
    assert s3.get_bucket_tagging(Bucket="lake")["TagSet"] == TAGS
    s3.get_bucket_acl(Bucket="lake")
    s3.get_bucket_logging(Bucket="lake")
    s3.get_bucket_request_payment(Bucket="lake")
    s3.get_bucket_notification_configuration(Bucket="lake")
    s3.get_bucket_accelerate_configuration(Bucket="lake")
    for absent in (
        s3.get_bucket_cors,
        s3.get_bucket_lifecycle_configuration,
        s3.get_bucket_policy,
        s3.get_bucket_replication,
        s3.get_bucket_website,
        s3.get_object_lock_configuration,
    ):
        assert refused(partial(absent, Bucket="lake"))[0].endswith(("Configuration", "Policy", "Error"))
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["lake"]
    assert house.client("s3", house.two).list_buckets()["Buckets"] == []


def test_objects(house: House) -> None:
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="a/1", Body=b"1")
    s3.copy_object(Bucket="lake", Key="a/2", CopySource="lake/a/1")
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="lake", Prefix="a/")["Contents"]] == ["a/1", "a/2"]
    assert len(s3.list_objects(Bucket="lake")["Contents"]) == 2
    assert len(s3.list_object_versions(Bucket="lake")["Versions"]) == 2
    s3.put_object_tagging(Bucket="lake", Key="a/1", Tagging={"TagSet": TAGS})
    assert s3.get_object_tagging(Bucket="lake", Key="a/1")["TagSet"] == TAGS
    upload = s3.create_multipart_upload(Bucket="lake", Key="big")["UploadId"]
    part = s3.upload_part(Bucket="lake", Key="big", UploadId=upload, PartNumber=1, Body=b"x")
    done = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket="lake", Key="big", UploadId=upload, MultipartUpload=done)
    other = s3.create_multipart_upload(Bucket="lake", Key="never")["UploadId"]
    s3.abort_multipart_upload(Bucket="lake", Key="never", UploadId=other)
    s3.head_bucket(Bucket="lake")
    assert refused(lambda: s3.delete_bucket(Bucket="lake"))[0] == "BucketNotEmpty"
    for key in ("a/1", "a/2", "big"):
        s3.delete_object(Bucket="lake", Key=key)
    s3.put_bucket_policy(Bucket="lake", Policy=document(trusting("*", "s3:*") | {"Resource": "arn:aws:s3:::lake/*"}))
    assert s3.get_bucket_policy(Bucket="lake")["Policy"]
    s3.get_bucket_policy_status(Bucket="lake")
    s3.delete_bucket_policy(Bucket="lake")
    s3.delete_bucket(Bucket="lake")
    assert refused(lambda: s3.head_bucket(Bucket="lake"))[0] == "404"


@pytest.mark.parametrize(
    ("action", "resource", "can"),
    [
        ("s3:GetObject", "arn:aws:s3:::lake/a/*", {"get", "head"}),
        ("s3:PutObject", "arn:aws:s3:::lake/a/1", {"put"}),
        ("s3:ListBucket", "arn:aws:s3:::lake", {"list"}),
        ("s3:*", "arn:aws:s3:::lake", {"list"}),
        ("s3:*", "arn:aws:s3:::lake/b", set()),
        (["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::lake/a/*", {"get", "head", "put", "copy"}),
    ],
)
def test_which_action_opens_which_call(house: House, action: str, resource: str, can: set[str]) -> None:
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="a/1", Body=b"1")
    mine = house.client("s3", add_user(ONE, "somebody", document(allow(action, resource))))
    where = {"Bucket": "lake", "Key": "a/1"}
    calls: dict[str, Callable[[], object]] = {
        "get": lambda: mine.get_object(**where),
        "head": lambda: mine.head_object(**where),
        "put": lambda: mine.put_object(**where, Body=b"2"),
        "copy": lambda: mine.copy_object(Bucket="lake", Key="a/2", CopySource="lake/a/1"),
        "list": lambda: mine.list_objects_v2(Bucket="lake"),
    }
    for name, call in calls.items():
        if name in can:
            call()
        else:
            assert refused(call)[0] in ("AccessDenied", "403")


def test_an_object_under_a_key_asks_for_the_key(house: House) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
    key = f"arn:aws:kms:{REGION}:{ONE}:key/0a"
    house.client("s3").create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    where = {"Bucket": "lake", "Key": "a"}
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    writer, reader = (
        house.client("s3", add_user(ONE, action, document(allow("s3:*"), allow(f"kms:{action}", key))))
        for action in ("GenerateDataKey", "Decrypt")
    )
    writer.put_object(**where, **under, Body=b"1")
    assert "kms:Decrypt" in refused(lambda: writer.get_object(**where))[1]
    assert "kms:Decrypt" in refused(lambda: writer.create_multipart_upload(**where, **under))[1]
    assert reader.get_object(**where)["SSEKMSKeyId"] == key
    assert "kms:GenerateDataKey" in refused(lambda: reader.put_object(**where, **under, Body=b"2"))[1]
    reader.put_object(Bucket="lake", Key="plain", Body=b"3")
    refused(lambda: writer.put_object(**where, Body=b"4", ServerSideEncryption="aws:kms", SSEKMSKeyId="alias/states"))
    assert house.refusals()


def test_an_object_is_written_only_if_there_is_none(house: House) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="lake", Key="a", Body=b"1", IfNoneMatch="*")
    assert refused(lambda: s3.put_object(Bucket="lake", Key="a", Body=b"2", IfNoneMatch="*"))[0] == "PreconditionFailed"
    assert s3.get_object(Bucket="lake", Key="a")["Body"].read() == b"1"


def test_a_bucket_belongs_to_its_account(house: House) -> None:
    s3 = house.client("s3")
    s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert TWO not in str(s3.get_bucket_acl(Bucket="lake")["Owner"])
    assert refused(lambda: house.client("s3", house.two).list_objects_v2(Bucket="lake"))[0] == "AccessDenied"
