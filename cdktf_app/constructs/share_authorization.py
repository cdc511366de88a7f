"""A producer's word that another account may use a datashare: https://docs.aws.amazon.com/redshift/latest/dg/across-account.html

What it waits for makes the datashare, so destroying it cuts the consumer before the datashare is taken apart.
"""

from __future__ import annotations

from cdktf_app.bindings import RedshiftDataShareAuthorization, TerraformResource, TerraformStack
from cdktf_app.ids import logical_id
from engine.grants.datashare.invocations import Share
from engine.grants.datashare.reconciler import share_arn


def share_authorization(stack: TerraformStack, share: Share, made: TerraformResource) -> None:
    RedshiftDataShareAuthorization(
        stack,
        logical_id("authorization", share.target.name),
        data_share_arn=share_arn(share.producer, share.target.name),
        consumer_identifier=share.consumer.account,
        depends_on=[made],
    )
