"""Where the reconcilers stand, what they are called, and what they may do: one a side of an account in a region.

A side is a function of what is declared, never of grants: the producer's makes datashares in the warehouses of an
account, the consumer's makes databases of them. A side has two functions, one that changes and one that only reads,
which run as one role. In a warehouse they are the database user that is named after the role.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.grants.documents import VERSION
from engine.model.facts import Account
from engine.model.plan import Document, WarehousePlan

Side = Literal["producer", "consumer"]
SIDES: tuple[Side, ...] = ("producer", "consumer")

FUNCTION, LOG = "function", "log"
AUTHORIZATION, ASSOCIATION = "datashare's authorization", "datashare's association"
"""What AWS makes only once. A thing of the last two kinds is named `<datashare> to <consumer>`, by its ARNs."""

BOUNDARY = "meshwarden-reconciler-boundary"
"""The managed policy of an account that bounds its reconcilers' roles; its administrator makes it."""

RUNNING = ("redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement")
SEEING = ("redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:ListStatements")
LOGGING = ("logs:CreateLogStream", "logs:PutLogEvents")
OWN_STATEMENTS: Document = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
"""Statements of the Data API take no ARN; this lets one see one's own.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftdataapi.html
"""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """One side of an account in a region, and the warehouses that are declared there."""

    account: str
    region: str
    side: Side
    warehouses: tuple[WarehousePlan, ...]

    @property
    def function(self) -> str:
        return function_name(self.side)

    @property
    def reader(self) -> str:
        """The function that changes nothing."""
        return reader_name(self.side)

    @property
    def functions(self) -> tuple[str, str]:
        return self.function, self.reader

    @property
    def role(self) -> str:
        """The IAM role as which both functions run."""
        return f"meshwarden-reconciler-{self.region}-{self.side}"

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.role}"

    @property
    def user(self) -> str:
        """The database user that the role is in a warehouse.

        https://docs.aws.amazon.com/redshift/latest/mgmt/generating-user-credentials.html
        """
        return f"IAMR:{self.role}"

    @property
    def policy(self) -> Document:
        """What the role may do: `permissions`, as a document."""
        return {"Version": VERSION, "Statement": list(self.permissions)}

    @property
    def permissions(self) -> tuple[Document, ...]:
        """The statements of the role's policy."""
        computes = [compute_arn(warehouse) for warehouse in self.warehouses]
        logs = [f"{log_group_arn(self, function)}:*" for function in self.functions]
        return (
            _allow(
                "RunStatements", ["redshift-data:BatchExecuteStatement", "redshift-data:ExecuteStatement"], computes
            ),
            {**_allow("SeeStatements", list(SEEING), ["*"]), "Condition": OWN_STATEMENTS},
            *(_allow(sid, [action], arns) for sid, action, arns in self._credentials()),
            _allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], logs),
        )

    def _credentials(self) -> Iterator[tuple[str, str, list[str]]]:
        databases = [database_arn(item) for item in self.warehouses if item.kind == "cluster"]
        if databases:
            yield "SignInToClusters", "redshift:GetClusterCredentialsWithIAM", databases
        workgroups = [compute_arn(item) for item in self.warehouses if item.kind == "serverless"]
        if workgroups:
            yield "SignInToWorkgroups", "redshift-serverless:GetCredentials", workgroups


def function_name(side: Side) -> str:
    """The function that changes something, in each account and region that has the side."""
    return f"meshwarden-reconciler-{side}"


def reader_name(side: Side) -> str:
    """The function that only reads."""
    return f"meshwarden-reader-{side}"


def sides(account: Account) -> tuple[Side, ...]:
    """The sides that an account with a warehouse has."""
    return tuple(side for side in SIDES if side in account.roles)


def reconcilers(accounts: Iterable[Account], warehouses: Iterable[WarehousePlan]) -> tuple[Reconciler, ...]:
    """Every reconciler, by account, region and side; none where the account or the region is suspended."""
    declared = sorted(warehouses, key=lambda warehouse: warehouse.id)
    return tuple(
        Reconciler(account.id, region, side, here)
        for account in accounts
        if not account.suspended
        for region in account.regions
        if region not in account.suspended_regions
        if (here := tuple(item for item in declared if (item.account, item.region) == (account.id, region)))
        for side in sides(account)
    )


def compute_arn(warehouse: WarehousePlan) -> str:
    """The cluster, or the workgroup by its id, as the Data API's permissions name it."""
    place = f"{warehouse.region}:{warehouse.account}"
    if warehouse.kind == "cluster":
        return f"arn:aws:redshift:{place}:cluster:{warehouse.compute}"
    return f"arn:aws:redshift-serverless:{place}:workgroup/{warehouse.workgroup_id}"


def database_arn(warehouse: WarehousePlan) -> str:
    """The database of a cluster to which one signs in."""
    return f"arn:aws:redshift:{warehouse.region}:{warehouse.account}:dbname:{warehouse.compute}/{warehouse.database}"


def namespace_arn(warehouse: WarehousePlan) -> str:
    """The namespace, as a datashare is associated with it.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_AssociateDataShareConsumer.html
    """
    place = f"{warehouse.region}:{warehouse.account}"
    if warehouse.kind == "cluster":
        return f"arn:aws:redshift:{place}:namespace:{warehouse.namespace}"
    return f"arn:aws:redshift-serverless:{place}:namespace/{warehouse.namespace}"


def share_arn(warehouse: WarehousePlan, name: str) -> str:
    """A datashare of a producer's warehouse, of either kind."""
    return f"arn:aws:redshift:{warehouse.region}:{warehouse.account}:datashare:{warehouse.namespace}/{name}"


def log_group(function: str) -> str:
    """Where a function of that name logs."""
    return f"/aws/lambda/{function}"


def log_group_arn(reconciler: Reconciler, function: str) -> str:
    return f"arn:aws:logs:{reconciler.region}:{reconciler.account}:log-group:{log_group(function)}"


def _allow(sid: str, actions: Iterable[str], resources: list[str]) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
