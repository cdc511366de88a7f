"""Finds by its name what the checks make, and removes it: after each check, and what a run that was killed has left.

Nothing is remembered between: what is not found is not there. Each removal is tried, whatever became of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from engine.redshift import sql
from engine.redshift.errors import RedshiftError
from engine.redshift.sql import quoted
from verify_on_aws.points import Family
from verify_on_aws.run import PREFIX, Run
from verify_on_aws.sides import Place, Side, Sql

_ERRORS = (BotoCoreError, ClientError, RedshiftError)


@dataclass
class Swept:
    """`removed` in words; `left`: what could not be removed or looked for, and why."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def remove(self, what: str, call: Callable[..., object], *given: Any, **named: Any) -> None:
        try:
            call(*given, **named)
        except _ERRORS as error:
            self.left.append(f"{what}: {error}")
        else:
            self.removed.append(what)

    def found(self, what: str, call: Callable[..., Iterable[Any]], *given: Any) -> list[Any]:
        try:
            return list(call(*given))
        except _ERRORS as error:
            self.left.append(f"perhaps {what}, which could not be looked for: {error}")
            return []


def sweep(run: Run, families: Iterable[Family], *, every: bool = False) -> Swept:
    """What is this run's, or with `every` any run's. A consumer's database goes before its datashare."""
    swept, name, families = Swept(), PREFIX if every else run.name, set(families)
    if "redshift" in families:
        for place in (run.far, run.sharing_to):
            if place is not None:
                _consumer(swept, run.sql(place), name)
        if run.sharing_from is not None:
            _shares(swept, run, run.sharing_from, name)
            _schemas(swept, run.sql(run.sharing_from), name)
    if "lake" in families:
        _permissions(swept, run.producer, name)
        _permissions(swept, run.consumer, name)
        _opt_ins(swept, run.consumer, name)
        for side in (run.consumer, run.producer):
            _databases(swept, side, name)
        _tags_and_locations(swept, run.producer, name)
    _roles(swept, run.consumer, name)
    return swept


# --- warehouses -------------------------------------------------------------------------------------------------------


def _sql_name(name: str) -> str:
    return name.replace("-", "_")


def _column(session: Sql, column: str, view: str, name: str) -> list[str]:
    """`_` in LIKE is any character, so it is looked again."""
    rows = session.rows(f"SELECT {column} FROM {view} WHERE TRIM({column}) LIKE '{name}%'")
    return sorted({str(row[column]) for row in rows if str(row[column]).startswith(name)})


def _consumer(swept: Swept, session: Sql, name: str) -> None:
    where, in_sql = f"in {session.place.warehouse.compute}", _sql_name(name)
    for database in swept.found(
        f"databases {where}", _column, session, "database_name", "svv_redshift_databases", in_sql
    ):
        swept.remove(f"database {database} {where}", session.run, f"DROP DATABASE {quoted(database)}")
    for role in swept.found(f"roles {where}", _column, session, "role_name", "svv_roles", in_sql):
        for user in swept.found(f"users of {role} {where}", _holders, session, role):
            swept.remove(f"role {role} of user {user}", session.run, sql.membership(role, user=user).undo)
        swept.remove(f"role {role} {where}", session.run, sql.role(role).undo)
    for start in (in_sql, f"IAMR:{name}"):
        for user in swept.found(f"users {where}", _column, session, "usename", "pg_user", start):
            swept.remove(f"user {user} {where}", session.run, sql.user(user).undo)


def _holders(session: Sql, role: str) -> list[str]:
    rows = session.rows(f"SELECT user_name FROM svv_user_grants WHERE role_name = '{role}'")
    return [str(row["user_name"]) for row in rows if str(row["user_name"]).startswith(PREFIX)]


def _shares(swept: Swept, run: Run, place: Place, name: str) -> None:
    """By the API: the system views may show none of them."""
    session, where = run.sql(place), f"in {place.warehouse.compute}"
    client = run.producer.client("redshift", place.warehouse.region)
    found = swept.found(f"datashares {where}", _pages, client, "describe_data_shares_for_producer", "DataShares")
    for share in found:
        arn, called = share["DataShareArn"], share["DataShareArn"].rpartition("/")[2]
        if share["ProducerArn"] != place.arn or not called.startswith(_sql_name(name)):
            continue
        for held in share.get("DataShareAssociations", ()):
            account = held["ConsumerIdentifier"]
            if account.isdigit() and held["Status"] in ("AUTHORIZED", "ACTIVE"):
                cut = {"DataShareArn": arn, "ConsumerIdentifier": account}
                swept.remove(f"authorization of datashare {called}", client.deauthorize_data_share, **cut)
        swept.remove(f"datashare {called} {where}", session.run, sql.datashare(called).undo)


def _schemas(swept: Swept, session: Sql, name: str) -> None:
    where = f"in {session.place.warehouse.compute}"
    schemas = swept.found(f"schemas {where}", _column, session, "nspname", "pg_namespace", _sql_name(name))
    for kind, column in (("VIEW", "viewname"), ("TABLE", "tablename")):
        for schema in schemas:
            query = f"SELECT {column} FROM pg_{kind.lower()}s WHERE schemaname = '{schema}'"
            for row in swept.found(f"{kind.lower()}s of schema {schema} {where}", session.rows, query):
                path = f"{quoted(schema)}.{quoted(row[column])}"
                swept.remove(f"{kind.lower()} {path} {where}", session.run, f"DROP {kind} {path}")
    for schema in schemas:
        swept.remove(f"schema {schema} {where}", session.run, sql.schema(schema).undo)


# --- lake, IAM --------------------------------------------------------------------------------------------------------


def _pages(client: Any, operation: str, key: str, asked: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**(asked or {})):
        yield from page.get(key, ())


def _tokens(call: Callable[..., dict[str, Any]], key: str) -> Iterator[dict[str, Any]]:
    """Of an operation for which boto3 has no paginator."""
    more: dict[str, str] = {}
    while True:
        page = call(**more)
        yield from page.get(key, ())
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _permissions(swept: Swept, side: Side, name: str) -> None:
    """Before the role: a grant names it."""
    client = side.client("lakeformation")
    listed = swept.found(f"grants of {side.account}", _tokens, client.list_permissions, "PrincipalResourcePermissions")
    for each in listed:
        principal = each["Principal"]["DataLakePrincipalIdentifier"]
        if f":role/{name}" not in principal:
            continue
        swept.remove(
            f"a grant to {principal}",
            client.revoke_permissions,
            Principal=each["Principal"],
            Resource=each["Resource"],
            Permissions=each["Permissions"],
        )


def _opt_ins(swept: Swept, side: Side, name: str) -> None:
    client = side.client("lakeformation")
    listed = swept.found(
        f"opt-ins of {side.account}", _tokens, client.list_lake_formation_opt_ins, "LakeFormationOptInsInfoList"
    )
    for each in listed:
        principal = each["Principal"]["DataLakePrincipalIdentifier"]
        if f":role/{name}" in principal:
            named = {"Principal": each["Principal"], "Resource": each["Resource"]}
            swept.remove(f"the opt-in of {principal}", client.delete_lake_formation_opt_in, **named)


def _databases(swept: Swept, side: Side, name: str) -> None:
    client = side.client("glue")
    for each in swept.found(f"Glue databases of {side.account}", _pages, client, "get_databases", "DatabaseList"):
        # Through a link, the answer has the name of what is behind it, which is the same here.
        if each["Name"].startswith(_sql_name(name)):
            swept.remove(f"Glue database {each['Name']} of {side.account}", client.delete_database, Name=each["Name"])


def _tags_and_locations(swept: Swept, side: Side, name: str) -> None:
    client = side.client("lakeformation")
    for each in swept.found(f"LF-tags of {side.account}", _tokens, client.list_lf_tags, "LFTags"):
        if each["TagKey"].startswith(name):
            swept.remove(f"LF-tag {each['TagKey']}", client.delete_lf_tag, TagKey=each["TagKey"])
    for each in swept.found(f"locations of {side.account}", _tokens, client.list_resources, "ResourceInfoList"):
        if f"/{name}" in each["ResourceArn"]:
            arn = each["ResourceArn"]
            swept.remove(f"registered location {arn}", client.deregister_resource, ResourceArn=arn)


def _roles(swept: Swept, side: Side, name: str) -> None:
    iam = side.client("iam")
    for role in swept.found(f"roles of {side.account}", _pages, iam, "list_roles", "Roles"):
        called = role["RoleName"]
        if called.startswith(name):
            asked = {"RoleName": called}
            for policy in swept.found(
                f"policies of role {called}", _pages, iam, "list_role_policies", "PolicyNames", asked
            ):
                swept.remove(f"policy of role {called}", iam.delete_role_policy, **asked, PolicyName=policy)
            swept.remove(f"role {called}", iam.delete_role, **asked)
    local = swept.found(f"policies of {side.account}", _pages, iam, "list_policies", "Policies", {"Scope": "Local"})
    for policy in local:
        if policy["PolicyName"].startswith(name):
            swept.remove(f"policy {policy['PolicyName']}", iam.delete_policy, PolicyArn=policy["Arn"])
