"""`<account>-<region>-consumer`: the links by which a consumer account names central databases, and grants on them.

Its lake settings come first and go last: with other defaults a link would belong to IAMAllowedPrincipals. Where
warehouses are declared, their reconciler makes databases of what producers share with them.
"""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_app.bindings import App, LambdaFunction
from cdktf_app.constructs.database_role import database_roles
from cdktf_app.constructs.invocation import invocation
from cdktf_app.constructs.lake_settings import lake_settings
from cdktf_app.constructs.link import link
from cdktf_app.constructs.link_grant import link_grant
from cdktf_app.constructs.opt_in import opt_in
from cdktf_app.constructs.reconciler import reconciler
from cdktf_app.constructs.share_association import share_association
from cdktf_app.layout import StackPlan
from cdktf_app.stacks.stack import MeshStack
from engine.grants.datashare.invocations import Share
from engine.model.plan import LinkTarget
from engine.sources.deployment import Deployment


class ConsumerStack(MeshStack):
    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan, deployment)
        owned = plan.lake_settings and deployment.owns_lake_settings(plan.account)
        settings = [lake_settings(self, plan.account, deployment)] if owned else []
        links = {each.name: link(self, each, settings) for each in plan.links}
        for item in plan.opt_ins:
            opt_in(self, item, settings)
        for grant in plan.grants:
            if isinstance(grant.target, LinkTarget):
                link_grant(self, grant, grant.target, links[grant.target.database])
        if plan.reconciler is not None:
            self._databases(plan.shares, reconciler(self, plan.reconciler))

    def _databases(self, shares: Sequence[Share], function: LambdaFunction) -> None:
        roles = database_roles(self, shares, function)
        for share in shares:
            associated = [share_association(self, share)] if share.crosses else []
            invocation(self, share.database, [function, roles[share.role.id], *associated])
