"""A reconciler: its two functions from one zip, the role as which they run, and where they log.

Synthesis writes the zip beside the stacks' folders; Terraform runs in a stack's.
"""

from __future__ import annotations

from cdktf_app.bindings import CloudwatchLogGroup, IamRole, IamRolePolicy, LambdaFunction, TerraformStack
from cdktf_app.code import FILE, reconciler_code
from cdktf_app.documents import as_text, with_variables
from cdktf_app.ids import logical_id
from engine.grants.datashare.reconciler import BOUNDARY, Reconciler, log_group
from engine.grants.documents import VERSION
from engine.grants.names import policy_arn
from engine.model.plan import Document

_TRUST: Document = {
    "Version": VERSION,
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_HANDLERS = ("redshift.handler.reconcile", "redshift.handler.read")
_SECONDS = 900
"""The longest that Lambda lets a function run: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_MEGABYTES = 256
_DAYS = 365


def reconciler(stack: TerraformStack, item: Reconciler) -> LambdaFunction:
    """Makes both functions, and gives the one that changes something."""
    role = IamRole(
        stack,
        "reconciler-role",
        name=item.role,
        assume_role_policy=as_text(_TRUST),
        permissions_boundary=policy_arn(item.account, BOUNDARY),
    )
    policy = IamRolePolicy(
        stack,
        "reconciler-policy",
        name=item.role,
        role=item.role,
        policy=with_variables(item.policy),
        depends_on=[role],
    )
    reconciling, _ = (
        _function(stack, item, name, handler, policy) for name, handler in zip(item.functions, _HANDLERS, strict=True)
    )
    return reconciling


def _function(
    stack: TerraformStack, item: Reconciler, name: str, handler: str, policy: IamRolePolicy
) -> LambdaFunction:
    logs = CloudwatchLogGroup(stack, logical_id("logs", name), name=log_group(name), retention_in_days=_DAYS)
    return LambdaFunction(
        stack,
        logical_id("function", name),
        function_name=name,
        role=item.role_arn,
        filename=f"../../{FILE}",
        source_code_hash=reconciler_code().hash,
        handler=handler,
        runtime="python3.12",
        architectures=["arm64"],
        timeout=_SECONDS,
        memory_size=_MEGABYTES,
        depends_on=[policy, logs],
    )
