"""What Lake Formation lets a caller of the Glue Data Catalog see and do; where links lead.

https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html,
https://docs.aws.amazon.com/lake-formation/latest/dg/metadata-permissions.html
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.catalog import Catalog, Database, Table, Target
from tests.emulator.errors import AccessDenied, AwsError
from tests.emulator.lakeformation.authority import denied, who_calls
from tests.emulator.lakeformation.effective import (
    TableRights,
    Who,
    database_permissions,
    link_permissions,
    opted_in,
    table_rights,
)
from tests.emulator.lakeformation.resources import LocationKey
from tests.emulator.lakeformation.state import Lake, Location
from tests.emulator.world import World


@dataclass(frozen=True, slots=True)
class View:
    """One catalog as one caller sees it."""

    world: World
    call: Call
    catalog: Catalog
    lake: Lake
    home: Lake
    """The caller's own."""
    who: Who

    @classmethod
    def of(cls, world: World, call: Call, account: str | None = None, region: str | None = None) -> View:
        account, region = account or call.account, region or call.region
        lake = world.state(Lake, account, region)
        home = world.state(Lake, call.account, region)
        return cls(world, call, world.state(Catalog, account, region), lake, home, who_calls(world, lake, call))

    @property
    def foreign(self) -> bool:
        return self.who.account != self.lake.account

    def there(self, target: Target) -> View:
        return View.of(self.world, self.call, target.catalog, target.region)

    def database(self, name: str) -> Database:
        """Raises AwsError where there is none; of another account one must have been shared to be told from none."""
        name = name.lower()
        found = self.catalog.databases.get(name)
        if self.foreign and (found is None or not self.on_database(found)):
            raise denied(f"Required Describe on {name}")
        if found is None:
            raise AwsError("EntityNotFoundException", f"Database {name} not found.")
        return found

    def on_database(self, database: Database) -> set[str]:
        """What the caller may do with it; with a link, what he may do with the link."""
        if database.target is not None:
            return link_permissions(self.lake, self.who, database.name)
        return database_permissions(self.lake, self.who, database.name)

    def on_table(self, database: Database, table: Table) -> TableRights:
        if table.target is not None:
            return TableRights(link_permissions(self.lake, self.who, database.name, table.name))
        iam_counts = not (self.registered(table) and self.opted_in(database, table))
        return table_rights(self.lake, self.who, database.name, table.name, table.all_columns, iam_counts=iam_counts)

    def location(self, table: Table) -> Location | None:
        return self.lake.location_of(table.location) if table.location else None

    def registered(self, table: Table) -> bool:
        return self.location(table) is not None

    def opted_in(self, database: Database, table: Table) -> bool:
        return opted_in(self.lake, self.home, self.who, database.name, table.name)

    def enforced(self, database: Database, table: Table) -> bool:
        """`IsRegisteredWithLakeFormation`: for everybody at a registered location, at a hybrid one for who opted in.

        https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-prerequisites.html
        """
        location = self.location(table)
        return location is not None and (not location.hybrid or self.opted_in(database, table))

    def may(self, action: str, arn: str) -> bool:
        """Whether IAM lets the caller, for what is behind a link."""
        try:
            iam.authorize(self.world, self.call, action, arn)
        except AccessDenied:
            return False
        return True

    def must_place(self, location: str | None, database: Database | None) -> None:
        """Data location permission for a registered location, unless the database's own holds it.

        https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html#perm-create-table
        """
        registered = self.lake.location_of(location) if location else None
        if registered is None or location is None or self.who.arn in self.lake.admins():
            return
        above = database.definition.get("LocationUri") if database else None
        if above and self.lake.location_of(above) and location.startswith(above.rstrip("/") + "/"):
            return
        held = self.lake.grants.of(self.who.arn)
        path = location.removeprefix("s3://").rstrip("/") + "/"
        for key in held:
            if isinstance(key, LocationKey) and path.startswith(
                key.arn.removeprefix("arn:aws:s3:::").rstrip("/") + "/"
            ):
                return
        raise denied(f"Required Data Location Access on {registered.arn}")


def require(permission: str, held: set[str], name: str) -> None:
    """Raises AccessDenied: every permission implies DESCRIBE (lf-permissions-reference.html#perm-describe)."""
    if permission not in held and not (permission == "DESCRIBE" and held):
        raise denied(f"Required {permission.replace('_', ' ').title()} on {name}")
