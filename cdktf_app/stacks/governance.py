"""`governance-<region>`: what all domains share of the central catalog in a region, which is its lake settings."""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.lake_settings import lake_settings
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.sources.deployment import Deployment


class GovernanceStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        lake_settings(self, plan.account, deployment)
