"""An account's lake settings in a region: who administers Lake Formation, and that it alone decides.

The provider writes all of them at once, and what is left out is emptied: new databases and tables belong to no
IAMAllowedPrincipals (API DataLakeSettings: null means access control by Lake Formation permissions). It neither sees
nor mends a default that somebody sets by hand. Its destroy takes every administrator away, so grants go first.
"""

from __future__ import annotations

from cdktf_app.bindings import LakeformationDataLakeSettings, TerraformStack
from engine.sources.deployment import Deployment

_PARAMETERS = {"CROSS_ACCOUNT_VERSION": "4"}
"""The first version that also shares what IAMAllowedPrincipals may use, as hybrid access asks; 5 has no way back."""


def lake_settings(stack: TerraformStack, account: str, deployment: Deployment) -> LakeformationDataLakeSettings:
    return LakeformationDataLakeSettings(
        stack,
        "lake-settings",
        catalog_id=account,
        admins=deployment.admins_of(account),
        # who plans sees everything, or a listing would leave out what it may not see
        read_only_admins=[deployment.plan_role_arn(account)],
        allow_external_data_filtering=False,
        allow_full_table_external_data_access=False,
        parameters=_PARAMETERS,
    )
