"""What the roles that Meshwarden assumes need for the reconcilers of an account's warehouses, and what bounds those.

The role that plans calls the functions that only read. The one that deploys makes the others and calls them; it makes
their roles within a boundary that names the account's warehouses, and lets AWS Lambda alone run as one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.grants.datashare.compile import warehouse_plans
from engine.grants.datashare.consumers import SESSION_TAG
from engine.grants.datashare.reconciler import (
    BOUNDARY,
    LOGGING,
    OWN_STATEMENTS,
    RUNNING,
    SEEING,
    Reconciler,
    compute_arn,
    database_arn,
    log_group_arn,
    namespace_arn,
    reconcilers,
    share_arn,
)
from engine.grants.names import policy_arn
from engine.model.facts import Account
from engine.model.mesh import Mesh
from engine.model.plan import Document
from engine.onboard import calls
from engine.onboard.permission import Permission

_ROLES = ("aws_iam_role", "aws_iam_role_policy")
_FUNCTIONS = "aws_lambda_function"
_LOGS = "aws_cloudwatch_log_group"
_SHARES = ("aws_redshift_data_share_authorization", "aws_redshift_data_share_consumer_association")


def reconcilers_of(mesh: Mesh, account: Account) -> tuple[Reconciler, ...]:
    """Those of one account, in use or suspended: what leaves is taken apart with the same rights."""
    used = account.model_copy(update={"suspended": False, "suspended_regions": ()})
    return reconcilers([used], warehouse_plans(mesh))


def read_reconcilers(made: Sequence[Reconciler]) -> Iterator[Permission]:
    """What Terraform reads to plan them."""
    if not made:
        return
    yield Permission(
        "ReadReconcilers",
        "Terraform reads the functions that change warehouses",
        calls.LAMBDA,
        calls.reads_of(_FUNCTIONS),
        _functions(made, "meshwarden-"),
    )
    yield Permission(
        "ReadReconcilerRoles",
        "Terraform reads the roles that they run as",
        calls.IAM,
        calls.reads_of(*_ROLES),
        _roles(made),
    )
    yield Permission(
        "ReadLogs",
        "Terraform reads the tags of their logs",
        calls.LOGS,
        ("logs:ListTagsForResource",),
        _logs(made),
    )
    yield Permission(
        "FindLogs",
        "Terraform finds their logs; CloudWatch takes no ARN",
        calls.LOGS,
        ("logs:DescribeLogGroups",),
        ("*",),
    )
    yield Permission(
        "ReadShares",
        "Terraform reads whom a datashare is let to; Redshift takes no ARN here",
        calls.REDSHIFT,
        calls.reads_of(*_SHARES),
        ("*",),
    )


def call_readers(made: Sequence[Reconciler]) -> Iterator[Permission]:
    if made:
        yield Permission(
            "AskReaders",
            "drift asks what stands in a warehouse, by functions that run SELECT and SHOW only",
            calls.LAMBDA,
            calls.changes_of("aws_lambda_invocation"),
            _functions(made, "meshwarden-reader-"),
        )


def make_reconcilers(mesh: Mesh, account: Account, made: Sequence[Reconciler]) -> Iterator[Permission]:
    """What the role that deploys changes."""
    if not made:
        return
    yield from _make_roles(account, made)
    yield Permission(
        "ChangeReconcilers",
        "it makes, changes and removes the functions, whose code is Meshwarden's",
        calls.LAMBDA,
        calls.changes_of(_FUNCTIONS),
        _functions(made, "meshwarden-"),
    )
    yield Permission(
        "CallReconcilers",
        "it calls them, so that warehouses hold what the plan says",
        calls.LAMBDA,
        calls.changes_of("aws_lambda_invocation"),
        _functions(made, "meshwarden-reconciler-"),
    )
    yield Permission(
        "ChangeLogs",
        "it makes their logs, sets how long they are kept, and removes them",
        calls.LOGS,
        calls.changes_of(_LOGS),
        _logs(made),
    )
    yield from _authorize(mesh, account, made)
    yield from _associate(mesh, account, made)


def boundary(made: Sequence[Reconciler]) -> Iterator[Permission]:
    """The most that a reconciler's role may do, whatever it is given: all of the account's together."""
    if not made:
        return
    warehouses = list(dict.fromkeys(warehouse for item in made for warehouse in item.warehouses))
    yield Permission(
        "RunStatements",
        "a reconciler runs statements in the warehouses that are declared",
        calls.REDSHIFT_DATA,
        RUNNING,
        tuple(compute_arn(warehouse) for warehouse in warehouses),
    )
    yield Permission(
        "SeeStatements",
        "it sees how its own statements ended, and nobody else's; AWS takes no ARN",
        calls.REDSHIFT_DATA,
        SEEING,
        ("*",),
        OWN_STATEMENTS,
    )
    if clusters := [warehouse for warehouse in warehouses if warehouse.kind == "cluster"]:
        yield Permission(
            "SignInToClusters",
            "it signs in to the database that is declared, as the user of its role's name",
            calls.REDSHIFT,
            ("redshift:GetClusterCredentialsWithIAM",),
            tuple(database_arn(warehouse) for warehouse in clusters),
        )
    if workgroups := [warehouse for warehouse in warehouses if warehouse.kind == "serverless"]:
        yield Permission(
            "SignInToWorkgroups",
            "it signs in as the user of its role's name, with no database role by a tag",
            calls.REDSHIFT_SERVERLESS,
            ("redshift-serverless:GetCredentials",),
            tuple(compute_arn(warehouse) for warehouse in workgroups),
            {"Null": {f"aws:PrincipalTag/{SESSION_TAG}": "true"}},
        )
    yield Permission(
        "Log",
        "it writes its log, which holds names and no data",
        calls.LOGS,
        LOGGING,
        tuple(f"{log_group_arn(item, function)}:*" for item in made for function in item.functions),
    )


def _make_roles(account: Account, made: Sequence[Reconciler]) -> Iterator[Permission]:
    bounded: Document = {"StringEquals": {"iam:PermissionsBoundary": policy_arn(account.id, BOUNDARY)}}
    yield Permission(
        "CreateReconcilerRoles",
        "it makes the roles that the functions run as, each within a boundary that it can neither change nor take away",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html",
        ("iam:CreateRole", "iam:PutRolePolicy"),
        _roles(made),
        bounded,
    )
    yield Permission(
        "ChangeReconcilerRoles",
        "it removes them, and what they are given",
        calls.IAM,
        ("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole"),
        _roles(made),
    )
    yield Permission(
        "PassReconcilerRoles",
        "AWS Lambda runs the functions as these roles, and nobody else is handed one",
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
        ("iam:PassRole",),
        _roles(made),
        {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
    )


def _authorize(mesh: Mesh, account: Account, made: Sequence[Reconciler]) -> Iterator[Permission]:
    producing = [warehouse for item in made if item.side == "producer" for warehouse in item.warehouses]
    consumers = sorted({item.account for item in mesh.warehouses if "consumer" in mesh.account[item.account].roles})
    if not producing:
        return
    ours = tuple(share_arn(warehouse, "mw_*") for warehouse in producing)
    if others := [consumer for consumer in consumers if consumer != account.id]:
        yield Permission(
            "AuthorizeShares",
            "it lets declared consumer accounts, and no others, use the datashares that it makes",
            calls.REDSHIFT,
            ("redshift:AuthorizeDataShare",),
            ours,
            {"StringEquals": {"redshift:ConsumerIdentifier": others}},
        )
    yield Permission(
        "DeauthorizeShares",
        "it cuts a consumer off",
        calls.REDSHIFT,
        ("redshift:DeauthorizeDataShare",),
        ours,
    )


def _associate(mesh: Mesh, account: Account, made: Sequence[Reconciler]) -> Iterator[Permission]:
    consuming = [warehouse for item in made if item.side == "consumer" for warehouse in item.warehouses]
    shared = tuple(
        share_arn(warehouse, "mw_*")
        for warehouse in warehouse_plans(mesh)
        if warehouse.account != account.id and "producer" in mesh.account[warehouse.account].roles
    )
    if consuming and shared:
        yield Permission(
            "AssociateShares",
            "it takes producers' datashares for the account's declared warehouses, and gives them back",
            calls.REDSHIFT,
            calls.changes_of("aws_redshift_data_share_consumer_association"),
            shared,
            {"StringEquals": {"redshift:ConsumerArn": [namespace_arn(warehouse) for warehouse in consuming]}},
        )


def _functions(made: Sequence[Reconciler], prefix: str) -> tuple[str, ...]:
    regions = sorted({item.region for item in made})
    return tuple(f"arn:aws:lambda:{region}:{made[0].account}:function:{prefix}*" for region in regions)


def _logs(made: Sequence[Reconciler]) -> tuple[str, ...]:
    regions = sorted({item.region for item in made})
    return tuple(f"arn:aws:logs:{region}:{made[0].account}:log-group:/aws/lambda/meshwarden-*" for region in regions)


def _roles(made: Sequence[Reconciler]) -> tuple[str, ...]:
    return tuple(item.role_arn for item in made)
