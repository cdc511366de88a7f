"""`governance-<region>-<domain>`: where a domain's products lie, what tags they carry, and the grants on them."""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.column_grant import column_grant
from cdktf_app.constructs.location import location
from cdktf_app.constructs.tag_assignment import tag_assignment
from cdktf_app.constructs.tag_grant import tag_grant
from cdktf_app.constructs.tag_key import tag_key
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.model.plan import ColumnTarget, TagTarget
from engine.sources.deployment import Deployment


class DomainStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        for item in plan.locations:
            location(self, item, deployment.lake_location_role_arn(plan.account))
        keys = [tag_key(self, key, plan.account) for key in plan.keys]
        tagged = {assignment.product: tag_assignment(self, assignment, keys) for assignment in plan.assignments}
        for grant in plan.grants:
            match grant.target:
                case TagTarget():
                    tag_grant(self, grant, grant.target, [*keys, tagged[grant.product]])
                case ColumnTarget():
                    column_grant(self, grant, grant.target)
