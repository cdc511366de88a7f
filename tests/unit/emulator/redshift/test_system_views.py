"""System views: the columns of their pages, and what each caller sees in them."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.emulator.redshift import system_views
from tests.unit.emulator.redshift.pair import (
    CONSUMER,
    FROM_SHARE,
    NOW,
    ONE,
    PRODUCER,
    ROLE_GRANTS,
    SHARE,
    SIBLING,
    TWO,
    Pair,
)

SINCE = NOW.replace(tzinfo=None)
HELD = "privilege_type identity_id identity_name identity_type admin_option"
# https://docs.aws.amazon.com/redshift/latest/dg/r_<NAME>.html
COLUMNS = {
    "svv_datashares": "share_name share_id share_owner source_database consumer_database share_type createdate "
    "is_publicaccessible share_acl producer_account producer_namespace managed_by",
    "svv_datashare_objects": "share_type share_name object_type object_name producer_account producer_namespace "
    "include_new",
    "svv_datashare_consumers": "share_name consumer_account consumer_namespace share_date",
    "svv_datashare_privileges": f"datashare_name {HELD}",
    "svv_relation_privileges": f"namespace_name relation_name {HELD}",
    "svv_column_privileges": "namespace_name relation_name column_name privilege_type identity_id identity_name "
    "identity_type",
    "svv_schema_privileges": f"namespace_name {HELD} privilege_scope",
    "svv_database_privileges": f"database_name {HELD} privilege_scope",
    "svv_system_privileges": "system_privilege identity_id identity_name identity_type",
    "svv_roles": "role_id role_name role_owner external_id",
    "svv_role_grants": "role_id role_name granted_role_id granted_role_name",
    "svv_user_grants": "user_id user_name role_id role_name admin_option",
    "svv_redshift_databases": "database_name database_owner database_type database_acl database_options "
    "database_isolation_level",
    "svv_redshift_schemas": "database_name schema_name schema_owner schema_type schema_acl schema_option",
    "svv_redshift_tables": "database_name schema_name table_name table_type table_acl remarks",
    "svv_redshift_columns": "database_name schema_name table_name column_name ordinal_position data_type "
    "column_default is_nullable encoding distkey sortkey column_acl remarks",
    "pg_user": "usename usesysid usecreatedb usesuper usecatupd passwd valuntil useconfig",
    "pg_namespace": "nspname nspowner",
    "svv_user_info": "user_name user_id createdb superuser catalog_update connection_limit syslog_access "
    "last_ddl_timestamp session_timeout external_user_id",
    "pg_views": "schemaname viewname viewowner definition",
    "pg_tables": "schemaname tablename tableowner tablespace hasindexes hasrules hastriggers",
}


def test_the_columns_of_each_page(both: Pair) -> None:
    assert set(system_views.ALL) == set(COLUMNS)
    both.grant()
    for name, columns in COLUMNS.items():
        for side in (both.producer, both.consumer):
            assert side.run(f"SELECT * FROM {name}").columns == tuple(columns.split()), name
    assert both.producer.run("SELECT * FROM pg_catalog.pg_user").columns == tuple(COLUMNS["pg_user"].split())


def test_a_datashare_on_both_sides(both: Pair) -> None:
    both.grant()
    select = (
        "SELECT share_name, share_owner, btrim(source_database) AS s, btrim(consumer_database) AS c, share_type, "
        "createdate, is_publicaccessible, btrim(producer_account) AS a, btrim(producer_namespace) AS n, "
        "btrim(managed_by) AS m FROM svv_datashares"
    )
    by = (ONE, PRODUCER, "")
    assert both.producer.rows(select) == [("mw_s", 100, "dev", "", "OUTBOUND", SINCE, False, *by)]
    assert both.consumer.rows(select) == [("mw_s", None, "", "d", "INBOUND", None, False, *by)]
    both.producer.run("ALTER DATASHARE mw_s SET PUBLICACCESSIBLE TRUE")
    assert both.producer.rows("SELECT is_publicaccessible FROM svv_datashares") == [(True,)]
    both.warehouses.deauthorize(both.arn, by=ONE, consumer=TWO)
    assert both.consumer.rows(select) == []


def test_objects_and_consumers_of_a_datashare(both: Pair) -> None:
    both.grant()
    both.producer.run(
        f"GRANT USAGE ON DATASHARE mw_s TO NAMESPACE '{SIBLING}'",
        "ALTER DATASHARE mw_s ADD SCHEMA lending",
        "ALTER DATASHARE mw_s ADD TABLE lending.loans",
        "ALTER DATASHARE mw_s SET INCLUDENEW TRUE FOR SCHEMA lending",
    )
    select = "SELECT share_type, share_name, object_type, object_name, include_new FROM svv_datashare_objects"
    objects = [
        ("mw_s", "schema", "lending", True),
        ("mw_s", "schema", "mw_s", False),
        ("mw_s", "table", "lending.loans", None),
        ("mw_s", "view", "mw_s.loans", None),
    ]
    assert sorted(both.producer.rows(select), key=repr) == [("OUTBOUND", *row) for row in objects]
    assert sorted(both.consumer.rows(select), key=repr) == [("INBOUND", *row[:3], None) for row in objects]
    consumers = both.producer.rows("SELECT * FROM svv_datashare_consumers ORDER BY consumer_account DESC")
    assert consumers == [("mw_s", TWO, "", SINCE), ("mw_s", "", SIBLING, SINCE)]
    assert both.consumer.rows("SELECT * FROM svv_datashare_consumers") == []


def test_texts_are_padded_as_the_pages_trim_them(both: Pair) -> None:
    both.share()
    row = both.producer.run("SELECT source_database, producer_account, producer_namespace FROM svv_datashares").rows[0]
    assert [len(str(text)) for text in row] == [128, 16, 64]
    assert both.producer.rows("SELECT object_name FROM svv_datashare_objects WHERE share_name = 'mw_s'") == []
    trimmed = "SELECT object_name FROM svv_datashare_objects WHERE btrim(share_name) = 'mw_s' AND object_type = 'view'"
    assert both.producer.rows(trimmed) == [("mw_s.loans",)]


@pytest.mark.parametrize("view", ["svv_datashares", "svv_datashare_objects", "svv_datashare_consumers"])
def test_datashares_are_seen_by_owner_superuser_and_who_may_alter(both: Pair, view: str) -> None:
    both.share()
    both.producer.user("ann", "GRANT CREATE DATASHARE TO ROLE of_ann")
    select = f"SELECT * FROM {view}"
    assert both.producer.rows(select, user="ann") == []
    both.producer.run("CREATE DATASHARE mine", user="ann")
    both.producer.run("GRANT USAGE ON SCHEMA mw_s TO ROLE of_ann")
    both.producer.run("ALTER DATASHARE mine ADD SCHEMA mw_s", user="ann")
    both.producer.run(f"GRANT USAGE ON DATASHARE mine TO NAMESPACE '{SIBLING}'", user="ann")
    assert len(both.producer.rows(select, user="ann")) == 1
    both.producer.run("GRANT ALTER ON DATASHARE mw_s TO ROLE of_ann")
    assert len(both.producer.rows(select, user="ann")) == len(both.producer.rows(select)) > 1


def test_a_consumers_user_sees_no_inbound_datashare(both: Pair) -> None:
    both.share()
    both.consumer.user("ann", "ALTER USER ann CREATEDB")
    both.consumer.run(f"CREATE DATABASE d WITH PERMISSIONS {FROM_SHARE}", user="ann")
    assert both.consumer.rows("SELECT * FROM svv_datashares", user="ann") == []
    assert both.consumer.rows("SELECT * FROM svv_datashare_objects", user="ann") == []
    assert len(both.consumer.rows("SELECT * FROM svv_datashare_objects")) == 2


def test_relation_privileges_are_of_the_current_database(both: Pair) -> None:
    both.grant()
    both.producer.run(
        "CREATE ROLE r", "GRANT SELECT, INSERT ON lending.loans TO ROLE r", "GRANT SELECT ON mw_s.loans TO PUBLIC"
    )
    select = (
        "SELECT namespace_name, relation_name, privilege_type, identity_name, identity_type, admin_option "
        "FROM svv_relation_privileges ORDER BY 1, 3, 4"
    )
    assert both.producer.rows(select) == [
        ("lending", "loans", "INSERT", "r", "role", False),
        ("lending", "loans", "SELECT", "r", "role", False),
        ("mw_s", "loans", "SELECT", "ds:mw_s", "role", False),
        ("mw_s", "loans", "SELECT", "public", "public", False),
    ]
    assert both.consumer.rows(select) == []


def test_privileges_on_schemas_databases_and_datashares(both: Pair) -> None:
    both.grant()
    both.producer.user(
        "ann", "GRANT ALTER ON DATASHARE mw_s TO ann WITH GRANT OPTION", "GRANT CREATE ON DATABASE dev TO ann"
    )
    both.producer.run("GRANT CREATE DATASHARE, CREATE ROLE TO ROLE of_ann")
    who = "privilege_type, identity_name, identity_type, admin_option"
    schemas = both.producer.rows(
        f"SELECT namespace_name, {who}, privilege_scope FROM svv_schema_privileges ORDER BY 1, 2"
    )
    assert schemas == [
        ("mw_s", "USAGE", "ds:mw_s", "role", False, "SCHEMA"),
        ("public", "CREATE", "public", "public", False, "SCHEMA"),
        ("public", "USAGE", "public", "public", False, "SCHEMA"),
    ]
    databases = f"SELECT database_name, {who}, privilege_scope FROM svv_database_privileges ORDER BY 1, 2"
    assert both.producer.rows(databases) == [
        ("dev", "CREATE", "ann", "user", False, "DATABASE"),
        ("dev", "TEMP", "public", "public", False, "DATABASE"),
    ]
    assert ("d", "USAGE", "r", "role", False, "DATABASE") in both.consumer.rows(databases)
    shares = both.producer.rows(f"SELECT datashare_name, {who} FROM svv_datashare_privileges")
    assert shares == [("mw_s", "ALTER", "ann", "user", True)]
    select = "SELECT system_privilege, identity_name FROM svv_system_privileges WHERE identity_name NOT LIKE 'sys:%'"
    system = both.producer.rows(f"{select} ORDER BY 1")
    assert system == [("CREATE DATASHARE", "of_ann"), ("CREATE ROLE", "of_ann")]


VIEWS = {
    "svv_relation_privileges": "ALTER USER ann SYSLOG ACCESS UNRESTRICTED",
    "svv_column_privileges": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_schema_privileges": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_database_privileges": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_datashare_privileges": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_roles": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_role_grants": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_user_grants": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
    "svv_system_privileges": "GRANT ACCESS SYSTEM TABLE TO ROLE of_ann",
}


@pytest.mark.parametrize("view", VIEWS)
def test_users_see_their_own_identities_until_they_may_see_all(both: Pair, view: str) -> None:
    producer = both.producer
    producer.run(*SHARE)
    producer.user("ann", "GRANT CREATE ROLE TO ROLE of_ann")
    producer.user("bob", "CREATE ROLE low", "GRANT ROLE low TO ROLE of_bob", "GRANT CREATE ROLE TO ROLE low")
    for role in ("of_ann", "of_bob"):
        producer.run(
            f"GRANT USAGE ON SCHEMA mw_s TO ROLE {role}",
            f"GRANT SELECT ON mw_s.loans TO ROLE {role}",
            f"GRANT SELECT (id) ON mw_s.loans TO ROLE {role}",
            f"GRANT CREATE ON DATABASE dev TO ROLE {role}",
            f"GRANT SHARE ON DATASHARE mw_s TO ROLE {role}",
        )

    def seen() -> str:
        return repr(producer.rows(f"SELECT * FROM {view}", user="ann"))

    assert "bob" not in seen()
    assert "low" not in seen()
    assert "ds:" not in seen()
    if view != "svv_role_grants":
        assert "of_ann" in seen()
    producer.run(VIEWS[view])
    assert "bob" in seen() or "low" in seen()


def test_who_made_a_role_sees_what_it_holds(both: Pair) -> None:
    both.producer.user("ann", "GRANT CREATE ROLE TO ROLE of_ann")
    both.producer.run("CREATE ROLE mine", user="ann")
    both.producer.run(
        "GRANT SELECT ON lending.loans TO ROLE mine", "CREATE ROLE other", "GRANT SELECT ON lending.loans TO ROLE other"
    )
    select = "SELECT identity_name FROM svv_relation_privileges"
    assert both.producer.rows(select, user="ann") == [("mine",)]
    assert both.producer.rows("SELECT role_name FROM svv_roles ORDER BY 1", user="ann") == [("mine",), ("of_ann",)]


def test_roles_and_who_has_them(both: Pair) -> None:
    both.producer.user(
        "ann", "CREATE ROLE low", "GRANT ROLE low TO ROLE of_ann", "GRANT ROLE low TO ann WITH ADMIN OPTION"
    )
    roles = both.producer.rows("SELECT role_name, role_owner FROM svv_roles ORDER BY role_owner, role_name")
    assert roles[:3] == [("low", "admin"), ("of_ann", "admin"), ("sys:dba", "rdsdb")]
    assert both.producer.rows("SELECT role_name, granted_role_name FROM svv_role_grants") == [("of_ann", "low")]
    grants = both.producer.rows("SELECT user_name, role_name, admin_option FROM svv_user_grants")
    assert grants == [("ann", "low", True), ("ann", "of_ann", False)]
    users = both.producer.rows("SELECT usename, usecreatedb, usesuper FROM pg_user", user="ann")
    assert users == [("admin", True, True), ("ann", False, False)]
    info = "SELECT user_name, createdb, syslog_access FROM svv_user_info ORDER BY 1"
    assert both.producer.rows(info, user="ann") == [("ann", False, "RESTRICTED")]
    both.producer.run("ALTER USER ann CREATEDB SYSLOG ACCESS UNRESTRICTED")
    assert both.producer.rows(info, user="ann") == [("ann", True, "UNRESTRICTED")]
    assert len(both.producer.rows(info)) == 2


def test_aws_own_role_sees_system_tables(both: Pair) -> None:
    """r_roles-default.html: it "has the permission to access catalog or system tables"."""
    both.producer.user("ann")
    both.producer.user("bob")
    roles = "SELECT role_name FROM svv_roles ORDER BY 1"
    assert both.producer.rows(roles, user="ann") == [("of_ann",)]
    both.producer.run("GRANT ROLE sys:monitor TO ann")
    assert ("of_bob",) in both.producer.rows(roles, user="ann")
    both.producer.run("REVOKE ROLE sys:Monitor FROM ann")
    assert both.producer.rows(roles, user="ann") == [("of_ann",)]
    assert "system-defined" in both.producer.refused('DROP ROLE "sys:monitor"')


def test_shared_objects_are_seen_by_who_may_use_the_database(both: Pair) -> None:
    both.grant()
    both.consumer.user("ann")
    databases = "SELECT database_name, database_type FROM svv_redshift_databases ORDER BY 2"
    tables = "SELECT database_name, schema_name, table_name, table_type FROM svv_redshift_tables"
    columns = (
        "SELECT column_name, data_type FROM svv_redshift_columns WHERE database_name = 'd' ORDER BY ordinal_position"
    )
    schemas = "SELECT schema_name, schema_type FROM svv_redshift_schemas WHERE database_name = 'd'"
    assert both.consumer.rows(databases, user="ann") == [("dev", "local")]
    for select in (tables, columns, schemas):
        assert both.consumer.rows(select, user="ann") == []
    both.consumer.run("GRANT USAGE ON DATABASE d TO ann")
    assert both.consumer.rows(databases, user="ann") == [("dev", "local"), ("d", "shared")]
    assert both.consumer.rows(tables, user="ann") == [("d", "mw_s", "loans", "VIEW")]
    assert both.consumer.rows(columns, user="ann") == [("id", "integer"), ("name", "varchar(20)")]
    assert both.consumer.rows(schemas, user="ann") == [("mw_s", "shared")]
    both.producer.run("DROP DATASHARE mw_s")
    assert both.consumer.rows(databases, user="ann") == [("dev", "local"), ("d", "shared")]
    assert both.consumer.rows(tables, user="ann") == []


def test_local_objects_are_seen_by_who_may_use_them(both: Pair) -> None:
    both.producer.user("ann")
    tables = "SELECT schema_name, table_name FROM svv_redshift_tables ORDER BY 2"
    columns = "SELECT DISTINCT table_name FROM svv_redshift_columns ORDER BY 1"
    assert both.producer.rows(tables, user="ann") == []
    both.producer.run("GRANT USAGE ON SCHEMA lending TO ROLE of_ann")
    assert both.producer.rows(tables, user="ann") == []
    assert both.producer.rows("SELECT schema_name FROM svv_redshift_schemas ORDER BY 1", user="ann") == [
        ("lending",),
        ("public",),
    ]
    both.producer.run("GRANT SELECT ON lending.loans TO ROLE of_ann")
    assert both.producer.rows(tables, user="ann") == [("lending", "loans")]
    assert both.producer.rows(columns, user="ann") == [("loans",)]
    assert both.producer.rows(tables) == [("lending", "loans"), ("lending", "other")]


def test_views_with_their_queries(both: Pair) -> None:
    both.producer.run(*SHARE)
    both.producer.user("ann")
    views = both.producer.rows("SELECT * FROM pg_views", user="ann")
    assert views == [("mw_s", "loans", "admin", "SELECT loans.id, loans.name FROM lending.loans;")]
    schemas = both.producer.rows("SELECT nspname, nspowner FROM pg_namespace ORDER BY 1", user="ann")
    assert schemas == [("lending", 100), ("mw_s", 100), ("public", 100)]
    tables = both.producer.rows("SELECT schemaname, tablename, tableowner FROM pg_tables ORDER BY 2", user="ann")
    assert tables == [("lending", "loans", "admin"), ("lending", "other", "admin")]


def test_show_grants_reads_within_a_shared_database(both: Pair) -> None:
    """r_SHOW_GRANTS.html; no SVV view does."""
    both.grant()
    held = ("r", "role", False)

    def shown(statement: str, user: str = "admin") -> list[tuple[object, ...]]:
        result = both.consumer.run(statement, user=user)
        at = result.columns.index("privilege_type")
        rows = [(*row[:at], row[at], *row[at + 2 : at + 5]) for row in result.rows]
        assert result.columns[at:] == (*HELD.split(), "privilege_scope")
        return rows

    assert shown("SHOW GRANTS ON DATABASE d") == [("d", "USAGE", *held)]
    assert shown("SHOW GRANTS ON SCHEMA d.mw_s") == [("d", "mw_s", "USAGE", *held)]
    assert shown("SHOW GRANTS ON TABLE d.mw_s.loans") == [("d", "mw_s", "loans", "VIEW", "SELECT", *held)]
    assert shown("SHOW GRANTS ON d.mw_s.loans FOR ROLE r") == shown("SHOW GRANTS ON TABLE d.mw_s.loans")
    assert shown("SHOW GRANTS ON TABLE d.mw_s.loans FOR PUBLIC") == []
    assert [row[3:5] for row in shown("SHOW GRANTS FOR ROLE r FROM DATABASE d")] == [
        ("DATABASE", "USAGE"),
        ("SCHEMA", "USAGE"),
        ("VIEW", "SELECT"),
    ]
    assert shown("SHOW GRANTS FOR ROLE r") == []
    both.consumer.user("ann")
    assert shown("SHOW GRANTS ON TABLE d.mw_s.loans", "ann") == []
    assert "permission denied" in both.consumer.refused("SHOW GRANTS FOR ROLE r FROM DATABASE d", user="ann")
    both.consumer.run("GRANT ROLE r TO ann")
    assert len(shown("SHOW GRANTS ON TABLE d.mw_s.loans", "ann")) == 1
    assert len(shown("SHOW GRANTS FOR ROLE r FROM DATABASE d", "ann")) == 3


@pytest.mark.parametrize("grant", ROLE_GRANTS)
def test_a_revoke_takes_what_its_grant_gave(both: Pair, grant: str) -> None:
    both.grant()
    rows = "SHOW GRANTS FOR ROLE r FROM DATABASE d"
    was = both.consumer.rows(rows)
    both.consumer.run(grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
    assert len(both.consumer.rows(rows)) == len(was) - 1
    both.consumer.run(grant)
    assert both.consumer.rows(rows) == was


@pytest.mark.parametrize(
    "grant",
    [
        "GRANT SELECT, DELETE ON TABLE lending.loans, lending.other TO ROLE r, ann WITH GRANT OPTION, PUBLIC",
        "GRANT ALL PRIVILEGES ON lending.loans TO ann",
        "GRANT SELECT ON ALL TABLES IN SCHEMA lending TO ROLE r",
        "GRANT ALL ON SCHEMA lending TO ROLE r",
        "GRANT CREATE, TEMPORARY ON DATABASE dev TO ROLE r",
        "GRANT ALTER, SHARE ON DATASHARE s TO ROLE r",
        "GRANT CREATE ROLE, ACCESS SYSTEM TABLE TO ROLE r",
        "GRANT ROLE r TO ann",
        f"GRANT USAGE ON DATASHARE s TO NAMESPACE '{SIBLING}'",
        f"GRANT USAGE ON DATASHARE s TO ACCOUNT '{TWO}'",
    ],
)
def test_a_revoke_undoes_its_grant(both: Pair, grant: str) -> None:
    both.producer.user("ann", "CREATE ROLE r", "CREATE DATASHARE s")
    was = both.producer.namespace.state
    both.producer.run(grant)
    now = both.producer.namespace.state
    assert (now.grants, now.members, now.shares) != (was.grants, was.members, was.shares)
    both.producer.run(grant.replace("GRANT", "REVOKE", 1).replace(" TO ", " FROM ").replace(" WITH GRANT OPTION", ""))
    now = both.producer.namespace.state
    assert (now.grants, now.members, now.shares) == (was.grants, was.members, was.shares)


def test_times_are_without_zone(both: Pair) -> None:
    both.share()
    made = both.producer.rows("SELECT createdate FROM svv_datashares")[0][0]
    assert isinstance(made, datetime)
    assert made == SINCE
    assert CONSUMER not in repr(both.producer.rows("SELECT * FROM svv_datashares"))
