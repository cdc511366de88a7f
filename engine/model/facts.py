"""Who and where: accounts, warehouses, the directory, purposes, domains, tags and personas, as declared."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from engine.model.fields import (
    AccountId,
    Classification,
    Environment,
    Fact,
    Id,
    Ids,
    Region,
    Regions,
    RoleArn,
    Text,
    Uuid,
    WarehouseDatabase,
    sorted_unique,
    unique,
)


class Account(Fact):
    """An AWS account. The first of `regions` is its home; `quotas` maps a limit's id to its raised value."""

    id: AccountId
    name: Id
    environment: Environment
    regions: Annotated[tuple[Region, ...], Field(min_length=1), AfterValidator(unique)]
    roles: Annotated[
        tuple[Literal["governance", "producer", "consumer"], ...], Field(min_length=1), AfterValidator(sorted_unique)
    ]
    quotas: Annotated[
        dict[str, Annotated[int, Field(gt=0)]], AfterValidator(lambda quotas: dict(sorted(quotas.items())))
    ] = Field(default_factory=dict)
    suspended: bool = False
    suspended_regions: Regions = ()


class Broker(Fact):
    """The one IAM role that may assume access roles."""

    role_arn: RoleArn


class Warehouse(Fact):
    """An Amazon Redshift namespace. `compute` is the cluster identifier or the workgroup name.

    Compute and database stand in ARNs, where a wildcard would let into others, and the database in a script of SQL.
    `workgroup_id` is that of a serverless one: AWS names it in ARNs, which the workgroup's name does not tell.
    """

    id: Id
    account: AccountId
    region: Region
    namespace: Uuid
    kind: Literal["cluster", "serverless"]
    compute: Id
    workgroup_id: Uuid | None = None
    database: WarehouseDatabase
    encrypted: bool

    @model_validator(mode="after")
    def _named_in_arns(self) -> Warehouse:
        if (self.kind == "serverless") != (self.workgroup_id is not None):
            said = "needs a workgroup_id" if self.kind == "serverless" else "has no workgroup_id"
            raise ValueError(f"a {self.kind} warehouse {said}")
        return self


class Group(Fact):
    """A group of the directory; `members` are principal ids or group ids. Exactly one group is `governance`."""

    id: Id
    members: Annotated[tuple[Text, ...], AfterValidator(sorted_unique)] = ()
    governance: bool = False


class Principal(Fact):
    """Who acts: a person or a workload, known by IdP subject or role ARN, verbatim."""

    id: Text
    kind: Literal["person", "workload"]


class Purpose(Fact):
    """What data is used for, and whether personal data may serve it."""

    id: Id
    title: Text
    allows_personal: bool
    suspended: bool = False


class Domain(Fact):
    """A business area that owns products, in the regions it declares."""

    id: Id
    title: Text
    regions: Annotated[tuple[Region, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    suspended: bool = False
    suspended_regions: Regions = ()


class Tag(Fact):
    """A tag that a column may carry and a rule may read."""

    id: Id
    title: Text


class Persona(Fact):
    """A job or an application: what it may want data for, where, up to which classification. Sessions in seconds."""

    id: Id
    title: Text
    kind: Literal["job", "application"]
    groups: Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    purposes: Annotated[tuple[Id, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    clearance: Classification
    regions: Annotated[tuple[Region, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    domains: Ids = ()
    accounts: Annotated[tuple[AccountId, ...], Field(min_length=1), AfterValidator(sorted_unique)]
    max_session: Annotated[int, Field(ge=900, le=43200)]
    suspended: bool = False
    owner: Id | None = None

    @model_validator(mode="after")
    def _owner_of_applications(self) -> Persona:
        if self.kind == "application" and self.owner is None:
            raise ValueError(f"application persona `{self.id}` has no owner group")
        if self.kind == "job" and self.owner is not None:
            raise ValueError(f"job persona `{self.id}` names an owner, which only applications have")
        if self.kind == "application" and len(self.accounts) != 1:
            raise ValueError(
                f"application persona `{self.id}` has {len(self.accounts)} accounts; an application has one"
            )
        return self
