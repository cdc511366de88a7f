"""`<account>-<region>-consumer`: the links by which a consumer account names central databases, and grants on them."""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.link import link
from cdktf_app.constructs.link_grant import link_grant
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.model.plan import LinkTarget
from engine.sources.deployment import Deployment


class ConsumerStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        links = {item.name: link(self, item) for item in plan.links}
        for grant in plan.grants:
            if isinstance(grant.target, LinkTarget):
                link_grant(self, grant, grant.target, links[grant.target.database])
