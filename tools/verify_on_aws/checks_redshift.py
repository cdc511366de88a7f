"""What Redshift does, as far as no page says it."""

from __future__ import annotations

from botocore.exceptions import ClientError

from engine.redshift import sql
from engine.redshift.definition import read_definition
from engine.redshift.errors import StatementError
from verify_on_aws.points import Found, point
from verify_on_aws.run import PATIENT, Run, given
from verify_on_aws.sharing import VIEW, Sharing, sharing
from verify_on_aws.sides import Sql, VerifyError

BETWEEN = "a schema, table, view and datashare of the producer's; a database and a role of the consumer's"
READER = f"{BETWEEN}; an IAM role (serverless) or a database user (cluster) who reads"
ALONE = "a datashare of the producer's"


@point(
    "redshift-view-without-table",
    "redshift",
    title="A consumer reads a shared view whose table is not shared",
    expected="read",
    needs=("warehouses",),
    makes=READER,
)
def view_without_table(run: Run) -> Found:
    held = sharing(run)
    held.make()
    why = _refusal_of_reading(held, held.reader())
    return Found("read" if why is None else f"refused: {why}", why is None)


@point(
    "redshift-view-made-anew",
    "redshift",
    title="A shared view that is dropped and made anew: what consumers' roles hold on it",
    expected="lost: a role reads again when it is granted again",
    needs=("warehouses",),
    makes=READER,
)
def view_made_anew(run: Run) -> Found:
    held = sharing(run)
    held.make()
    reader = held.reader()
    _must_read(held, reader)
    paths = sql.shared_tables(held.name, [(held.name, VIEW)])
    held.producer.together(paths.undo, sql.drop_views(held.name, [VIEW]), held.view(), paths.do)
    if _refusal_of_reading(held, reader, tries=6) is None:
        return Found("kept: the role reads without a new grant", False)
    run.patient(lambda: held.consumer.run(sql.select(held.name, held.name, [VIEW], held.name).do))
    _must_read(held, reader)
    return Found("lost: the role read again after a new grant", True)


@point(
    "redshift-view-text",
    "redshift",
    title="The text that PG_VIEWS keeps of a view of named columns",
    expected="SELECT table.column, … FROM schema.table, quoted or not",
    needs=("warehouses",),
    makes="a schema, table and view of the producer's",
)
def view_text(run: Run) -> Found:
    held = sharing(run)
    held.make_view()
    (row,) = held.producer.rows(f"SELECT definition FROM pg_views WHERE schemaname = '{held.name}'")
    agrees = read_definition(row["definition"]) == ([held.data, VIEW], ["id"])
    return Found(f'"{row["definition"]}", which is {"" if agrees else "not "}read as what was made', agrees)


@point(
    "redshift-shared-view-dropped",
    "redshift",
    title="DROP VIEW of a view that is in a datashare",
    expected="refused",
    needs=("warehouses",),
    makes=f"{ALONE}, with a schema, table and view",
)
def shared_view_dropped(run: Run) -> Found:
    held = sharing(run)
    held.make_share()
    drop = sql.drop_views(held.name, [VIEW])
    refused = held.producer.refusal(drop)
    if refused is None:
        return Found("dropped, and so taken out of the datashare", False)
    held.producer.run(sql.shared_tables(held.name, [(held.name, VIEW)]).undo, drop)
    return Found(f"refused: {refused}", True)


@point(
    "redshift-usage-in-transaction",
    "redshift",
    title="GRANT USAGE ON DATASHARE within a transaction",
    expected="refused",
    needs=("warehouses",),
    makes=ALONE,
)
def usage_in_transaction(run: Run) -> Found:
    held = sharing(run)
    held.producer.run(sql.datashare(held.name).do)
    return in_transaction(held.producer, held.grant().text)


@point(
    "redshift-public-in-transaction",
    "redshift",
    title="ALTER DATASHARE … SET PUBLICACCESSIBLE within a transaction",
    expected="refused",
    needs=("warehouses",),
    makes=ALONE,
)
def public_in_transaction(run: Run) -> Found:
    held = sharing(run)
    held.producer.run(sql.datashare(held.name).do)
    return in_transaction(held.producer, sql.not_public(held.name).text)


@point(
    "redshift-role-by-session-tag",
    "redshift",
    title="The session tag RedshiftDbRoles gives a database role to who comes by the Data API",
    expected="with the tag the session reads what the role reads; without it, nothing",
    needs=("warehouses", "consumer serverless"),
    makes=READER,
)
def role_by_session_tag(run: Run) -> Found:
    held = sharing(run)
    held.make()
    tagged = _refusal_of_reading(held, held.reader())
    plain = held.reads(run.sql(held.target, run.patient(run.assume)))
    if tagged is not None:
        return Found(f"with the tag it is refused: {tagged}", False)
    return Found(f"with the tag it reads; without it, {'it reads too' if plain else 'nothing'}", not plain)


@point(
    "redshift-owner-sees-share",
    "redshift",
    title="What SVV_DATASHARES, …_OBJECTS and …_CONSUMERS show to a datashare's owner who is no superuser",
    expected="the datashare, its schema and view, and the account that has USAGE",
    needs=("warehouses",),
    makes=f"{ALONE}, with a schema, table and view",
)
def owner_sees_share(run: Run) -> Found:
    held = sharing(run)
    held.make_share()
    held.producer.run(held.grant())
    where = f"WHERE TRIM(share_name) = '{held.name}'"
    shares = held.producer.rows(f"SELECT share_name FROM svv_datashares {where} AND share_type = 'OUTBOUND'")
    objects = held.producer.rows(
        f"SELECT object_name FROM svv_datashare_objects {where} AND share_type = 'OUTBOUND' ORDER BY object_name"
    )
    consumers = held.producer.rows(f"SELECT consumer_account FROM svv_datashare_consumers {where}")
    names = [row["object_name"] for row in objects]
    accounts = [row["consumer_account"] for row in consumers]
    agrees = (
        len(shares) == 1 and names == [held.name, f"{held.name}.{VIEW}"] and accounts == [held.target.warehouse.account]
    )
    return Found(f"{len(shares)} datashare, objects {names}, consumers {accounts}", agrees)


@point(
    "redshift-grants-shown",
    "redshift",
    title="SHOW GRANTS FOR ROLE … FROM DATABASE, of a database made from a datashare",
    expected="USAGE on the schema and SELECT on the view, in the columns object_type, schema_name, object_name,"
    " privilege_type",
    needs=("warehouses",),
    makes=BETWEEN,
)
def grants_shown(run: Run) -> Found:
    held = sharing(run)
    held.make()
    rows = held.consumer.rows(f'SHOW GRANTS FOR ROLE "{held.name}" FROM DATABASE "{held.name}"')
    columns = ("object_type", "schema_name", "object_name", "privilege_type")
    if any(set(columns) - set(row) for row in rows):
        return Found(f"columns {list(rows[0])}", False)
    shown = {(str(row["object_type"]).upper() == "SCHEMA", *(row[name] for name in columns[1:])) for row in rows}
    on_schema = {(name, privilege) for schema, name, _, privilege in shown if schema}
    on_view = {(name, view, privilege) for schema, name, view, privilege in shown if not schema}
    agrees = (held.name, "USAGE") in on_schema and (held.name, VIEW, "SELECT") in on_view
    return Found(f"{len(rows)} rows: on schemas {sorted(on_schema)}, on others {sorted(map(str, on_view))}", agrees)


@point(
    "redshift-deauthorized-dropped",
    "redshift",
    title="REVOKE and DROP DATABASE by the consumer, of a database whose datashare is deauthorized",
    expected="DROP DATABASE succeeds",
    needs=("warehouses",),
    makes=BETWEEN,
)
def deauthorized_dropped(run: Run) -> Found:
    held = sharing(run)
    held.make()
    held.deauthorize()
    usage = held.consumer.refusal(sql.database_usage(held.name, held.name).undo)
    said = "REVOKE USAGE succeeded" if usage is None else f"REVOKE USAGE was refused ({usage})"
    dropped = held.consumer.refusal(f'DROP DATABASE "{held.name}"')
    if dropped is None:
        return Found(f"{said}; DROP DATABASE succeeded", True)
    held.let()  # so that it can be dropped at the end
    return Found(f"{said}; DROP DATABASE was refused: {dropped}", False)


@point(
    "redshift-across-regions",
    "redshift",
    title="A datashare associated with a namespace of another account in another region",
    expected="associated, and read",
    needs=("warehouses", "far warehouse"),
    makes=f"{READER}, in the other region",
)
def across_regions(run: Run) -> Found:
    held = Sharing(run, given(run.sharing_from), given(run.far))
    held.make_share()
    held.producer.run(held.grant())
    try:
        held.let()
    except ClientError as error:
        return Found(f"not associated: {error}", False)
    held.make_reader()
    why = _refusal_of_reading(held, held.reader())
    return Found("associated, and read" if why is None else f"associated; refused: {why}", why is None)


def in_transaction(session: Sql, statement: str) -> Found:
    """The statement alone must succeed, or its refusal says nothing."""
    refused = session.refusal(statement, "SELECT 1", together=True)
    if refused is None:
        return Found("it ran", False)
    session.run(statement)
    return Found(f"refused: {refused}", True)


def _refusal_of_reading(held: Sharing, reader: Sql, tries: int = PATIENT) -> str | None:
    """None where it reads, be it after a while."""
    try:
        held.run.patient(lambda: reader.rows(held.query), tries)
    except StatementError as error:
        return str(error)
    return None


def _must_read(held: Sharing, reader: Sql) -> None:
    why = _refusal_of_reading(held, reader)
    if why is not None:
        raise VerifyError(f"the role does not read at all, so the point says nothing: {why}")
