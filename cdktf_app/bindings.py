# ruff: noqa: E402
"""The only file that names cdktf: everything of it that the others use comes from here.

`MESHWARDEN_BINDING=cdktn` takes the maintained fork under the same names. The provider's `__init__` imports 4,400
modules (half a minute, a gigabyte); an empty package registered under its name before the first submodule keeps it from
running. jsii starts its node process with this import, so whatever can fail is done before.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from types import ModuleType

from engine.errors import ToolError

_CORE, _PROVIDER = "cdktf", "cdktf_cdktf_provider_aws"
_BINDINGS = {"cdktf": (_CORE, _PROVIDER), "cdktn": ("cdktn", "cdktn_provider_aws")}


def _bind() -> None:
    """Lets the import statements below find the chosen binding. Raises ToolError when it or node is not there."""
    chosen = os.environ.get("MESHWARDEN_BINDING", "cdktf")
    if chosen not in _BINDINGS:
        raise ToolError(f"MESHWARDEN_BINDING is `{chosen}`; expected one of {', '.join(_BINDINGS)}")
    if shutil.which("node") is None:
        raise ToolError("there is no `node` on PATH, and cdktf runs on it; https://nodejs.org/en/download")
    # jsii tells every run on node 20 that it is old; which nodes Meshwarden takes is the set-up's to say.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    core, provider = _BINDINGS[chosen]
    if importlib.util.find_spec(core) is None:
        raise ToolError(f"there is no Python package `{core}`, which MESHWARDEN_BINDING `{chosen}` asks for")
    if core != _CORE:
        sys.modules[_CORE] = importlib.import_module(core)
    spec = importlib.util.find_spec(provider)
    if spec is None or spec.submodule_search_locations is None:
        raise ToolError(f"there is no Python package `{provider}`; `make setup` installs it")
    stub = ModuleType(_PROVIDER)
    stub.__spec__ = spec
    stub.__file__ = spec.origin
    stub.__path__ = list(spec.submodule_search_locations)
    sys.modules.setdefault(_PROVIDER, stub)


_bind()

from cdktf import App, LocalBackend, S3Backend, TerraformResource, TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.glue_catalog_database import GlueCatalogDatabase, GlueCatalogDatabaseTargetDatabase
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.lakeformation_data_lake_settings import LakeformationDataLakeSettings
from cdktf_cdktf_provider_aws.lakeformation_lf_tag import LakeformationLfTag
from cdktf_cdktf_provider_aws.lakeformation_opt_in import (
    LakeformationOptIn,
    LakeformationOptInPrincipal,
    LakeformationOptInResourceData,
    LakeformationOptInResourceDataDatabase,
    LakeformationOptInResourceDataTable,
)
from cdktf_cdktf_provider_aws.lakeformation_permissions import (
    LakeformationPermissions,
    LakeformationPermissionsDatabase,
    LakeformationPermissionsLfTagPolicy,
    LakeformationPermissionsLfTagPolicyExpression,
    LakeformationPermissionsTableWithColumns,
)
from cdktf_cdktf_provider_aws.lakeformation_resource import LakeformationResource
from cdktf_cdktf_provider_aws.lakeformation_resource_lf_tag import (
    LakeformationResourceLfTag,
    LakeformationResourceLfTagDatabase,
    LakeformationResourceLfTagLfTag,
    LakeformationResourceLfTagTable,
    LakeformationResourceLfTagTableWithColumns,
)
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.lambda_invocation import LambdaInvocation
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderAssumeRole
from cdktf_cdktf_provider_aws.redshift_data_share_authorization import RedshiftDataShareAuthorization
from cdktf_cdktf_provider_aws.redshift_data_share_consumer_association import RedshiftDataShareConsumerAssociation

__all__ = [
    "App",
    "AwsProvider",
    "AwsProviderAssumeRole",
    "CloudwatchLogGroup",
    "GlueCatalogDatabase",
    "GlueCatalogDatabaseTargetDatabase",
    "IamPolicy",
    "IamRole",
    "IamRolePolicy",
    "IamRolePolicyAttachment",
    "LakeformationDataLakeSettings",
    "LakeformationLfTag",
    "LakeformationOptIn",
    "LakeformationOptInPrincipal",
    "LakeformationOptInResourceData",
    "LakeformationOptInResourceDataDatabase",
    "LakeformationOptInResourceDataTable",
    "LakeformationPermissions",
    "LakeformationPermissionsDatabase",
    "LakeformationPermissionsLfTagPolicy",
    "LakeformationPermissionsLfTagPolicyExpression",
    "LakeformationPermissionsTableWithColumns",
    "LakeformationResource",
    "LakeformationResourceLfTag",
    "LakeformationResourceLfTagDatabase",
    "LakeformationResourceLfTagLfTag",
    "LakeformationResourceLfTagTable",
    "LakeformationResourceLfTagTableWithColumns",
    "LambdaFunction",
    "LambdaInvocation",
    "LocalBackend",
    "RedshiftDataShareAuthorization",
    "RedshiftDataShareConsumerAssociation",
    "S3Backend",
    "TerraformResource",
    "TerraformStack",
]
