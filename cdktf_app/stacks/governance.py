"""`governance-<region>`: what all domains share of the central catalog in a region, the LF-tag of column classes."""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.tag_key import tag_key
from cdktf_app.layout import StackPlan
from cdktf_app.settings import Deployment
from cdktf_app.stacks.stack import MeshStack


class GovernanceStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        for key in plan.keys:
            tag_key(self, key, plan.account)
