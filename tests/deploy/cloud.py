"""The emulated AWS as a company's accounts are before Meshwarden comes: data, a central catalog, people who may act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from engine.grants.datashare.compile import warehouse_plans
from engine.grants.names import central_database
from engine.model.mesh import Mesh
from engine.model.plan import Plan, RolePlan
from engine.sources.deployment import Deployment as Settings
from tests.emulator.athena import columns_visible
from tests.emulator.identity import Credentials, add_user
from tests.emulator.seed import SeedDatabase, SeedTable, add_role, seed_lake
from tests.emulator.seed_warehouses import SeedWarehouse, WarehouseTable, seed_warehouses
from tests.emulator.server import Server, serve
from tests.emulator.world import World


@dataclass(frozen=True)
class Cloud:
    """The accounts of a mesh. `administrators` hold all rights of their account; `sync` made the central catalog."""

    world: World
    server: Server
    mesh: Mesh
    administrators: dict[str, Credentials]
    sync: str

    def client(self, service: str, account: str, region: str = "eu-west-1") -> Any:
        """A client of the account's administrator, who may do anything by hand."""
        return self.server.client(service, self.administrators[account], region)

    def session(self, role: RolePlan, policy: str | None = None, tags: Mapping[str, str] | None = None) -> Credentials:
        """A session of an access role, as its broker or workload starts it, under a session policy by its ARN.

        It passes the role's own tags, or others.
        """
        starter = self.run_as(role.trusted[0])
        asked: dict[str, Any] = {"RoleArn": role.arn, "RoleSessionName": "anna", "DurationSeconds": 900}
        if passed := role.session_tags if tags is None else tags:
            asked["Tags"] = [{"Key": key, "Value": value} for key, value in passed.items()]
        if policy is not None:
            asked["PolicyArns"] = [{"arn": policy}]
        return _credentials(self.server.client("sts", starter).assume_role(**asked))

    def reads_of(self, role: RolePlan, policy: str | None) -> dict[tuple[str, str], frozenset[str]]:
        """What a session of the role reads in any region, table by table; nothing where it is refused to start."""
        try:
            credentials = self.session(role, policy)
        except ClientError as error:
            if error.response["Error"]["Code"] == "AccessDenied":
                return {}
            raise
        found: dict[tuple[str, str], frozenset[str]] = {}
        for region in self.mesh.account[role.account].regions:
            found |= {place: columns for place, columns in self.reads(credentials, region).items() if columns}
        return found

    def reads(self, credentials: Credentials, region: str) -> dict[tuple[str, str], frozenset[str]]:
        """Every table of every product in the region → the columns that the session reads; none is left out."""
        found = {}
        for product in self.mesh.products:
            if product.server is not None and product.server.kind == "glue" and product.server.region == region:
                for table in product.tables:
                    database = central_database(product.id)
                    columns = _visible(self.world, credentials, region, database, table.name)
                    found[product.id, table.name] = columns
        return found

    def run_as(self, arn: str) -> Credentials:
        """Credentials of a role that a workload, the broker or a pipeline runs in: here an administrator assumes it."""
        sts = self.server.client("sts", self.administrators[_account_of(arn)])
        return _credentials(sts.assume_role(RoleArn=arn, RoleSessionName="company"))


@contextmanager
def cloud_of(mesh: Mesh, settings: Settings, now: datetime) -> Iterator[Cloud]:
    """The accounts of the mesh with their data, served until the end; what the emulator could not answer is raised."""
    world = World(moment=now)
    world.organization = {account.id for account in mesh.accounts}
    administrators = {account.id: add_user(account.id, "administrator") for account in mesh.accounts}
    for arn in _own_roles(mesh, settings):
        _add_own_role(arn)
    governance = mesh.governance_account.id
    (sync,) = [arn for item in settings.lake_admins if item.account == governance for arn in item.roles]
    _add_own_role(sync, "*")
    seed_lake(
        world,
        governance,
        seed_databases(mesh),
        registration=settings.lake_location_role,
        sync=sync.rpartition("/")[2],
    )
    seed_warehouses(world, seeded_warehouses(mesh))
    with serve(world) as server:
        cloud = Cloud(world, server, mesh, administrators, sync)
        yield cloud
        assert not world.refused, world.refused[:5]
        assert not world.violations, world.violations[:5]


def seed_databases(mesh: Mesh) -> list[SeedDatabase]:
    """Every lake product as its producer's crawler and the catalog sync find it."""
    return [
        SeedDatabase(
            account=product.server.account,
            region=product.server.region,
            name=product.server.container,
            central=central_database(product.id),
            tables=tuple(
                SeedTable(
                    table.name,
                    tuple((column.name, "string") for column in table.columns if not column.partition_key),
                    f"{product.server.location}/{table.name}",
                    tuple((column.name, "string") for column in table.columns if column.partition_key),
                )
                for table in product.tables
            ),
        )
        for product in mesh.products
        if product.server is not None and product.server.kind == "glue" and product.server.location is not None
    ]


def seeded_warehouses(mesh: Mesh) -> list[SeedWarehouse]:
    """Every declared warehouse with the tables of the products in it."""
    return [
        SeedWarehouse(
            warehouse.account,
            warehouse.region,
            warehouse.namespace,
            warehouse.kind,
            warehouse.compute,
            warehouse.database,
            warehouse.encrypted,
            warehouse.workgroup_id,
            tuple(_tables_in(mesh, warehouse.id)),
        )
        for warehouse in warehouse_plans(mesh)
    ]


def _tables_in(mesh: Mesh, warehouse: str) -> Iterator[WarehouseTable]:
    for product in mesh.products:
        if product.server is not None and product.server.warehouse == warehouse:
            for table in product.tables:
                if table.location is not None:
                    schema, _, name = table.location.partition(".")
                    yield WarehouseTable(schema, name, tuple((each.name, "varchar(256)") for each in table.columns))


def _own_roles(mesh: Mesh, settings: Settings) -> list[str]:
    """The roles that the company has: its pipeline's, its broker's and its workloads'."""
    pipeline = [*settings.pipeline.plan, *settings.pipeline.apply] if settings.pipeline else []
    workloads = [principal.id for principal in mesh.principals if principal.kind == "workload"]
    return [*pipeline, mesh.broker.role_arn, *workloads]


def _add_own_role(arn: str, actions: str = "sts:*") -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{_account_of(arn)}:root"}}
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    add_role(
        _account_of(arn),
        arn.partition(":role/")[2],
        {"Version": "2012-10-17", "Statement": [trust | {"Action": "sts:AssumeRole"}]},
        {"Version": "2012-10-17", "Statement": [allowed]},
    )


def _account_of(arn: str) -> str:
    return arn.split(":")[4]


def _credentials(answer: dict[str, Any]) -> Credentials:
    keys = answer["Credentials"]
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def expected_reads(plan: Plan, role: str, product: str | None = None) -> dict[tuple[str, str], frozenset[str]]:
    """(product, table) in the lake → what is granted to an access role; of one product alone when it is named."""
    warehoused = {item.product for item in plan.warehouse_tables}
    unrealised = {(item.entitlement, item.table) for item in plan.unrealised}
    found: dict[tuple[str, str], frozenset[str]] = {}
    for entitlement in plan.entitlements:
        for table, columns in entitlement.columns.items():
            wanted = entitlement.role.id == role and product in {None, entitlement.product}
            in_lake = entitlement.product not in warehoused
            if wanted and in_lake and (entitlement.id, table) not in unrealised:
                key = (entitlement.product, table)
                found[key] = found.get(key, frozenset()) | frozenset(columns)
    return found


def _visible(world: World, credentials: Credentials, region: str, database: str, table: str) -> frozenset[str]:
    """Nothing where the link is not even there."""
    from tests.emulator.errors import AwsError

    try:
        return columns_visible(world, credentials, region, database, table)
    except AwsError as error:
        if error.code == "EntityNotFoundException":
            return frozenset()
        raise
