"""A session policy: a managed policy that the broker passes when it assumes the role; attached to nothing."""

from __future__ import annotations

from cdktf_app.bindings import IamPolicy, TerraformStack
from cdktf_app.documents import as_text
from cdktf_app.ids import logical_id
from engine.model.plan import SessionPolicyPlan


def session_policy(stack: TerraformStack, plan: SessionPolicyPlan) -> None:
    IamPolicy(stack, logical_id("session-policy", plan.id), name=plan.name, policy=as_text(plan.document))
