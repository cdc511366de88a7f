"""AWS's own published examples, each on what its page takes for granted; a page is
https://docs.aws.amazon.com/redshift/latest/dg/<name>.html.
"""

from __future__ import annotations

import pytest

from tests.emulator.redshift import statements
from tests.emulator.redshift.grammar import match
from tests.unit.emulator.redshift.pair import PRODUCER, SIBLING, TWO, Pair

EVENT = {"dateid": "int", "eventname": "varchar(200)", "catid": "int"}
TABLES = {
    "sales": {"salesid": "int"},
    "event": EVENT,
    "users": {"lastname": "varchar(30)"},
    "date": {"caldate": "date"},
    "venue": {"venueid": "int", "venuecity": "varchar(30)"},
    "tickit_sales_redshift": {"salesid": "int"},
    "cust_profile": {"cust_name": "varchar(9)", "cust_phone": "varchar(9)", "cust_contact_preference": "varchar(9)"},
}
USERS = ["fred", "bob", "dwuser", "paulo", "martha", "user1", "user2", "view_user", "schema_user", "dbuser", "bobr"]
SALES = ("CREATE DATASHARE salesshare", "ALTER DATASHARE salesshare ADD SCHEMA public")
ROLES = ("CREATE ROLE sample_role1", "CREATE ROLE sample_role2", "CREATE ROLE sample_role3")
EVENTVIEW = "create view eventview as select dateid, eventname, catid from event where catid = 1"
MYEVENTVIEW = "create view myeventview as select eventname, catid from eventview where eventname <> ' '"
DEPENDS = "ERROR: can't drop view eventview because other objects depend on it"
CIRCLE = "ERROR: cannot grant this role, a circular dependency was detected between these roles"

EXAMPLES: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
    # page, what stands before, the example
    ("r_CREATE_DATASHARE", (), ("CREATE DATASHARE salesshare;",)),
    ("r_DROP_DATASHARE", SALES, ("DROP DATASHARE salesshare;",)),
    ("r_ALTER_DATASHARE", SALES, ("ALTER DATASHARE salesshare ADD TABLE public.tickit_sales_redshift;",)),
    ("r_ALTER_DATASHARE", SALES, ("ALTER DATASHARE salesshare ADD ALL TABLES IN SCHEMA PUBLIC;",)),
    (
        "r_ALTER_DATASHARE",
        (*SALES, "ALTER DATASHARE salesshare ADD TABLE public.tickit_sales_redshift"),
        ("ALTER DATASHARE salesshare REMOVE TABLE public.tickit_sales_redshift;",),
    ),
    (
        "within-account",
        ("CREATE DATASHARE salesshare",),
        (
            "GRANT ALTER, SHARE ON DATASHARE salesshare TO dbuser;",
            "ALTER DATASHARE salesshare ADD SCHEMA PUBLIC;",
            "ALTER DATASHARE salesshare ADD TABLE public.tickit_sales_redshift;",
            "ALTER DATASHARE salesshare ADD ALL TABLES IN SCHEMA PUBLIC;",
            "CREATE VIEW public.sales_data_summary_view AS SELECT * FROM public.tickit_sales_redshift;",
            "ALTER DATASHARE salesshare ADD TABLE public.sales_data_summary_view;",
            "ALTER DATASHARE salesshare SET INCLUDENEW = TRUE FOR SCHEMA PUBLIC;",
            f"GRANT USAGE ON DATASHARE salesshare TO NAMESPACE '{SIBLING}';",
            "ALTER DATASHARE salesshare SET PUBLICACCESSIBLE = TRUE;",
            "ALTER DATASHARE salesshare REMOVE TABLE public.tickit_sales_redshift;",
            f"REVOKE USAGE ON DATASHARE salesshare FROM NAMESPACE '{SIBLING}';",
            "DROP DATASHARE salesshare;",
        ),
    ),
    ("writes-adding-data-consumer", SALES, (f"GRANT USAGE ON DATASHARE salesshare TO ACCOUNT '{TWO}';",)),
    ("r_CREATE_DATABASE", (), ("create database tickit\nwith owner dwuser;",)),
    ("r_DROP_DATABASE", ("create database tickit_test",), ("drop database tickit_test;",)),
    ("r_CREATE_SCHEMA", (), ("create schema us_sales authorization dwuser;",)),
    ("r_CREATE_SCHEMA", (), ("create schema if not exists us_sales;", "create schema if not exists us_sales;")),
    ("r_DROP_SCHEMA", ("create schema s_sales",), ("drop schema s_sales restrict;",)),
    ("r_DROP_SCHEMA", (), ("drop schema if exists s_sales;",)),
    ("r_CREATE_VIEW", (), ("create view myevent as select eventname from event\nwhere eventname = 'LeAnn Rimes';",)),
    (
        "r_CREATE_VIEW",
        (),
        (
            "create view myuser as select lastname from users;",
            "create or replace view myuser as select lastname from users;",
        ),
    ),
    ("r_DROP_VIEW", ("create view event2 as select * from event",), ("drop view event2;",)),
    ("r_DROP_VIEW", (), (EVENTVIEW, MYEVENTVIEW, "drop view if exists eventview2;")),
    ("r_CREATE_ROLE", (), ("CREATE ROLE sample_role1;",)),
    ("r_DROP_ROLE", ("CREATE ROLE sample_role",), ("DROP ROLE sample_role FORCE;",)),
    ("r_CREATE_USER", (), ("create user newman with password '@AbC4321!';",)),
    ("r_CREATE_USER", (), ("create user slashpass password 'md50c983d1a624280812631c5389e60d48c';",)),
    ("r_CREATE_USER", (), ("create user iam_superuser password 'md5A1234567890123456780123456789012' createuser;",)),
    ("r_ALTER_USER", (), ("alter user dbuser createdb;",)),
    ("r_DROP_USER", (), ("drop user paulo, martha;", "drop user if exists paulo;")),
    ("r_GRANT-examples", (), ("grant select on table sales to fred;",)),
    ("r_GRANT-examples", ("create schema qa_tickit",), ("grant select on all tables in schema qa_tickit to fred;",)),
    ("r_GRANT-examples", ("create schema qa_tickit",), ("grant all on schema qa_tickit to schema_user;",)),
    ("r_GRANT-examples", (), ("grant select(cust_name, cust_phone) on cust_profile to user1;",)),
    ("r_GRANT-usage-notes", (), ("grant select on table sales to fred with grant option;",)),
    ("r_GRANT-examples", ROLES, ("GRANT ROLE sample_role1 TO user1;",)),
    ("r_GRANT-examples", ROLES, ("GRANT ROLE sample_role1 TO user1 WITH ADMIN OPTION;",)),
    ("r_GRANT-examples", ROLES, ("GRANT ROLE sample_role1 TO ROLE sample_role2;",)),
    ("r_GRANT-examples", ROLES, ("GRANT CREATE USER TO ROLE sample_role1;",)),
    ("r_GRANT-examples", (), ("GRANT ROLE sys:dba TO user1;",)),
    ("r_REVOKE-examples", ("GRANT ROLE sys:DBA TO user1",), ("REVOKE ROLE sys:DBA FROM user1;",)),
    ("r_REVOKE-examples", (EVENTVIEW,), ("revoke select on table eventview from bobr;",)),
    ("r_REVOKE-examples", ("create database tickit",), ("revoke temporary on database tickit from public;",)),
    (
        "r_REVOKE-examples",
        (*ROLES, "GRANT ROLE sample_role1 TO ROLE sample_role2"),
        ("REVOKE ROLE sample_role1 FROM ROLE sample_role2;",),
    ),
    (
        "r_REVOKE-examples",
        ROLES,
        (
            "GRANT CREATE SCHEMA, DROP SCHEMA TO ROLE sample_role1;",
            "REVOKE CREATE SCHEMA, DROP SCHEMA FROM ROLE sample_role1;",
        ),
    ),
]
REFUSED: list[tuple[str, tuple[str, ...], str, str]] = [
    # page, what stands before, the example, the error that the page prints
    ("r_DROP_VIEW", (EVENTVIEW, MYEVENTVIEW), "drop view eventview;", DEPENDS),
    (
        "r_DROP_ROLE",
        (*ROLES, "GRANT ROLE sample_role1 TO user1"),
        "DROP ROLE sample_role1;",
        "ERROR: cannot drop this role since it has been granted on a user",
    ),
    (
        "r_DROP_ROLE",
        (*ROLES, "GRANT ROLE sample_role1 TO ROLE sample_role2"),
        "DROP ROLE sample_role2;",
        "ERROR: cannot drop this role since it depends on another role",
    ),
    (
        "r_GRANT-examples",
        (*ROLES, "GRANT ROLE sample_role2 TO ROLE sample_role3"),
        "GRANT ROLE sample_role3 TO ROLE sample_role2;",
        CIRCLE,
    ),
    (
        "r_DROP_USER",
        ("create schema dw authorization dwuser",),
        "drop user dwuser;",
        'ERROR: user "dwuser" can\'t be dropped because the user owns some object',
    ),
    (
        "r_DROP_USER",
        ("grant select on sales to dwuser",),
        "drop user dwuser;",
        'ERROR: user "dwuser" can\'t be dropped because the user has a privilege on some object',
    ),
]


def _prepare(both: Pair, before: tuple[str, ...]) -> None:
    for name, columns in TABLES.items():
        both.producer.namespace.seed_table("dev", "public", name, columns, [])
    both.producer.run(*(f"create user {user} password 'abcD1234'" for user in USERS), *before)


@pytest.mark.parametrize(("page", "before", "example"), EXAMPLES)
def test_the_example_runs(both: Pair, page: str, before: tuple[str, ...], example: tuple[str, ...]) -> None:
    assert page
    _prepare(both, before)
    both.producer.run(*example)


@pytest.mark.parametrize(("page", "before", "example", "error"), REFUSED)
def test_the_example_fails_as_printed(both: Pair, page: str, before: tuple[str, ...], example: str, error: str) -> None:
    assert page
    _prepare(both, before)
    assert both.producer.refused(example).startswith(error)


def test_the_consumers_examples(both: Pair) -> None:
    """writes-granting.html, r_GRANT-examples.html, r_REVOKE-examples.html; the namespaces are ours."""
    _prepare(both, SALES)
    both.producer.run(
        "ALTER DATASHARE salesshare ADD TABLE public.tickit_sales_redshift",
        f"GRANT USAGE ON DATASHARE salesshare TO NAMESPACE '{SIBLING}'",
    )
    both.sibling.run("create user bob password 'abcD1234'", "CREATE ROLE Analyst_role")
    both.sibling.run(
        f"CREATE DATABASE sales_db WITH PERMISSIONS FROM DATASHARE salesshare OF NAMESPACE '{PRODUCER}';",
        "GRANT USAGE ON DATABASE sales_db TO Bob;",
        "GRANT USAGE ON SCHEMA sales_db.public TO ROLE Analyst_role;",
        "GRANT SELECT ON sales_db.public.tickit_sales_redshift to Bob;",
        "REVOKE USAGE ON DATABASE sales_db FROM Bob;",
        "DROP DATABASE sales_db;",
        f"CREATE DATABASE sales_db FROM DATASHARE salesshare OF NAMESPACE '{PRODUCER}';",
    )


def test_grants_on_tables_and_views_are_their_own(both: Pair) -> None:
    """The two sequences of r_GRANT-examples.html, with their errors."""
    both.producer.namespace.seed_table("dev", "qa_tickit", "test", {"col1": "int"}, [])
    _prepare(both, ("grant all on schema qa_tickit to schema_user", "create view view_date as select * from date"))
    count = "select count(*) from qa_tickit.test"
    assert both.producer.refused(count, user="schema_user") == "ERROR: permission denied for relation test"
    both.producer.run("grant select on table qa_tickit.test to schema_user", "grant all on view_date to view_user")
    assert both.producer.run(count, user="schema_user").rows == ((0,),)
    assert both.producer.run("select count(*) from view_date", user="view_user").rows == ((0,),)
    assert both.producer.refused("select count(*) from date", user="view_user") == (
        "ERROR: permission denied for relation date"
    )


def test_show_view_prints_as_the_page(both: Pair) -> None:
    """r_SHOW_VIEW.html"""
    _prepare(both, ("create view LA_Venues_v as select * from venue where venuecity='Los Angeles'",))
    shown = both.producer.rows("show view LA_Venues_v;")
    assert shown == [
        ("SELECT venue.venueid, venue.venuecity FROM venue WHERE venue.venuecity = 'Los Angeles';",),
    ]


def test_every_statement_has_an_example() -> None:
    """Or is the inverse or the listing of one, which other tests run."""
    said = [text for _, before, example in EXAMPLES for text in (*before, *example)]
    said += [f"CREATE DATABASE a FROM DATASHARE b OF NAMESPACE '{PRODUCER}'", "GRANT USAGE ON DATABASE a TO b"]
    said += ["GRANT CREATE ON DATABASE a TO b", "SHOW VIEW a", "ALTER DATASHARE a REMOVE ALL FUNCTIONS IN SCHEMA b"]
    said += ["CREATE TABLE a.b (c INTEGER, d BIGINT)", "DROP TABLE a.b"]  # the pages' examples have more than is here
    left = [known.syntax for known in statements.ALL if not any(match(known.syntax, text) for text in said)]
    assert [syntax for syntax in left if not syntax.startswith(("REVOKE ", "SHOW GRANTS "))] == []
