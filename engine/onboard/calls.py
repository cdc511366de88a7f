"""What is called in AWS: by Terraform's provider for each kind of resource that is emitted, and by Meshwarden itself.

Read off the provider's source, version 5.100, and off `engine/live`. An action has its API operation's name unless said
otherwise, and the resources that the Service Authorization Reference lists for it.
"""

from __future__ import annotations

from dataclasses import dataclass

_PROVIDER = "https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service"
_REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference"

IAM = f"{_REFERENCE}/list_awsidentityandaccessmanagementiam.html"
GLUE = f"{_REFERENCE}/list_awsglue.html"
GLUE_ARNS = "https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html"
LAKE_FORMATION = f"{_REFERENCE}/list_awslakeformation.html"
CLOUDTRAIL = f"{_REFERENCE}/list_awscloudtrail.html"
RAM = f"{_REFERENCE}/list_awsresourceaccessmanagerram.html"
LAMBDA = f"{_REFERENCE}/list_awslambda.html"
LOGS = f"{_REFERENCE}/list_amazoncloudwatchlogs.html"
REDSHIFT = f"{_REFERENCE}/list_amazonredshift.html"
REDSHIFT_DATA = f"{_REFERENCE}/list_amazonredshiftdataapi.html"
REDSHIFT_SERVERLESS = f"{_REFERENCE}/list_amazonredshiftserverless.html"
REGISTRATION = "https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html"
CROSS_ACCOUNT = (
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLakeFormationCrossAccountManager.html"
)


@dataclass(frozen=True, slots=True)
class Calls:
    """The actions of one kind of resource: those that Terraform needs to plan, and those that change something."""

    reads: tuple[str, ...]
    changes: tuple[str, ...]
    source: str


TERRAFORM = {
    "aws_iam_role": Calls(
        (
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
        ),
        ("iam:CreateRole", "iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
        f"{_PROVIDER}/iam/role.go",
    ),
    "aws_iam_role_policy": Calls(
        ("iam:GetRolePolicy",),
        ("iam:DeleteRolePolicy", "iam:PutRolePolicy"),
        f"{_PROVIDER}/iam/role_policy.go",
    ),
    "aws_iam_role_policy_attachment": Calls(
        ("iam:ListAttachedRolePolicies",),
        ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        f"{_PROVIDER}/iam/role_policy_attachment.go",
    ),
    "aws_iam_policy": Calls(
        ("iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions"),
        ("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion"),
        f"{_PROVIDER}/iam/policy.go",
    ),
    "aws_glue_catalog_database": Calls(
        ("glue:GetDatabase", "glue:GetTags"),
        ("glue:CreateDatabase", "glue:DeleteDatabase"),
        f"{_PROVIDER}/glue/catalog_database.go",
    ),
    "aws_lakeformation_data_lake_settings": Calls(
        ("lakeformation:GetDataLakeSettings",),
        ("lakeformation:PutDataLakeSettings",),
        f"{_PROVIDER}/lakeformation/data_lake_settings.go",
    ),
    "aws_lakeformation_lf_tag": Calls(
        ("lakeformation:GetLFTag",),
        ("lakeformation:CreateLFTag", "lakeformation:DeleteLFTag", "lakeformation:UpdateLFTag"),
        f"{_PROVIDER}/lakeformation/lf_tag.go",
    ),
    "aws_lakeformation_opt_in": Calls(
        ("lakeformation:ListLakeFormationOptIns",),
        ("lakeformation:CreateLakeFormationOptIn", "lakeformation:DeleteLakeFormationOptIn"),
        f"{_PROVIDER}/lakeformation/opt_in.go",
    ),
    "aws_lakeformation_resource": Calls(
        ("lakeformation:DescribeResource",),
        ("lakeformation:DeregisterResource", "lakeformation:RegisterResource"),
        f"{_PROVIDER}/lakeformation/resource.go",
    ),
    "aws_lakeformation_resource_lf_tag": Calls(
        ("lakeformation:GetResourceLFTags",),
        ("lakeformation:AddLFTagsToResource", "lakeformation:RemoveLFTagsFromResource"),
        f"{_PROVIDER}/lakeformation/resource_lf_tag.go",
    ),
    "aws_lakeformation_permissions": Calls(
        ("lakeformation:ListPermissions",),
        ("lakeformation:GrantPermissions", "lakeformation:RevokePermissions"),
        f"{_PROVIDER}/lakeformation/permissions.go",
    ),
    "aws_cloudwatch_log_group": Calls(
        ("logs:DescribeLogGroups", "logs:ListTagsForResource"),
        ("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
        f"{_PROVIDER}/logs/group.go",
    ),
    "aws_lambda_function": Calls(
        (
            "lambda:GetFunction",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:GetFunctionConfiguration",
            "lambda:ListVersionsByFunction",
        ),
        (
            "lambda:CreateFunction",
            "lambda:DeleteFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ),
        f"{_PROVIDER}/lambda/function.go",
    ),
    "aws_lambda_invocation": Calls((), ("lambda:InvokeFunction",), f"{_PROVIDER}/lambda/invocation.go"),
    "aws_redshift_data_share_authorization": Calls(
        ("redshift:DescribeDataShares",),
        ("redshift:AuthorizeDataShare", "redshift:DeauthorizeDataShare"),
        f"{_PROVIDER}/redshift/data_share_authorization.go",
    ),
    "aws_redshift_data_share_consumer_association": Calls(
        ("redshift:DescribeDataShares",),
        ("redshift:AssociateDataShareConsumer", "redshift:DisassociateDataShareConsumer"),
        f"{_PROVIDER}/redshift/data_share_consumer_association.go",
    ),
    "terraform_data": Calls((), (), "built into Terraform"),
}

DRIFT = (
    "lakeformation:GetDataLakeSettings",
    "lakeformation:ListLFTags",
    "lakeformation:ListLakeFormationOptIns",
    "lakeformation:ListPermissions",
    "lakeformation:ListResources",
)
"""What `meshwarden drift` calls of Lake Formation beyond what Terraform reads."""

SHARES_WITHOUT_ARN = (
    "organizations:DescribeOrganization",
    "ram:GetResourcePolicies",
    "ram:GetResourceShareAssociations",
    "ram:GetResourceShareInvitations",
    "ram:GetResourceShares",
    "ram:ListPermissions",
    "ram:ListPrincipals",
    "ram:ListResources",
)
SHARES = (
    "ram:AssociateResourceShare",
    "ram:DeleteResourceShare",
    "ram:DisassociateResourceShare",
    "ram:UpdateResourceShare",
)
SHARED_TYPES = ("glue:Catalog", "glue:Database", "glue:Table")


def reads_of(*kinds: str) -> tuple[str, ...]:
    """What Terraform calls to plan resources of these kinds, sorted."""
    return tuple(sorted({action for kind in kinds for action in TERRAFORM[kind].reads}))


def changes_of(*kinds: str) -> tuple[str, ...]:
    return tuple(sorted({action for kind in kinds for action in TERRAFORM[kind].changes}))
