"""What every stack has: a provider for its account and region, and a backend for its state."""

from __future__ import annotations

from cdktf_app.bindings import App, AwsProvider, AwsProviderAssumeRole, LocalBackend, S3Backend, TerraformStack
from cdktf_app.layout import StackPlan
from cdktf_app.states import state_key
from engine.sources.deployment import Backend, Deployment


class MeshStack(TerraformStack):
    """One stack of the mesh. It reaches its own account only: the provider refuses any other."""

    def __init__(self, app: App, plan: StackPlan, deployment: Deployment) -> None:
        super().__init__(app, plan.name)
        AwsProvider(
            self,
            "aws",
            region=plan.region,
            allowed_account_ids=[plan.account],
            assume_role=[
                AwsProviderAssumeRole(
                    role_arn=(deployment.plan_role_arn if plan.reading else deployment.deploy_role_arn)(plan.account),
                    session_name="meshwarden",
                    external_id=deployment.external_id,
                )
            ],
        )
        _keep_state(self, plan.name, deployment.backend)


def _keep_state(stack: TerraformStack, name: str, backend: Backend) -> None:
    if backend.kind == "local":
        # From cdktf.out/stacks/<name>: outside of what synthesis writes, and the same in every checkout.
        LocalBackend(stack, path=f"../../../state/{name}.tfstate")
        return
    assert backend.bucket is not None
    assert backend.region is not None
    assert backend.kms_key_arn is not None
    bucket = S3Backend(
        stack,
        bucket=backend.bucket,
        key=state_key(backend, name),
        region=backend.region,
        kms_key_id=backend.kms_key_arn,
        encrypt=True,
    )
    bucket.add_override("use_lockfile", True)  # the class is older than the setting
