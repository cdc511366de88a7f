"""What a call needs: the actions, and the resources that each is checked on.

From the Service Authorization Reference, a page for each service:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
An operation that is not here is refused, whoever could answer it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tests.emulator import arns
from tests.emulator.call import Call
from tests.emulator.errors import Refused
from tests.emulator.lambda_service.state import arn_of

Need: TypeAlias = tuple[str, str]
Needs: TypeAlias = Callable[[Call], Iterator[Need]]

_TABLE: dict[tuple[str, str], Needs] = {}


def needed(call: Call) -> Iterator[Need]:
    """(action, resource ARN or `*`), in the order they are checked. Raises Refused for an operation without entry."""
    needs = _TABLE.get((call.service, call.operation))
    if needs is None:
        raise Refused("no entry in actions.py")
    return needs(call)


def known() -> frozenset[tuple[str, str]]:
    """Every (service, operation) with an entry."""
    return frozenset(_TABLE)


def _enter(service: str, operations: str, *resources: Callable[[Call], str]) -> None:
    """Operations with an action of their own name. Without a resource: they check what they need themselves."""
    for operation in operations.split():

        def needs(call: Call, action: str = f"{service}:{operation}") -> Iterator[Need]:
            for resource in resources:
                yield action, resource(call)

        _TABLE[service, operation] = needs


def _rename(service: str, renamed: dict[str, str], resource: Callable[[Call], str]) -> None:
    """Operations whose action has another name."""
    for operation, action in renamed.items():

        def needs(call: Call, action: str = f"{service}:{action}") -> Iterator[Need]:
            yield action, resource(call)

        _TABLE[service, operation] = needs


_enter("sts", "AssumeRole GetCallerIdentity")
_enter("cloudtrail", "LookupEvents", arns.anything)
_enter("organizations", "DescribeOrganization ListAccounts", arns.anything)

_enter(
    "iam",
    "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy GetRole"
    " GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies ListRoleTags"
    " PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole",
    arns.role,
)
_enter(
    "iam",
    "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion"
    " ListEntitiesForPolicy ListPolicyTags ListPolicyVersions SetDefaultPolicyVersion TagPolicy UntagPolicy",
    arns.policy,
)
_enter("iam", "AttachUserPolicy CreateUser DetachUserPolicy DeleteUser GetUser", arns.user)
_enter("iam", "AddUserToGroup AttachGroupPolicy CreateGroup", arns.group)
_enter("iam", "GetAccountAuthorizationDetails ListPolicies ListRoles ListUsers", arns.anything)

_enter(
    "lakeformation",
    "AddLFTagsToResource BatchGrantPermissions BatchRevokePermissions CreateLFTag CreateLakeFormationOptIn DeleteLFTag"
    " DeleteLakeFormationOptIn DeregisterResource DescribeResource GetDataLakeSettings GetLFTag GetResourceLFTags"
    " GrantPermissions ListLFTags ListLakeFormationOptIns ListPermissions ListResources PutDataLakeSettings"
    " RegisterResource RemoveLFTagsFromResource RevokePermissions SearchDatabasesByLFTags SearchTablesByLFTags"
    " UpdateLFTag UpdateResource",
    arns.anything,
)

_enter("glue", "CreateDatabase GetDatabase UpdateDatabase", arns.catalog, arns.database)
_enter("glue", "GetDatabases", arns.catalog, arns.every_database)
_enter("glue", "DeleteDatabase", arns.catalog, arns.database, arns.every_table, arns.every_function)
_enter(
    "glue",
    "CreateTable DeleteTable GetPartitions GetTable UpdateTable",
    arns.catalog,
    arns.database,
    arns.table,
)
_enter("glue", "GetTables", arns.catalog, arns.database, arns.every_table)
_enter("glue", "GetTags TagResource UntagResource", arns.given("ResourceArn"))


def _delete_tables(call: Call) -> Iterator[Need]:
    for resource in (arns.catalog(call), arns.database(call), *arns.tables_to_delete(call)):
        yield "glue:BatchDeleteTable", resource


_TABLE["glue", "BatchDeleteTable"] = _delete_tables

_enter(
    "ram",
    "GetResourceShareAssociations GetResourceShareInvitations GetResourceShares ListPrincipals ListResources",
    arns.anything,
)
_enter("ram", "AcceptResourceShareInvitation RejectResourceShareInvitation", arns.given("resourceShareInvitationArn"))

_enter(
    "lambda",
    "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration ListTags"
    " ListVersionsByFunction TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration",
    arn_of,
)
_rename("lambda", {"Invoke": "InvokeFunction"}, arn_of)

_enter(
    "logs",
    "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeLogGroups FilterLogEvents PutRetentionPolicy",
    arns.log_group,
)
_enter("logs", "ListTagsForResource TagResource UntagResource", arns.given("resourceArn"))

_enter("redshift", "DescribeClusters", arns.cluster)
_enter("redshift", "DescribeDataShares DescribeDataSharesForConsumer DescribeDataSharesForProducer", arns.anything)
_enter(
    "redshift",
    "AssociateDataShareConsumer AuthorizeDataShare DeauthorizeDataShare DisassociateDataShareConsumer RejectDataShare",
    arns.given("DataShareArn"),
)
_enter("redshift", "GetClusterCredentials GetClusterCredentialsWithIAM")
_enter(
    "redshift-data",
    "BatchExecuteStatement CancelStatement DescribeStatement ExecuteStatement GetStatementResult ListStatements",
)
_enter("redshift-serverless", "GetCredentials GetNamespace GetWorkgroup")

_enter(
    "s3",
    "CreateBucket DeleteBucket DeleteBucketPolicy GetBucketAcl GetBucketLocation GetBucketLogging"
    " GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketRequestPayment GetBucketTagging"
    " GetBucketVersioning GetBucketWebsite PutBucketOwnershipControls PutBucketPolicy PutBucketTagging"
    " PutBucketVersioning",
    arns.bucket,
)
_rename(
    "s3",
    {
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    },
    arns.bucket,
)
_enter("s3", "AbortMultipartUpload DeleteObject GetObjectTagging PutObjectTagging", arns.s3_object)
_rename(
    "s3",
    {
        "CompleteMultipartUpload": "PutObject",
        "HeadObject": "GetObject",
        "UploadPart": "PutObject",
    },
    arns.s3_object,
)
_rename("s3", {"ListBuckets": "ListAllMyBuckets"}, arns.anything)


def _get_object(call: Call) -> Iterator[Need]:
    """S3 decrypts in the caller's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
    yield "s3:GetObject", arns.s3_object(call)
    if key := arns.key_of_object(call):
        yield "kms:Decrypt", key


def _put_object(call: Call) -> Iterator[Need]:
    """An upload in parts is read again, to be put together."""
    yield "s3:PutObject", arns.s3_object(call)
    if key := arns.key_to_encrypt(call):
        yield "kms:GenerateDataKey", key
        if call.operation == "CreateMultipartUpload":
            yield "kms:Decrypt", key


_TABLE["s3", "GetObject"] = _get_object
_TABLE["s3", "PutObject"] = _TABLE["s3", "CreateMultipartUpload"] = _put_object


def _copy(call: Call) -> Iterator[Need]:
    yield "s3:GetObject", arns.copy_source(call)
    yield "s3:PutObject", arns.s3_object(call)


_TABLE["s3", "CopyObject"] = _copy
