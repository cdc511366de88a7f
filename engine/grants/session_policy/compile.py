"""Session policies: one managed policy for each (access role, product), and the statements they are made of.

What narrows a query in the lake to tables are `glue:Get…` by table ARN, on the link and on its target. A product lies
in the lake or in Amazon Redshift, and is given the statements of one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.grants import names
from engine.grants.documents import document, statement
from engine.grants.realise import Realised
from engine.grants.session_policy.warehouse import OWN_STATEMENTS, last_end, warehouse_statements
from engine.model.decided import AccessRole
from engine.model.mesh import Mesh
from engine.model.plan import Document, SessionPolicyPlan

DATABASE_ACTIONS = ("glue:GetDatabase",)
TABLE_ACTIONS = ("glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable")
QUERY_ACTIONS = (
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:GetWorkGroup",
    "athena:StartQueryExecution",
    "athena:StopQueryExecution",
)
_LAKE = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslakeformation.html"
_DATA_API = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html"
WITHOUT_ARN = {
    "lakeformation:GetDataAccess": _LAKE,
    "redshift-data:CancelStatement": _DATA_API,
    "redshift-data:DescribeStatement": _DATA_API,
    "redshift-data:GetStatementResult": _DATA_API,
}
"""The actions for which AWS takes no ARN, and who says so: the only ones with `*`."""

DATA_ACTIONS = tuple(action for action, source in WITHOUT_ARN.items() if source == _LAKE)
RESULT_ACTIONS = tuple(action for action, source in WITHOUT_ARN.items() if source == _DATA_API)


def session_policy(mesh: Mesh, role: AccessRole, product: str, parts: Sequence[Realised]) -> SessionPolicyPlan:
    """The policy for sessions of `role` that ask for `product`; `parts` are that role's parts of that product."""
    name = names.session_policy_name(role, product)
    return SessionPolicyPlan(
        id=f"{role.id}/{product}",
        role=role.id,
        account=role.account,
        product=product,
        name=name,
        arn=names.policy_arn(role.account, name),
        longest_session=min(part.entitlement.session for part in parts),
        document=document([*shared_statements(parts), *product_statements(mesh, parts)]),
    )


def shared_statements(parts: Sequence[Realised]) -> list[Document]:
    """What every session of a role needs, whatever its product; ends with the last entitlement that it serves."""
    role = parts[0].role
    ends: dict[str, datetime] = {}
    for part in parts:
        if not part.warehouses:
            ends[part.region] = max(part.entitlement.end, ends.get(part.region, part.entitlement.end))
    in_warehouses = [part for part in parts if part.warehouses]
    return [
        *([statement(DATA_ACTIONS, ["*"], max(ends.values()))] if ends else []),
        *(statement(QUERY_ACTIONS, [names.workgroup_arn(role, region)], end) for region, end in sorted(ends.items())),
        *([statement(RESULT_ACTIONS, ["*"], last_end(in_warehouses), OWN_STATEMENTS)] if in_warehouses else []),
    ]


def product_statements(mesh: Mesh, parts: Sequence[Realised]) -> list[Document]:
    """What reads one product's tables: a statement for each instant at which tables end, and one for the databases."""
    if parts[0].warehouses:
        return warehouse_statements(mesh, parts)
    role, product = parts[0].role, parts[0].product
    region = parts[0].region
    database = names.central_database(product)
    catalogs = (mesh.governance_account.id, role.account)
    databases = [names.catalog_arn(catalog, region) for catalog in catalogs]
    databases += [names.database_arn(catalog, region, database) for catalog in catalogs]
    ending: dict[datetime, list[str]] = {}
    for table, end in table_ends(parts).items():
        ending.setdefault(end, []).extend(names.table_arn(catalog, region, database, table) for catalog in catalogs)
    return [
        statement(DATABASE_ACTIONS, databases, max(part.entitlement.end for part in parts)),
        *(statement(TABLE_ACTIONS, [*databases, *tables], end) for end, tables in sorted(ending.items())),
    ]


def table_ends(parts: Iterable[Realised]) -> dict[str, datetime]:
    """When the access of one role to each table ends by itself.

    With its entitlement; where several of the role hold different columns of it, with the first of them to end, since a
    table's statement cannot tell columns apart.
    """
    held: dict[str, list[tuple[tuple[str, ...], datetime]]] = {}
    for part in parts:
        for table, columns in part.columns.items():
            held.setdefault(table, []).append((columns, part.entitlement.end))
    return {
        table: (max if len({columns for columns, _ in of}) == 1 else min)(end for _, end in of)
        for table, of in sorted(held.items())
    }
