"""What the sessions of a plan's access roles read in the emulated warehouses, through the Redshift Data API.

Every session tries every warehouse of its account: a serverless one by itself, a cluster by itself and as each database
user that there is. Once in, it asks for all columns of each table and view by its path, and the rows tell whose they
are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.emulator import redshift_data
from tests.emulator.errors import AccessDenied, AwsError
from tests.emulator.identity import Credentials
from tests.emulator.redshift.catalogue import ADMIN, Namespace
from tests.emulator.redshift.session import Session
from tests.properties.applied import Cloud
from tests.properties.redshift import Column

REGISTERED = (redshift_data,)

Json = dict[str, Any]
Path = tuple[str, str, str]
"""Database, schema, table or view."""

_REFUSED = ("permission denied for ", "does not exist")
"""What Redshift says of what one may not read; anything else that fails is a fault of what asks."""


@dataclass
class InWarehouses:
    """`ids`: namespace → the warehouse that it is in the facts."""

    cloud: Cloud
    ids: dict[str, str]
    seen: Counter[str]
    statement: tuple[str, str] | None = None
    """Region and id of the last statement that was submitted."""
    _there: dict[str, list[tuple[Path, int]]] = field(default_factory=dict)

    def reads(self, session: Credentials, account: str) -> set[Column]:
        """Every column that a session of the account reads now, in any warehouse that it can ask."""
        found: set[Column] = set()
        self.statement = None
        for namespace in self.cloud.world.warehouses.namespaces.values():
            for signed in self._ways(namespace) if namespace.account == account else ():
                read = {
                    (f"{self.ids.get(namespace.namespace)} {product}", table, column)
                    for product, table, column in self._cells(session, namespace, signed)
                }
                self.seen[f"columns in {namespace.kind} warehouses"] += len(read)
                found |= read
        return found

    def sees(self, session: Credentials) -> bool:
        """Whether a session sees the last statement, or its results."""
        assert self.statement is not None
        region, id = self.statement
        return any(
            self._is_answered(session, action, region, id) for action in ("DescribeStatement", "GetStatementResult")
        )

    def _ways(self, namespace: Namespace) -> list[Json]:
        """How one may sign in. Not as the administrator: a plan does not say who that is."""
        if namespace.kind == "serverless":
            return [{"WorkgroupName": namespace.compute}]
        cluster = {"ClusterIdentifier": namespace.compute}
        users = [name for name in namespace.state.users if name != ADMIN and not name.startswith("IAM")]
        return [cluster, *(cluster | {"DbUser": user} for user in users)]

    def _cells(self, session: Credentials, namespace: Namespace, signed: Json) -> Iterator[list[str]]:
        """The cells of whatever a session reads that has signed in; none where it does not get in."""
        try:
            for path, columns in self._paths(namespace):
                self.seen["columns asked in warehouses"] += columns
                for row in self._rows(session, namespace, signed, path):
                    yield from (json.loads(cell["stringValue"]) for cell in row)
        except AccessDenied:
            return

    def _rows(self, session: Credentials, namespace: Namespace, signed: Json, path: Path) -> list[list[Json]]:
        """Raises AccessDenied where IAM refuses a call."""
        region = namespace.region
        query = {"Sql": f"SELECT * FROM {_written(path)}", "Database": namespace.database, "WaitTimeSeconds": 30}
        id = self.cloud.ask_as(session, "redshift-data:ExecuteStatement", region, **signed, **query)["Id"]
        self.statement = region, id
        told = self.cloud.ask_as(session, "redshift-data:DescribeStatement", region, Id=id)
        if told["Status"] == "FINISHED":
            rows: list[list[Json]] = self.cloud.ask_as(session, "redshift-data:GetStatementResult", region, Id=id)[
                "Records"
            ]
            return rows
        assert any(word in told["Error"] for word in _REFUSED), (path, told["Error"])
        return []

    def _paths(self, namespace: Namespace) -> list[tuple[Path, int]]:
        """Each table and view that there is, by its path, with how many columns it has."""
        if namespace.namespace not in self._there:
            administrator = Session(namespace, namespace.database, ADMIN, frozenset(), transaction=False)
            self._there[namespace.namespace] = [
                ((database.name, schema, name), len(relation.columns))
                for database in namespace.state.databases.values()
                for schema, place in administrator.places(database).items()
                for name, relation in place.relations.items()
            ]
        return self._there[namespace.namespace]

    def _is_answered(self, session: Credentials, operation: str, region: str, id: str) -> bool:
        try:
            self.cloud.ask_as(session, f"redshift-data:{operation}", region, Id=id)
        except AccessDenied:
            return False
        except AwsError:  # of a statement that has no result
            return True
        return True


def _written(path: Path) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in path)
