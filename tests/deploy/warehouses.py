"""What sessions read in Amazon Redshift: every column by every path that there is, asked through the Data API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from engine.grants import names
from engine.model.decided import AccessRole
from engine.model.facts import Warehouse
from engine.model.plan import Plan, RolePlan, ShareTarget
from tests.deploy.cloud import Cloud
from tests.emulator.identity import Credentials
from tests.emulator.lambda_service.state import Functions
from tests.emulator.redshift.catalogue import ADMIN, Namespace

Named: TypeAlias = tuple[str, str, str]
"""(database, schema, table or view), as one names it from any database of the warehouse."""

Selected: TypeAlias = tuple[str, str, str, str]
"""(warehouse, product, table, column)."""

_REFUSED = ("permission denied for ", "does not exist")
"""What Redshift says of what one may not read; anything else that fails is a fault of the test."""
_SHUT = ("permission denied for database ", "permission denied for schema ")


class StatementError(Exception):
    """Redshift's own words."""


@dataclass(frozen=True)
class Client:
    """Somebody who asks a warehouse through the Data API; `user`: as whom he signs in to a cluster."""

    api: Any
    warehouse: Warehouse
    user: str

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Raises ClientError where the call is refused, and StatementError where the statement is."""
        answer = self.api.get_statement_result(Id=self._run(sql))
        return [tuple(_value(cell) for cell in row) for row in answer["Records"]]

    def readable(self, path: Named, columns: Iterable[str]) -> Iterator[str]:
        """Those of the columns that he reads, each asked for by itself, until the warehouse, the database or the schema
        is refused to him: then none.

        Raises StatementError or ClientError for what fails and is no refusal.
        """
        for column in columns:
            try:
                self._run(f"SELECT {_quoted(column)} FROM {'.'.join(map(_quoted, path))}")
            except StatementError as error:
                if not any(word in str(error) for word in _REFUSED):
                    raise
                if any(word in str(error) for word in _SHUT):
                    return
            except ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise
                return
            else:
                yield column

    def shows(self, path: Named, columns: list[str]) -> bool:
        """Whether the rows are those that were seeded in columns of these names."""
        chosen = ", ".join(map(_quoted, columns))
        rows = self.rows(f"SELECT {chosen} FROM {'.'.join(map(_quoted, path))} ORDER BY 1")
        return rows == [tuple(f"{column}-{number}" for column in columns) for number in (1, 2)]

    def _run(self, sql: str) -> str:
        cluster = self.warehouse.kind == "cluster"
        place = {"ClusterIdentifier" if cluster else "WorkgroupName": self.warehouse.compute}
        if cluster:
            place["DbUser"] = self.user
        asked = self.api.execute_statement(Sql=sql, Database=self.warehouse.database, WaitTimeSeconds=30, **place)
        if asked["Status"] != "FINISHED":
            raise StatementError(self.api.describe_statement(Id=asked["Id"])["Error"])
        return str(asked["Id"])


def client(cloud: Cloud, credentials: Credentials, role: RolePlan, warehouse: str, user: str | None = None) -> Client:
    """Of a session; in a cluster as the access role's own user, or another."""
    held = cloud.mesh.warehouse[warehouse]
    own = names.redshift_user(AccessRole(role.persona, role.purpose, role.account))
    return Client(cloud.server.client("redshift-data", credentials, held.region), held, user or own)


def namespace_of(cloud: Cloud, warehouse: str) -> Namespace:
    """Raises KeyError."""
    return cloud.world.warehouses.of_namespace(cloud.mesh.warehouse[warehouse].namespace)


def run_by_hand(cloud: Cloud, warehouse: str, *statements: str) -> list[tuple[object, ...]]:
    """What the superuser runs there by hand; the rows of the last one. Raises SqlError."""
    held = namespace_of(cloud, warehouse)
    results = held.run(database=held.database, user=ADMIN, roles=frozenset(), statements=statements, transaction=False)
    return list(results[-1].rows)


def misselected(cloud: Cloud, plan: Plan) -> tuple[list[str], int]:
    """Every session of every access role, with and without each session policy, that reads in a warehouse other than
    it should; and how many columns were asked for: of each table and view in each warehouse of the role's account."""
    there = {warehouse.id: _relations(cloud, plan, warehouse) for warehouse in cloud.mesh.warehouses}
    wrong, asked = [], 0
    for role in plan.access_roles:
        for policy in [None, *(item for item in plan.session_policies if item.role == role.id)]:
            reads, count = _selected(cloud, role, policy.arn if policy else None, there)
            asked += count
            should = expected_selects(plan, role, policy.product if policy else None)
            who = f"{role.id} under {policy.id if policy else 'no policy'}"
            wrong += [f"{who} reads {found}, and should not" for found in sorted(reads - should)]
            wrong += [f"{who} does not read {lost}, and should" for lost in sorted(should - reads)]
    return wrong, asked


def expected_selects(plan: Plan, role: RolePlan, product: str | None) -> set[Selected]:
    """What a session of the role should read; under the session policy of a product, where that one is received.

    AWS knows no products: a session that signs in reads whatever its database role may.
    """
    targets = [
        (grant.product, grant.target)
        for grant in plan.grants
        if isinstance(grant.target, ShareTarget) and grant.principal == role.arn
    ]
    entered = {target.consumer for of, target in targets if product in (None, of)}
    return {
        (target.consumer, of, view.table, column)
        for of, target in targets
        if target.consumer in entered
        for view in target.views
        for column in view.columns
    }


@contextmanager
def restored(cloud: Cloud) -> Iterator[None]:
    """What is done within, by hand, is undone in every warehouse."""
    kept = {id: held.state.copy() for id, held in cloud.world.warehouses.namespaces.items()}
    try:
        yield
    finally:
        for id, state in kept.items():
            cloud.world.warehouses.namespaces[id].state = state


@contextmanager
def done_since(cloud: Cloud) -> Iterator[list[str]]:
    """The statements that reconcilers log as done within, known at its end."""
    functions = [function for held in cloud.world.states(Functions).values() for function in held.by_name.values()]
    begun = {function.arn: len(function.logs) for function in functions}
    done: list[str] = []
    yield done
    for function in functions:
        for line in "".join(function.logs[begun[function.arn] :]).splitlines():
            done += json.loads(line).get("done", [])


@dataclass(frozen=True)
class _Relation:
    """A table or view as the superuser sees it: what it is of, and its columns with those of the contract."""

    path: Named
    product: str
    table: str
    columns: tuple[str, ...]


def _selected(
    cloud: Cloud, role: RolePlan, policy: str | None, there: Mapping[str, list[_Relation]]
) -> tuple[set[Selected], int]:
    """What a session of the role reads in the warehouses of its account, and how many columns it asked for."""
    mine = [warehouse for warehouse in cloud.mesh.warehouses if warehouse.account == role.account]
    columns = sum(len(relation.columns) for warehouse in mine for relation in there[warehouse.id])
    try:
        credentials = cloud.session(role, policy)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return set(), columns
    found: set[Selected] = set()
    for warehouse in mine:
        who = client(cloud, credentials, role, warehouse.id)
        for relation in there[warehouse.id]:
            read = list(who.readable(relation.path, relation.columns))
            kind = (
                relation.table if not read or who.shows(relation.path, read) else f"{relation.table}, with other rows"
            )
            found |= {(warehouse.id, relation.product, kind, column) for column in read}
    return found, columns


def _relations(cloud: Cloud, plan: Plan, warehouse: Warehouse) -> list[_Relation]:
    rows = run_by_hand(
        cloud, warehouse.id, "SELECT database_name, schema_name, table_name, column_name FROM svv_redshift_columns"
    )
    standing: dict[Named, set[str]] = {}
    for database, schema, table, column in rows:
        standing.setdefault((str(database), str(schema), str(table)), set()).add(str(column))
    places = dict(_places(plan))
    found = []
    for path, columns in sorted(standing.items()):
        product, table = places.get(path[1:], (".".join(path), ""))
        tables = cloud.mesh.product[product].tables if table else ()
        of_contract = {column.name for item in tables if item.name == table for column in item.columns}
        found.append(_Relation(path, product, table, tuple(sorted(columns | of_contract))))
    return found


def _places(plan: Plan) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """(schema, table or view) → the product and the table that it is, or shows."""
    for item in plan.warehouse_tables:
        for table, location in item.tables.items():
            schema, _, name = location.partition(".")
            yield (schema, name), (item.product, table)
    for grant in plan.grants:
        if isinstance(grant.target, ShareTarget):
            for view in grant.target.views:
                yield (grant.target.name, view.table), (grant.product, view.table)


def _value(cell: Mapping[str, Any]) -> object:
    return None if "isNull" in cell else next(iter(cell.values()))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
