"""What a session may ask of Amazon Redshift: credentials for a warehouse, and statements by its Data API.

AWS knows no products here: whoever gets into a warehouse reads what his database role may read there. Serverless, the
role is the session's tag; in a cluster it is that of the one database user as whom the session may sign in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from engine.grants import names
from engine.grants.documents import statement
from engine.grants.realise import Realised
from engine.model.facts import Warehouse
from engine.model.mesh import Mesh
from engine.model.plan import Document

STATEMENT_ACTIONS = ("redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement")
WORKGROUP_ACTIONS = ("redshift-serverless:GetCredentials", *STATEMENT_ACTIONS)
CLUSTER_ACTIONS = STATEMENT_ACTIONS
SIGN_IN_ACTIONS = ("redshift:GetClusterCredentials",)

OWN_STATEMENTS: Document = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
"""The condition under which a session sees its own statements and nobody else's."""


def warehouse_statements(mesh: Mesh, parts: Sequence[Realised]) -> list[Document]:
    """What signs in where one product is received, until the last entitlement to it ends."""
    role, end = parts[0].role, last_end(parts)
    received = [mesh.warehouse[id] for id in parts[0].warehouses]
    clusters = [warehouse for warehouse in received if warehouse.kind == "cluster"]
    user = names.redshift_user(role)
    signing_in = [arn for cluster in clusters for arn in _sign_in(cluster, user)]
    return [
        *_on(
            WORKGROUP_ACTIONS,
            [names.workgroup_of_warehouse_arn(item) for item in received if item not in clusters],
            end,
        ),
        *_on(CLUSTER_ACTIONS, map(names.cluster_arn, clusters), end),
        *_on(SIGN_IN_ACTIONS, signing_in, end),
    ]


def last_end(parts: Iterable[Realised]) -> datetime:
    return max(part.entitlement.end for part in parts)


def _sign_in(cluster: Warehouse, user: str) -> tuple[str, str]:
    return names.cluster_user_arn(cluster, user), names.cluster_database_arn(cluster)


def _on(actions: Iterable[str], resources: Iterable[str], end: datetime) -> Iterator[Document]:
    if named := list(resources):
        yield statement(actions, named, end)
