"""How the mesh is deployed: `mesh/deployment.yaml`, the platform team's one settings file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from engine.errors import Problem, SourceError
from engine.model.fields import AccountId, Fact, Region, RoleArn, sorted_unique, unique
from engine.text.declared import Declared, FileSource
from engine.text.files import read_file
from engine.text.shapes import Shape

FILE = "mesh/deployment.yaml"

RoleName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$")]
Bucket = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
KeyPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")]
KmsKeyArn = Annotated[str, StringConstraints(pattern=r"^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$")]


ExternalId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+=,.@:/-]{2,1224}$")]
"""As API AssumeRole takes it. AWS does not treat it as a secret:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html
"""

Principals = Annotated[tuple[RoleArn, ...], Field(min_length=1), AfterValidator(sorted_unique)]


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


class LakeAdmins(Fact):
    """The Lake Formation administrators of an account, besides the deploy role."""

    account: AccountId
    roles: Annotated[tuple[RoleArn, ...], AfterValidator(sorted_unique)]


class Pipeline(Fact):
    """Who assumes Meshwarden's roles: the roles of the jobs that plan, and of those that apply."""

    plan: Principals
    apply: Principals

    @model_validator(mode="after")
    def _apart(self) -> Pipeline:
        if both := set(self.plan) & set(self.apply):
            raise ValueError(
                f"`{min(both)}` plans and applies; give each its own role, or the plan role protects nothing"
            )
        return self


class Deployment(Fact):
    """How Terraform reaches the accounts: the names of the roles that it assumes in each, to apply and to plan.

    `external_id` is what it says when it assumes them; `pipeline` whom they trust. Meshwarden owns the lake settings of
    the governance account, and of the consumer accounts in `lake_admins`. `backend` keeps the states.
    """

    deploy_role: RoleName = "meshwarden-deploy"
    lake_location_role: RoleName = "meshwarden-lake-access"
    plan_role: RoleName = "meshwarden-plan"
    external_id: ExternalId | None = None
    pipeline: Pipeline | None = None
    lake_admins: tuple[LakeAdmins, ...] = ()
    backend: Backend = Backend()

    @field_validator("lake_admins")
    @classmethod
    def _one_of_an_account(cls, lake_admins: tuple[LakeAdmins, ...]) -> tuple[LakeAdmins, ...]:
        unique(tuple(item.account for item in lake_admins))
        return lake_admins

    @model_validator(mode="after")
    def _two_roles(self) -> Deployment:
        if self.plan_role == self.deploy_role:
            raise ValueError(f"`plan_role` and `deploy_role` are both `{self.plan_role}`; a plan only reads")
        return self

    def deploy_role_arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self.deploy_role}"

    def lake_location_role_arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self.lake_location_role}"

    def plan_role_arn(self, account: str) -> str:
        return f"arn:aws:iam::{account}:role/{self.plan_role}"

    def admins_of(self, account: str) -> list[str]:
        """The ARNs of an account's lake administrators, sorted; the deploy role is one, or it could grant nothing."""
        declared = {role for item in self.lake_admins if item.account == account for role in item.roles}
        return sorted({self.deploy_role_arn(account), *declared})

    def owns_lake_settings(self, account: str) -> bool:
        """Whether a consumer account's lake settings are Meshwarden's; else they are its administrator's."""
        return any(item.account == account for item in self.lake_admins)


DEPLOYMENT = Shape(
    "deployment",
    f"How the mesh is deployed: the roles Terraform assumes, who administers the lakes, where states are. {FILE}",
    model=Deployment,
)


def load_deployment(root: Path) -> Deployment:
    """The settings of the project in `root`; the defaults when it has none. Raises SourceError."""
    declared, problems = read_deployment(root)
    if problems:
        raise SourceError(problems)
    return declared.fact if declared else Deployment()


def read_deployment(root: Path) -> tuple[Declared[Deployment] | None, list[Problem]]:
    """The settings with their place, None when there are none that are valid; and what is wrong with them."""
    reading, problems = read_file(root, FILE, DEPLOYMENT)
    found = reading.of(Deployment) if reading else []
    declared = [Declared(fact, FileSource(FILE, reading.text), path) for path, fact in found] if reading else []
    return (declared[0] if declared else None), list(problems)
