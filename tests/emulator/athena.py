"""What a query of Athena reads, with a session's credentials: IAM and Lake Formation must both let it.

https://docs.aws.amazon.com/athena/latest/ug/lf-athena-user-permissions.html,
https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-read-data.html
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from moto.core.request import Request
from moto.core.utils import get_service_model
from moto.iam.models import Role, iam_backends
from moto.s3.models import FakeBucket
from werkzeug.test import EnvironBuilder

from tests.emulator import iam, policies
from tests.emulator.call import Call
from tests.emulator.catalog import Database, Table
from tests.emulator.errors import AccessDenied, AwsError, Refused
from tests.emulator.glue_access import View, require
from tests.emulator.identity import Caller, Credentials, Session, caller_of
from tests.emulator.lakeformation.authority import denied
from tests.emulator.lakeformation.effective import by_iam_group
from tests.emulator.lakeformation.resources import DatabaseKey, ExceptKey, TableKey
from tests.emulator.world import World

SERVICE = "lakeformation.amazonaws.com"
OF_A_QUERY = ("athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults")
"""Each asks for access to the workgroup in which the query runs, as their pages say:
https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html and so on
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that a query reached, and the columns that are open in it."""

    view: View
    database: Database
    table: Table
    columns: frozenset[str]


def query(
    world: World,
    credentials: Credentials,
    region: str,
    database: str,
    table: str,
    columns: Collection[str],
    *,
    workgroup: str | None = None,
) -> list[dict[str, Any]]:
    """The rows of `SELECT columns FROM database.table`, run with the credentials in their account and region.

    Without a `workgroup`, what Athena itself asks for one is left out.

    Raises:
        AccessDenied: IAM or Lake Formation does not let the caller.
        AwsError: there is no such database, table or column.
        Refused: no page says whether.
    """
    with world.lock:
        opened = _open(world, credentials, region, database, table, workgroup)
        if unknown := set(columns) - set(opened.table.all_columns):
            raise AwsError("InvalidRequestException", f"COLUMN_NOT_FOUND: {', '.join(sorted(unknown))}")
        if hidden := set(columns) - opened.columns:
            raise denied(f"Required Select on {', '.join(sorted(hidden))}")
        return [{name: row[name] for name in columns} for row in _rows(opened.table)]


def columns_visible(
    world: World, credentials: Credentials, region: str, database: str, table: str, *, workgroup: str | None = None
) -> frozenset[str]:
    """The columns that `query` would return, and none where it would be denied: every column asked at once.

    Raises Refused as `query` does.
    """
    with world.lock:
        try:
            return _open(world, credentials, region, database, table, workgroup).columns
        except AccessDenied:
            return frozenset()


def _open(
    world: World, credentials: Credentials, region: str, database: str, table: str, workgroup: str | None
) -> Opened:
    call = _call(world, credentials, region)
    if workgroup is not None:
        _must_query_in(world, call, workgroup)
    here = View.of(world, call)
    _must(here, "glue:GetDatabase", here.catalog.arn, here.catalog.database_arn(database))
    link = here.database(database)
    require("DESCRIBE", here.on_database(link), link.name)
    _must_read(here, link.name, table)
    there = _behind(here, link)
    target = there.catalog.databases.get(link.target.database if link.target else link.name)
    if target is None:
        raise AwsError("EntityNotFoundException", "Database not found.")
    found = target.tables.get(table.lower())
    if link.target is not None:
        _must(there, "glue:GetDatabase", there.catalog.arn, there.catalog.database_arn(target.name))
        require("DESCRIBE", there.on_database(target), target.name)
        _must_read(there, target.name, table)
    if found is None:
        raise AwsError("EntityNotFoundException", f"Table {table.lower()} not found.")
    if found.target is not None:
        raise Refused("queries through a link to a table")
    columns = _columns(there, target, found)
    _must_reach_data(there, target, found)
    return Opened(there, target, found, columns)


def _must_query_in(world: World, call: Call, workgroup: str) -> None:
    """The caller asks Athena, before Athena asks anything in his name."""
    for action in OF_A_QUERY:
        arn = f"arn:aws:athena:{call.region}:{call.account}:workgroup/{workgroup}"
        iam.authorize(world, replace(call, called_via=()), action, arn)


def _behind(here: View, link: Database) -> View:
    """Another account's tables are queried through a link: resource-links-about.html."""
    return here.there(link.target) if link.target else here


def _must_read(view: View, database: str, table: str) -> None:
    """On link and target alike: https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html"""
    arns = (view.catalog.arn, view.catalog.database_arn(database), view.catalog.table_arn(database, table.lower()))
    _must(view, "glue:GetTable", *arns)
    found = view.catalog.table(database, table.lower())
    if found is not None and found.partition_keys:
        _must(view, "glue:GetPartitions", *arns)


def _must(view: View, action: str, *arns: str) -> None:
    for arn in arns:
        iam.authorize(view.world, view.call, action, arn)


def _columns(view: View, database: Database, table: Table) -> frozenset[str]:
    """The columns with SELECT, if they hold every partition key.

    "You cannot restrict access control on columns that are partition keys"
    (lf-permissions-reference.html#perm-select): a caller who may not read one is not let into the table.
    """
    rights = view.on_table(database, table)
    if not rights:
        raise denied(f"Required Describe on {table.name}")
    if missing := set(table.partition_keys) - rights.selected:
        raise denied(f"Required Select on partition key {', '.join(sorted(missing))} of {table.name}")
    if not rights.selected:
        raise denied(f"Required Select on {table.name}")
    if "SELECT" not in rights.permissions and _by_exclusion(view, database, table):
        # https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-notes.html: "only for inclusion, not
        # exclusion"
        raise Refused("a query of Athena under a grant that excludes columns")
    return frozenset(rights.selected)


def _by_exclusion(view: View, database: Database, table: Table) -> bool:
    keys = view.lake.grants.on_table(view.lake.account, database.name, table.name)
    return any(isinstance(key, ExceptKey) and view.lake.grants.held(view.who.arn, key) for key in keys)


def _must_reach_data(view: View, database: Database, table: Table) -> None:
    """Through Lake Formation where it governs the location for this caller, otherwise by the caller's own rights in S3.

    https://docs.aws.amazon.com/lake-formation/latest/dg/hybrid-access-prerequisites.html
    (IsRegisteredWithLakeFormation)
    """
    if table.location is None:
        raise Refused("a query of a table without location")
    location = view.location(table)
    if not view.enforced(database, table):
        if location is not None and view.foreign:
            raise denied(f"{view.who.arn} is not opted in on {table.name}")
        return _must_get_objects(view.world, view.call, table.location)
    assert location is not None
    if view.foreign and not location.hybrid and _of_iam(view, database, table):
        # https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html
        raise denied(f"IAMAllowedPrincipals holds permissions on {table.name}")
    iam.authorize(view.world, view.call, "lakeformation:GetDataAccess", "*")
    if location.service_linked:
        return None
    return _must_get_objects(view.world, _as_role(view, location.role), table.location)


def _of_iam(view: View, database: Database, table: Table) -> bool:
    keys = (DatabaseKey(view.lake.account, database.name), TableKey(view.lake.account, database.name, table.name))
    return any(by_iam_group(view.lake, key) for key in keys)


def _as_role(view: View, arn: str) -> Call:
    """Lake Formation, in the role that the location was registered with; it must trust the service.

    https://docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html
    """
    role = _role(arn)
    if role is None or not _trusts_lake_formation(role):
        raise denied(f"the role {arn} of the location cannot be assumed")
    expires = view.world.now() + timedelta(hours=1)
    session = Session("", "", "", arn, role.id, "AWSLF-00-AT", expires)
    account = arn.split(":")[4]
    caller = Caller("AssumedRole", "", account, session.arn, f"{role.id}:{session.name}", arn, {}, session)
    return replace(view.call, caller=caller, called_via=())


def _role(arn: str) -> Role | None:
    roles = iam_backends[arn.split(":")[4]]["aws"].roles
    return next((role for role in roles.values() if role.arn == arn), None)


def _trusts_lake_formation(role: Role) -> bool:
    trust: Mapping[str, Any] = json.loads(role.assume_role_policy_document)
    for statement in iam.statements(trust):
        principal = statement.get("Principal")
        services = principal.get("Service", []) if isinstance(principal, Mapping) else []
        if statement["Effect"] == "Allow" and SERVICE in ([services] if isinstance(services, str) else services):
            return True
    return False


def _must_get_objects(world: World, call: Call, location: str) -> None:
    """https://docs.aws.amazon.com/athena/latest/ug/s3-permissions.html"""
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    held = policies.bucket_named(bucket)
    if held is None:
        raise AwsError("InvalidRequestException", f"The S3 bucket {bucket} does not exist")
    iam.authorize(world, call, "s3:ListBucket", f"arn:aws:s3:::{bucket}")
    for key in list(_keys(held, prefix))[:1] or [prefix.rstrip("/") + "/object"]:
        iam.authorize(world, call, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")


def _rows(table: Table) -> Iterator[dict[str, Any]]:
    """The objects of the location: a JSON document a line, partition keys from the path (`key=value/`)."""
    assert table.location is not None
    bucket, _, prefix = table.location.removeprefix("s3://").partition("/")
    held = policies.bucket_named(bucket)
    assert held is not None
    for key in _keys(held, prefix):
        partition = dict(part.split("=", 1) for part in key.split("/")[:-1] if "=" in part)
        for line in held.keys[key].value.decode().splitlines():
            yield dict.fromkeys(table.all_columns) | json.loads(line) | partition


def _keys(bucket: FakeBucket, prefix: str) -> Iterator[str]:
    folder = prefix.rstrip("/") + "/" if prefix else ""
    yield from sorted(key for key in bucket.keys if key.startswith(folder))


def _call(world: World, credentials: Credentials, region: str) -> Call:
    """Athena calls in the caller's name: `aws:CalledVia` says so."""
    return Call(
        service="athena",
        operation="StartQueryExecution",
        region=region,
        caller=caller_of(world, credentials.access_key, credentials.token),
        params={},
        model=get_service_model("athena").operation_model("StartQueryExecution"),
        protocol="json",
        request=Request(EnvironBuilder(method="POST").get_environ()),
        body=b"",
        called_via=("athena.amazonaws.com",),
    )
