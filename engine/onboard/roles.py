"""The roles that Meshwarden assumes in an account: whom each trusts, and which statements it is given.

The role that plans only reads. The role that deploys makes access roles and reconcilers' roles, each within a boundary
that it cannot change, and nothing that bears another name; so it cannot raise itself, nor a role that it makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import MeshwardenError
from engine.grants.datashare.reconciler import BOUNDARY as RECONCILER_BOUNDARY
from engine.grants.datashare.reconciler import Reconciler
from engine.grants.documents import VERSION, characters
from engine.grants.limits import MANAGED_POLICY, ROLE_INLINE_POLICIES, Limit
from engine.grants.names import BOUNDARY
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.model.plan import Document
from engine.onboard import calls, lake, reconcilers
from engine.onboard.boundary import boundary
from engine.onboard.permission import Permission, document_of
from engine.onboard.reconcilers import reconcilers_of
from engine.onboard.states import PipelineRole, pipeline_roles
from engine.onboard.warehouses import WarehouseSetup, warehouse_setup
from engine.sources.deployment import FILE, Deployment, Pipeline


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role that Meshwarden assumes, and who may assume it."""

    name: str
    why: str
    trusted: tuple[str, ...]
    external_id: str
    permissions: tuple[Permission, ...]

    @property
    def trust(self) -> Document:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": list(self.trusted)},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": self.external_id}},
        }
        return {"Version": VERSION, "Statement": [statement]}


@dataclass(frozen=True, slots=True)
class Onboarding:
    """What an account's administrator applies; `boundary` bounds its access roles, empty where there are none.

    `reconciler_boundary` bounds its reconcilers' roles, and `warehouses` is what an administrator of each of its
    warehouses runs there; both are empty where none is declared. `pipeline` is not applied with it: what the pipeline's
    own roles need in the account, where states are in a bucket.
    """

    account: str
    region: str
    roles: tuple[AssumedRole, ...]
    boundary: tuple[Permission, ...]
    reconciler_boundary: tuple[Permission, ...]
    warehouses: tuple[WarehouseSetup, ...]
    pipeline: tuple[PipelineRole, ...]


def onboarding(mesh: Mesh, deployment: Deployment, account: Account) -> Onboarding:
    """The roles of one account. Raises MeshwardenError where none is assumed, or nobody is named who assumes them."""
    pipeline, external_id = deployment.pipeline, deployment.external_id
    if pipeline is None or external_id is None:
        lacking = "pipeline" if pipeline is None else "external_id"
        raise MeshwardenError(f"{FILE} has no `{lacking}`; without it nobody could be trusted")
    made = reconcilers_of(mesh, account)
    if not made and not {"governance", "consumer"} & set(account.roles):
        said = "is a producer without a warehouse; nothing is deployed or read there"
        raise MeshwardenError(f"account `{account.id}` {said}")
    roles = _roles(mesh, deployment, account, made, pipeline, external_id)
    bound = tuple(boundary(mesh, account)) if "consumer" in account.roles else ()
    reconciler_bound = tuple(reconcilers.boundary(made))
    for name, limit, permissions in [
        *((role.name, ROLE_INLINE_POLICIES, role.permissions) for role in roles),
        (BOUNDARY, MANAGED_POLICY, bound),
        (RECONCILER_BOUNDARY, MANAGED_POLICY, reconciler_bound),
    ]:
        _check_size(name, limit, permissions)
    states = tuple(pipeline_roles(pipeline, deployment.backend)) if "governance" in account.roles else ()
    setups = tuple(warehouse_setup(mesh, item) for item in mesh.warehouses if item.account == account.id)
    return Onboarding(account.id, account.regions[0], roles, bound, reconciler_bound, setups, states)


def _roles(
    mesh: Mesh,
    deployment: Deployment,
    account: Account,
    made: Sequence[Reconciler],
    pipeline: Pipeline,
    external_id: str,
) -> tuple[AssumedRole, ...]:
    reads = [*reconcilers.read_reconcilers(made)]
    changes = [*reconcilers.make_reconcilers(mesh, account, made)]
    sights = [_trail(), *reconcilers.call_readers(made)]
    if "consumer" in account.roles:
        reads += [*lake.read_roles(account), *lake.read_links(mesh, account)]
        changes += [*lake.make_roles(account), *lake.make_links(mesh, account)]
        sights += [lake.see_roles(), lake.see_links(account)]
    if "governance" in account.roles:
        reads.append(lake.read_tables(mesh, account))
        changes += [lake.pass_location_role(deployment, account), *lake.share(account)]
    if kinds := lake.kinds(deployment, account):
        reads.append(
            lake.lake_formation("ReadLakeFormation", "Terraform reads what it made there", calls.reads_of(*kinds))
        )
        changes.append(
            lake.lake_formation("ChangeLakeFormation", "it makes, changes and removes that", calls.changes_of(*kinds))
        )
        sights.append(lake.lake_formation("SeeLakeFormation", "drift lists all of it, planned or not", calls.DRIFT))
    return (
        AssumedRole(
            deployment.plan_role,
            "what `cdktf diff` with MESHWARDEN_ROLE=plan and `meshwarden drift` assume; it changes nothing",
            pipeline.plan,
            external_id,
            tuple(reads + sights),
        ),
        AssumedRole(
            deployment.deploy_role,
            "what `cdktf deploy` and `meshwarden cut` assume",
            pipeline.apply,
            external_id,
            tuple(reads + changes),
        ),
    )


def _trail() -> Permission:
    said = "drift says who made what differs; CloudTrail takes no ARN"
    return Permission("SeeWho", said, calls.CLOUDTRAIL, ("cloudtrail:LookupEvents",), ("*",))


def _check_size(name: str, limit: Limit, permissions: tuple[Permission, ...]) -> None:
    size = characters(document_of(permissions))
    if limit.value is not None and size > limit.value:
        raise MeshwardenError(
            f"the permissions of `{name}` take {size} characters, and `{limit.id}` is {limit.value} ({limit.source})"
        )
