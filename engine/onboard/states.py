"""What the pipeline's own roles need for Terraform's states in a bucket.

Terraform reads and locks states with the credentials it is started with, before it assumes a role. Those roles are the
company's, so what they need is told, and not made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.onboard.permission import Permission
from engine.sources.deployment import Backend, Pipeline

_BACKEND = "https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required"
_NOT_THERE = "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html"
_ENCRYPTED = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"


@dataclass(frozen=True, slots=True)
class PipelineRole:
    """Roles of the pipeline that need the same, and what for."""

    roles: tuple[str, ...]
    why: str
    permissions: tuple[Permission, ...]


def pipeline_roles(pipeline: Pipeline, backend: Backend) -> Iterator[PipelineRole]:
    """None where states are local."""
    if backend.kind == "local":
        return
    bucket = f"arn:aws:s3:::{backend.bucket}"
    states = (f"{bucket}/{backend.key_prefix}/*.tfstate",)
    reads = (
        Permission(
            "SeeStates",
            "Terraform learns that a state is not there yet; without it S3 says only that it is forbidden",
            _NOT_THERE,
            ("s3:ListBucket",),
            (bucket,),
        ),
        Permission("ReadStates", "Terraform reads a state", _BACKEND, ("s3:GetObject",), states),
        Permission(
            "LockStates",
            "Terraform locks a state by a file beside it, to plan too",
            _BACKEND,
            ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
            (f"{bucket}/{backend.key_prefix}/*.tfstate.tflock",),
        ),
        Permission(
            "EncryptStates",
            "S3 encrypts states and locks with this key on behalf of its caller",
            _ENCRYPTED,
            ("kms:Decrypt", "kms:GenerateDataKey"),
            (str(backend.kms_key_arn),),
        ),
    )
    writes = Permission("WriteStates", "Terraform writes a state", _BACKEND, ("s3:PutObject",), states)
    yield PipelineRole(pipeline.plan, "plan, and read states", reads)
    yield PipelineRole(pipeline.apply, "deploy, and keep states", (*reads, writes))
