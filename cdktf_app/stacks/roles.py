"""`<account>-roles`: access roles and session policies of a consumer account; first, since grants name the roles."""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.access_role import access_role
from cdktf_app.constructs.session_policy import session_policy
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.sources.deployment import Deployment


class RolesStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        for role in plan.roles:
            access_role(self, role)
        for policy in plan.session_policies:
            session_policy(self, policy)
