"""The most that an access role may do, whatever it is given: the administrator's, so that no deploy changes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.grants.datashare.consumers import SESSION_TAG
from engine.grants.names import (
    ROLE_PREFIX,
    USER_PREFIX,
    catalog_arn,
    cluster_arn,
    cluster_database_arn,
    cluster_user_arn,
    workgroup_of_warehouse_arn,
)
from engine.grants.session_policy.compile import (
    DATA_ACTIONS,
    DATABASE_ACTIONS,
    QUERY_ACTIONS,
    RESULT_ACTIONS,
    TABLE_ACTIONS,
)
from engine.grants.session_policy.warehouse import OWN_STATEMENTS, SIGN_IN_ACTIONS, STATEMENT_ACTIONS
from engine.model.facts import Account, Warehouse
from engine.model.mesh import Mesh
from engine.model.plan import Document
from engine.onboard import calls
from engine.onboard.permission import Permission

_AS_ONE_OF_OURS: Document = {
    "StringLikeIfExists": {f"aws:PrincipalTag/{SESSION_TAG}": "mw_*"},
    "StringNotLike": {f"aws:PrincipalTag/{SESSION_TAG}": "*:*"},
}
"""Whoever changes a trust decides which tag is passed, and a tag may name several roles, with colons between them."""


def boundary(mesh: Mesh, account: Account) -> Iterator[Permission]:
    """By what it may read at all: the lake, its catalogs, Athena, and the account's warehouses."""
    catalogs = dict.fromkeys((mesh.governance_account.id, account.id))
    glue = [catalog_arn(catalog, region) for catalog in catalogs for region in account.regions]
    glue += [
        f"arn:aws:glue:{region}:{catalog}:{kind}/*"
        for catalog in catalogs
        for region in account.regions
        for kind in ("database", "table")
    ]
    yield Permission(
        "ReadLake",
        "an access role gets data from Lake Formation, which checks its grants; AWS takes no ARN",
        calls.LAKE_FORMATION,
        DATA_ACTIONS,
        ("*",),
    )
    yield Permission(
        "ReadCatalog",
        "an access role reads the catalog, of links and of their targets",
        calls.GLUE,
        tuple(sorted({*DATABASE_ACTIONS, *TABLE_ACTIONS})),
        tuple(glue),
    )
    yield Permission(
        "Query",
        "an access role queries in the Athena workgroup that has its name",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonathena.html",
        QUERY_ACTIONS,
        tuple(f"arn:aws:athena:{region}:{account.id}:workgroup/{ROLE_PREFIX}*" for region in account.regions),
    )
    yield from _warehouses([item for item in mesh.warehouses if item.account == account.id])


def _warehouses(declared: Sequence[Warehouse]) -> Iterator[Permission]:
    if not declared:
        return
    clusters = [item for item in declared if item.kind == "cluster"]
    workgroups = [item for item in declared if item.kind == "serverless"]
    yield Permission(
        "QueryWarehouses",
        "an access role runs statements in its account's warehouses, as its database role",
        calls.REDSHIFT_DATA,
        STATEMENT_ACTIONS,
        (*map(workgroup_of_warehouse_arn, workgroups), *map(cluster_arn, clusters)),
    )
    yield Permission(
        "SeeOwnStatements",
        "it sees its own statements and nobody else's; AWS takes no ARN",
        calls.REDSHIFT_DATA,
        RESULT_ACTIONS,
        ("*",),
        OWN_STATEMENTS,
    )
    if workgroups:
        yield Permission(
            "SignInToWorkgroups",
            "it signs in with the database role that its session's tag names: one of ours, and no other",
            calls.REDSHIFT_SERVERLESS,
            ("redshift-serverless:GetCredentials",),
            tuple(map(workgroup_of_warehouse_arn, workgroups)),
            _AS_ONE_OF_OURS,
        )
    if clusters:
        yield Permission(
            "SignInToClusters",
            "it signs in as the database user that is made for it",
            calls.REDSHIFT,
            SIGN_IN_ACTIONS,
            (*(cluster_user_arn(item, f"{USER_PREFIX}__*") for item in clusters), *map(cluster_database_arn, clusters)),
        )
