"""The roles that Meshwarden assumes in an account, and the least that each may do there, statement by statement.

The role that plans only reads. The role that deploys makes access roles and reconcilers' roles, each within a boundary
that it cannot change, and nothing that bears another name; so it cannot raise itself, nor a role that it makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.errors import MeshwardenError
from engine.grants.datashare.reconciler import BOUNDARY as RECONCILER_BOUNDARY
from engine.grants.datashare.reconciler import Reconciler
from engine.grants.documents import VERSION, characters
from engine.grants.limits import MANAGED_POLICY, ROLE_INLINE_POLICIES, Limit
from engine.grants.names import BOUNDARY, ROLE_PREFIX, catalog_arn, database_arn, policy_arn
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.model.plan import Document
from engine.onboard import calls, reconcilers
from engine.onboard.boundary import boundary
from engine.onboard.permission import Permission, document_of
from engine.onboard.reconcilers import reconcilers_of
from engine.onboard.states import PipelineRole, pipeline_roles
from engine.onboard.warehouses import WarehouseSetup, warehouse_setup
from engine.sources.deployment import FILE, Deployment, Pipeline

_LINKS = "aws_glue_catalog_database"
_SETTINGS = "aws_lakeformation_data_lake_settings"
_GRANTS = "aws_lakeformation_permissions"
_LOCATIONS = "aws_lakeformation_resource"
_OPT_INS = "aws_lakeformation_opt_in"
_TAGS = ("aws_lakeformation_lf_tag", "aws_lakeformation_resource_lf_tag")
_ROLES = ("aws_iam_role", "aws_iam_role_policy_attachment")
_POLICIES = "aws_iam_policy"
_ACCESS_POLICY = "mw-access."
_ANY_POLICY = "mw-"


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
        reads += [*_read_roles(account), *_read_links(mesh, account)]
        changes += [*_make_roles(account), *_make_links(mesh, account)]
        sights += [_see_roles(), _see_links(account)]
    if "governance" in account.roles:
        reads.append(_read_tables(mesh, account))
        changes += [_pass_location_role(deployment, account), *_shares(account)]
    if kinds := _lake_kinds(deployment, account):
        reads.append(_lake("ReadLakeFormation", "Terraform reads what it made there", calls.reads_of(*kinds)))
        changes.append(_lake("ChangeLakeFormation", "it makes, changes and removes that", calls.changes_of(*kinds)))
        sights.append(_lake("SeeLakeFormation", "drift lists all of it, planned or not", calls.DRIFT))
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


def _read_roles(account: Account) -> Iterator[Permission]:
    yield Permission(
        "ReadRoles", "Terraform reads access roles", calls.IAM, calls.reads_of(*_ROLES), (_role_arns(account),)
    )
    yield Permission(
        "ReadPolicies",
        "Terraform reads the policies of access roles and of sessions",
        calls.IAM,
        calls.reads_of(_POLICIES),
        (policy_arn(account.id, f"{_ANY_POLICY}*"),),
    )


def _make_roles(account: Account) -> Iterator[Permission]:
    roles, access_policies = _role_arns(account), policy_arn(account.id, f"{_ACCESS_POLICY}*")
    creates, attaches = ("iam:CreateRole",), calls.changes_of("aws_iam_role_policy_attachment")
    yield Permission(
        "CreateBoundedRoles",
        "it makes access roles, each within the boundary, which it can neither change nor take away",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        creates,
        (roles,),
        {"StringEquals": {"iam:PermissionsBoundary": policy_arn(account.id, BOUNDARY)}},
    )
    yield Permission(
        "ChangeRoles",
        "it changes whom an access role trusts, and removes access roles",
        calls.IAM,
        tuple(action for action in calls.changes_of("aws_iam_role") if action not in creates),
        (roles,),
    )
    yield Permission(
        "AttachPolicies",
        "it gives an access role its own policies and no others",
        calls.IAM,
        attaches,
        (roles,),
        {"ArnLike": {"iam:PolicyARN": access_policies}},
    )
    yield Permission(
        "ChangePolicies",
        "it makes, changes and removes the policies of access roles and of sessions",
        calls.IAM,
        calls.changes_of(_POLICIES),
        (policy_arn(account.id, f"{_ANY_POLICY}*"),),
    )


def _read_links(mesh: Mesh, account: Account) -> Iterator[Permission]:
    yield Permission(
        "ReadLinks",
        "Terraform reads resource links, which are named after products",
        calls.GLUE,
        calls.reads_of(_LINKS),
        tuple(_catalog(account, (*_databases(mesh, account),))),
    )


def _make_links(mesh: Mesh, account: Account) -> Iterator[Permission]:
    databases = tuple(_databases(mesh, account))
    children = [arn.replace(":database/", kind) for arn in databases for kind in (":table/", ":userDefinedFunction/")]
    yield Permission(
        "CreateLinks",
        "it makes resource links",
        calls.GLUE,
        ("glue:CreateDatabase",),
        tuple(_catalog(account, databases)),
    )
    yield Permission(
        "DeleteLinks",
        "it removes resource links; to delete a database takes permission on all that could be in it",
        calls.GLUE_ARNS,
        ("glue:DeleteDatabase",),
        tuple(_catalog(account, (*databases, *children))),
    )


def _read_tables(mesh: Mesh, account: Account) -> Permission:
    databases = tuple(_databases(mesh, account))
    tables = tuple(arn.replace(":database/", ":table/") for arn in databases)
    return Permission(
        "ReadCentralTables",
        "Lake Formation looks up what is tagged and granted on behalf of its caller",
        calls.GLUE,
        ("glue:GetDatabase", "glue:GetTable"),
        tuple(_catalog(account, (*databases, *tables))),
    )


def _lake_kinds(deployment: Deployment, account: Account) -> tuple[str, ...]:
    """What Terraform makes in an account's Lake Formation; nothing in one that only produces."""
    if not {"governance", "consumer"} & set(account.roles):
        return ()
    kinds = [_GRANTS]
    if "governance" in account.roles or deployment.owns_lake_settings(account.id):
        kinds.append(_SETTINGS)
    if "governance" in account.roles:
        kinds += [_LOCATIONS, *_TAGS]
    if "consumer" in account.roles:
        kinds.append(_OPT_INS)
    return tuple(kinds)


def _lake(sid: str, why: str, actions: tuple[str, ...]) -> Permission:
    said = f"{why}; Lake Formation takes no ARN, and asks besides whether the caller administers it"
    return Permission(sid, said, calls.LAKE_FORMATION, actions, ("*",))


def _see_roles() -> Permission:
    said = "drift reads all roles and policies at once, so that a role that nobody planned is seen; IAM takes no ARN"
    return Permission("SeeRoles", said, calls.IAM, ("iam:GetAccountAuthorizationDetails",), ("*",))


def _see_links(account: Account) -> Permission:
    databases = (database_arn(account.id, region, "*") for region in account.regions)
    said = "drift lists all databases, so that a link that nobody planned is seen"
    return Permission("SeeLinks", said, calls.GLUE, ("glue:GetDatabases",), tuple(_catalog(account, tuple(databases))))


def _trail() -> Permission:
    said = "drift says who made what differs; CloudTrail takes no ARN"
    return Permission("SeeWho", said, calls.CLOUDTRAIL, ("cloudtrail:LookupEvents",), ("*",))


def _pass_location_role(deployment: Deployment, account: Account) -> Permission:
    return Permission(
        "PassLocationRole",
        "it registers S3 locations, which Lake Formation reads as this one role; the role says itself who may be it",
        calls.REGISTRATION,
        ("iam:PassRole",),
        (deployment.lake_location_role_arn(account.id),),
    )


def _shares(account: Account) -> Iterator[Permission]:
    shares = tuple(f"arn:aws:ram:{region}:{account.id}:resource-share/*" for region in account.regions)
    catalogs = tuple(catalog_arn(account.id, region) for region in account.regions)
    why = "Lake Formation shares what is granted into another account through AWS RAM, on behalf of its caller"
    yield Permission(
        "CreateShares",
        f"{why}; RAM takes no ARN here",
        calls.CROSS_ACCOUNT,
        ("ram:CreateResourceShare",),
        ("*",),
        {"StringLikeIfExists": {"ram:RequestedResourceType": list(calls.SHARED_TYPES)}},
    )
    yield Permission(
        "ChangeShares",
        f"{why}: its own shares only",
        calls.CROSS_ACCOUNT,
        calls.SHARES,
        shares,
        {"StringLike": {"ram:ResourceShareName": ["LakeFormation*"]}},
    )
    yield Permission(
        "PermitShares",
        f"{why}: with AWS's own permissions for Lake Formation only",
        calls.CROSS_ACCOUNT,
        ("ram:AssociateResourceSharePermission",),
        shares,
        {"StringLike": {"ram:PermissionArn": ["arn:aws:ram::aws:permission/AWSRAMLFEnabled*"]}},
    )
    yield Permission("ReadShares", f"{why}; AWS takes no ARN here", calls.RAM, calls.SHARES_WITHOUT_ARN, ("*",))
    yield Permission(
        "ShareCatalog",
        "a share writes the policy of the catalog",
        calls.CROSS_ACCOUNT,
        ("glue:DeleteResourcePolicy", "glue:PutResourcePolicy"),
        catalogs,
    )


def _role_arns(account: Account) -> str:
    return f"arn:aws:iam::{account.id}:role/{ROLE_PREFIX}*"


def _databases(mesh: Mesh, account: Account) -> Iterator[str]:
    """The databases that are named after a product, by how the names of a domain's products begin."""
    folders = {domain.id for domain in mesh.domains} | {product.id.partition("/")[0] for product in mesh.products}
    for region in account.regions:
        for folder in sorted(folders):
            yield database_arn(account.id, region, f"{folder.replace('-', '_')}__*")


def _catalog(account: Account, arns: tuple[str, ...]) -> Iterator[str]:
    """The ARNs with the catalogs above them: Glue asks for permission on a resource and all that it lies in."""
    yield from (catalog_arn(account.id, region) for region in account.regions)
    yield from arns


def _check_size(name: str, limit: Limit, permissions: tuple[Permission, ...]) -> None:
    size = characters(document_of(permissions))
    if limit.value is not None and size > limit.value:
        raise MeshwardenError(
            f"the permissions of `{name}` take {size} characters, and `{limit.id}` is {limit.value} ({limit.source})"
        )
