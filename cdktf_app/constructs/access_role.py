"""An access role: an IAM role with the managed policies that are its identity."""

from __future__ import annotations

from cdktf_app.bindings import IamPolicy, IamRole, IamRolePolicyAttachment, TerraformStack
from cdktf_app.documents import as_text
from cdktf_app.ids import logical_id
from engine.grants.names import BOUNDARY, policy_arn
from engine.model.plan import RolePlan


def access_role(stack: TerraformStack, plan: RolePlan) -> None:
    role = IamRole(
        stack,
        logical_id("role", plan.id),
        name=plan.name,
        assume_role_policy=as_text(plan.trust),
        max_session_duration=plan.max_session,
        permissions_boundary=policy_arn(plan.account, BOUNDARY),
    )
    for name, document in plan.policies.items():
        policy = IamPolicy(stack, logical_id("access-policy", name), name=name, policy=as_text(document))
        IamRolePolicyAttachment(
            stack,
            logical_id("access-policy-of-role", name),
            role=plan.name,
            policy_arn=policy_arn(plan.account, name),
            depends_on=[role, policy],
        )
