"""A consumer's use of another account's datashare, in one namespace of its own."""

from __future__ import annotations

from cdktf_app.bindings import RedshiftDataShareConsumerAssociation, TerraformStack
from cdktf_app.ids import logical_id
from engine.grants.datashare.invocations import Share
from engine.grants.datashare.reconciler import namespace_arn, share_arn


def share_association(stack: TerraformStack, share: Share) -> RedshiftDataShareConsumerAssociation:
    return RedshiftDataShareConsumerAssociation(
        stack,
        logical_id("association", share.target.name),
        data_share_arn=share_arn(share.producer, share.target.name),
        consumer_arn=namespace_arn(share.consumer),
    )
