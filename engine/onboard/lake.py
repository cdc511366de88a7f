"""What the roles that Meshwarden assumes need for a lake, statement by statement: access roles, links, Lake Formation.

The role that plans reads these, the one that deploys makes them; drift sees besides what nobody planned.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.grants.names import BOUNDARY, ROLE_PREFIX, catalog_arn, database_arn, policy_arn
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.onboard import calls
from engine.onboard.permission import Permission
from engine.sources.deployment import Deployment

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


def read_roles(account: Account) -> Iterator[Permission]:
    """What Terraform reads to plan access roles."""
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


def make_roles(account: Account) -> Iterator[Permission]:
    """What makes access roles and their policies, and removes them."""
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


def read_links(mesh: Mesh, account: Account) -> Iterator[Permission]:
    """What Terraform reads to plan resource links."""
    yield Permission(
        "ReadLinks",
        "Terraform reads resource links, which are named after products",
        calls.GLUE,
        calls.reads_of(_LINKS),
        tuple(_catalog(account, (*_databases(mesh, account),))),
    )


def make_links(mesh: Mesh, account: Account) -> Iterator[Permission]:
    """What makes resource links, and removes them."""
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


def read_tables(mesh: Mesh, account: Account) -> Permission:
    """What Lake Formation asks for of the central catalog, whoever plans or deploys."""
    databases = tuple(_databases(mesh, account))
    tables = tuple(arn.replace(":database/", ":table/") for arn in databases)
    return Permission(
        "ReadCentralTables",
        "Lake Formation looks up what is tagged and granted on behalf of its caller",
        calls.GLUE,
        ("glue:GetDatabase", "glue:GetTable"),
        tuple(_catalog(account, (*databases, *tables))),
    )


def kinds(deployment: Deployment, account: Account) -> tuple[str, ...]:
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


def lake_formation(sid: str, why: str, actions: tuple[str, ...]) -> Permission:
    """Actions of Lake Formation's own."""
    said = f"{why}; Lake Formation takes no ARN, and asks besides whether the caller administers it"
    return Permission(sid, said, calls.LAKE_FORMATION, actions, ("*",))


def see_roles() -> Permission:
    """What drift reads of access roles, planned or not."""
    said = "drift reads all roles and policies at once, so that a role that nobody planned is seen; IAM takes no ARN"
    return Permission("SeeRoles", said, calls.IAM, ("iam:GetAccountAuthorizationDetails",), ("*",))


def see_links(account: Account) -> Permission:
    """What drift reads of resource links, planned or not."""
    databases = (database_arn(account.id, region, "*") for region in account.regions)
    said = "drift lists all databases, so that a link that nobody planned is seen"
    return Permission("SeeLinks", said, calls.GLUE, ("glue:GetDatabases",), tuple(_catalog(account, tuple(databases))))


def pass_location_role(deployment: Deployment, account: Account) -> Permission:
    """What the registration of S3 locations asks for beside Lake Formation's own."""
    return Permission(
        "PassLocationRole",
        "it registers S3 locations, which Lake Formation reads as this one role; the role says itself who may be it",
        calls.REGISTRATION,
        ("iam:PassRole",),
        (deployment.lake_location_role_arn(account.id),),
    )


def share(account: Account) -> Iterator[Permission]:
    """What grants into another account ask for beside Lake Formation's own."""
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
