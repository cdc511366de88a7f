"""How the mesh is deployed: `mesh/deployment.yaml`, the platform team's one settings file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from engine.errors import Problem, SourceError
from engine.model.fields import Fact, Region
from engine.text.files import read_file
from engine.text.shapes import Shape

FILE = "mesh/deployment.yaml"

RoleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")]
KmsKeyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$")]


class Backend(Fact):
    """Where Terraform keeps its states.

    `local`: in `state/`, beside the project, for one machine. `s3`: in a bucket, encrypted, each locked by a file
    beside it, for production; needs Terraform 1.10 or newer.
    """

    kind: Literal["local", "s3"] = "local"
    bucket: Bucket | None = None
    region: Region | None = None
    key_prefix: KeyPrefix | None = None
    kms_key_arn: KmsKeyArn | None = None

    @model_validator(mode="after")
    def _all_of_s3(self) -> Backend:
        settings = self.model_dump(exclude={"kind"})
        lacking = [f"`{name}`" for name, value in settings.items() if value is None]
        given = [f"`{name}`" for name, value in settings.items() if value is not None]
        if self.kind == "s3" and lacking:
            raise ValueError(f"`s3` lacks {', '.join(lacking)}")
        if self.kind == "local" and given:
            raise ValueError(f"`local` takes no {', '.join(given)}; write `kind: s3`, or leave them out")
        return self


class Deployment(Fact):
    """`deploy_role` is the name of the role that Terraform assumes in every account; `backend` keeps its states."""

    deploy_role: RoleName = "meshwarden-deploy"
    backend: Backend = Backend()


DEPLOYMENT = Shape(
    "deployment",
    f"How the mesh is deployed: the role Terraform assumes, and where its states are. {FILE}",
    model=Deployment,
)


def load_deployment(root: Path) -> Deployment:
    """The settings of the project in `root`; the defaults when it has none. Raises SourceError."""
    deployment, problems = read_deployment(root)
    if problems:
        raise SourceError(problems)
    return deployment


def read_deployment(root: Path) -> tuple[Deployment, list[Problem]]:
    """The settings, and what is wrong with them."""
    reading, problems = read_file(root, FILE, DEPLOYMENT)
    read = [fact for _, fact in reading.of(Deployment)] if reading else []
    return (read[0] if read else Deployment()), list(problems)
