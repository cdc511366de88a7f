"""`<account>-<region>-producer`: a producer's own account in a region.

Lake tables are granted in the central catalog and leave it empty. Where warehouses are declared, their reconciler makes
what they share, and grants to the roles that read in a producer's own warehouse.
"""

from __future__ import annotations

from cdktf_app.bindings import App
from cdktf_app.constructs.database_role import database_roles
from cdktf_app.constructs.invocation import invocation
from cdktf_app.constructs.reconciler import reconciler
from cdktf_app.constructs.share_authorization import share_authorization
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.sources.deployment import Deployment


class ProducerStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        if plan.reconciler is None:
            return
        function = reconciler(self, plan.reconciler)
        roles = database_roles(self, (share for share in plan.shares if share.direct), function)
        for share in plan.shares:
            made = invocation(self, share.made, [function, *([roles[share.role.id]] if share.direct else [])])
            if share.crosses:
                share_authorization(self, share, made)
