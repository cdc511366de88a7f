"""What Terraform's states hold, as they stand in the folder or the bucket of the backend: by the names of stacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ValidationError

from engine.errors import AccountError, PlanError
from engine.sources.deployment import Backend


class Resource(BaseModel):
    type: str
    name: str
    instances: list[object] = []


class State(BaseModel):
    resources: list[Resource] = []

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(f"{item.type}.{item.name}" for item in self.resources if item.instances)


class Lock(BaseModel):
    """Who holds a state, as Terraform wrote it down."""

    ID: str
    Who: str = ""
    Created: str = ""


class States:
    """The states of a project's stacks. One in a bucket is read with the caller's own credentials, as Terraform does.

    All raise PlanError for what is no state of Terraform, AccountError where the bucket cannot be read.
    """

    def __init__(self, root: Path, backend: Backend) -> None:
        self._root = root
        self._backend = backend
        self._client: Any = boto3.client("s3", region_name=backend.region) if backend.kind == "s3" else None

    def state(self, stack: str) -> State:
        """Holds nothing before the first deploy."""
        if self._client is None:
            path = self._root / "state" / f"{stack}.tfstate"
            return read_state(str(path), path.read_bytes() if path.is_file() else b"")
        key = state_key(self._backend, stack)
        return read_state(key, self._object(key) or b"")

    def lock(self, stack: str) -> Lock | None:
        """Who locks the state in a bucket; a local one's lock ends with its process.

        https://developer.hashicorp.com/terraform/language/backend/s3#state-locking
        """
        key = f"{state_key(self._backend, stack)}.tflock"
        text = self._object(key) if self._client is not None else None
        if text is None:
            return None
        try:
            return Lock.model_validate_json(text)
        except ValidationError:
            raise PlanError(f"{key}: no lock of Terraform; look who wrote it") from None

    def _object(self, key: str) -> bytes | None:
        try:
            text: bytes = self._client.get_object(Bucket=self._backend.bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise AccountError(f"state `{key}` in bucket `{self._backend.bucket}`: {error}") from error
        return text


def state_key(backend: Backend, stack: str) -> str:
    """Where a stack's state lies in the bucket."""
    return f"{backend.key_prefix}/{stack}.tfstate"


def read_state(name: str, text: bytes) -> State:
    """An empty file is no state yet, as Terraform takes it. Raises PlanError, with `name`, for anything else."""
    try:
        return State.model_validate_json(text) if text else State()
    except ValidationError:
        raise PlanError(f"{name}: no state of Terraform, so nobody knows what it holds; move it aside") from None
