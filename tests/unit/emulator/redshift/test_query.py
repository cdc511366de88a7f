"""SELECT: what a query names, who may read it, and that nothing else is reached."""

from __future__ import annotations

import pytest

from tests.unit.emulator.redshift.pair import CONSUMER, READ, SHARE, Pair

READER = "IAMR:reader"
DIRECT = ("GRANT USAGE ON SCHEMA mw_s TO ROLE r", "GRANT SELECT ON mw_s.loans TO ROLE r")


def test_direct_grants_open_the_view_alone(both: Pair) -> None:
    producer = both.producer
    producer.run(*SHARE, "CREATE ROLE r", *DIRECT)
    assert producer.run("SELECT * FROM mw_s.loans", user=READER, roles=("r",)).rows == ((1, "Ann"), (2, "Bob"))
    for query in ("SELECT * FROM lending.loans", "SELECT v.id FROM mw_s.loans v, lending.other"):
        error = producer.refused(query, user=READER, roles=("r",))
        assert error == "ERROR: permission denied for schema lending"
    producer.run("GRANT USAGE ON SCHEMA lending TO ROLE r")
    error = producer.refused("SELECT ssn FROM lending.loans", user=READER, roles=("r",))
    assert error == "ERROR: permission denied for relation loans"
    error = producer.refused("SELECT ssn FROM mw_s.loans", user=READER, roles=("r",))
    assert error == 'ERROR: column "ssn" does not exist in loans'


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM lending.loans",
        'SELECT "id" FROM "LENDING"."Loans"',
        "SELECT id FROM dev.lending.loans",
        "SELECT 1 FROM lending.loans",
        "SELECT count(*) FROM lending.loans",
        "SELECT * FROM mw_s.loans WHERE id IN (SELECT id FROM lending.loans)",
        "SELECT (SELECT max(ssn) FROM lending.loans)",
        "WITH x AS (SELECT * FROM lending.loans) SELECT * FROM x",
        "WITH loans AS (SELECT 1 AS id) SELECT * FROM lending.loans",
        "SELECT id FROM mw_s.loans UNION ALL SELECT id FROM lending.loans",
        "SELECT * FROM mw_s.loans a JOIN lending.loans b ON a.id = b.id",
        "SELECT * FROM (SELECT * FROM (SELECT * FROM lending.loans) y) x",
        "SELECT id FROM mw_s.loans WHERE EXISTS (SELECT 1 FROM lending.loans l WHERE l.id = 1)",
        "SELECT id FROM mw_s.loans ORDER BY (SELECT max(id) FROM lending.loans)",
    ],
)
def test_wherever_it_stands_it_is_checked(both: Pair, query: str) -> None:
    both.producer.run(*SHARE, "CREATE ROLE r", *DIRECT, "GRANT USAGE ON SCHEMA lending TO ROLE r")
    assert both.producer.refused(query, user=READER, roles=("r",)) == "ERROR: permission denied for relation loans"
    both.producer.run("GRANT SELECT ON lending.loans TO ROLE r")
    both.producer.run(query, user=READER, roles=("r",))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM duckdb_tables()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM r101",
        "SELECT * FROM s_svv_roles",
        "SELECT * FROM main.r104",
        "SELECT * INTO x FROM lending.loans",
        "SELECT * FROM lending.loans; SELECT 1",
        "WITH x AS (INSERT INTO lending.loans VALUES (1)) SELECT * FROM x",
        "SELECT",
        "SELECT * FROM lending.loans FOR UPDATE",
        "SELECT nothing FROM lending.loans",
        "SELECT l.nothing FROM lending.loans l",
        "SELECT nofunction(id) FROM lending.loans",
    ],
)
def test_nothing_else_is_reached(both: Pair, query: str) -> None:
    """Not even by a superuser: neither DuckDB's own tables, nor files, nor a second statement."""
    both.producer.run("SELECT * FROM svv_roles")
    assert both.producer.refused(query).startswith("ERROR: ")


def test_a_view_of_a_view_reads_with_its_makers_rights(both: Pair) -> None:
    both.producer.run(*SHARE, "CREATE VIEW mw_s.ids AS SELECT l.id AS number FROM mw_s.loans l WHERE l.id > 1")
    both.producer.run("CREATE ROLE r", DIRECT[0], "GRANT SELECT ON mw_s.ids TO ROLE r")
    answer = both.producer.run("SELECT * FROM mw_s.ids", user=READER, roles=("r",))
    assert (answer.columns, answer.rows) == (("number",), ((2,),))
    assert "permission denied" in both.producer.refused("SELECT * FROM mw_s.loans", user=READER, roles=("r",))


def test_a_star_is_what_it_was_when_the_view_was_made(both: Pair) -> None:
    both.producer.run("CREATE SCHEMA x", "CREATE VIEW x.v AS SELECT * FROM lending.loans")
    assert both.producer.rows("SHOW VIEW x.v") == [("SELECT loans.id, loans.name, loans.ssn FROM lending.loans;",)]
    assert both.producer.run("SELECT * FROM x.v LIMIT 1").columns == ("id", "name", "ssn")


def test_a_view_names_a_column(both: Pair) -> None:
    both.producer.run("CREATE SCHEMA x")
    for query in ("SELECT FROM lending.loans", "SELECT id FROM (SELECT FROM lending.loans) y"):
        assert both.producer.refused(f"CREATE VIEW x.v AS {query}") == "ERROR: syntax error: a SELECT without a column"


def test_a_view_is_bound_to_its_table_and_not_to_a_name(both: Pair) -> None:
    both.producer.run("CREATE SCHEMA x", "CREATE VIEW x.a AS SELECT id FROM lending.loans")
    both.producer.run("CREATE VIEW x.b AS SELECT id FROM x.a")
    assert "depend on it" in both.producer.refused("DROP VIEW x.a")
    both.producer.run("CREATE OR REPLACE VIEW x.a AS SELECT id FROM lending.other")
    assert both.producer.run("SELECT * FROM x.b").rows == ((7,),)


@pytest.mark.parametrize(
    "view",
    [
        "CREATE VIEW x.v AS SELECT id FROM svv_roles",
        "CREATE VIEW x.v AS SELECT id, name AS id FROM lending.loans",
        "CREATE VIEW x.v AS SELECT id FROM lending.none",
        "CREATE VIEW x.v AS SELECT none FROM lending.loans",
        "CREATE VIEW lending.loans AS SELECT id FROM lending.other",
        "CREATE OR REPLACE VIEW lending.loans AS SELECT id FROM lending.other",
        "CREATE OR REPLACE VIEW x.standing AS SELECT name FROM lending.loans",
        "CREATE VIEW x.v AS DELETE FROM lending.loans",
        "CREATE VIEW x.v AS SELECT 1 AS a; DROP SCHEMA x",
        "CREATE VIEW x.v AS SELECT id FROM lending.loans WITH NO SCHEMA BINDING",
        "CREATE VIEW dev2.x.v AS SELECT id FROM lending.loans",
    ],
)
def test_what_is_no_view(both: Pair, view: str) -> None:
    both.producer.run("CREATE SCHEMA x", "CREATE VIEW x.standing AS SELECT id FROM lending.loans")
    was = repr(both.producer.namespace.state)
    both.producer.refused(view)
    assert repr(both.producer.namespace.state) == was


def test_a_regular_view_reads_nothing_shared(both: Pair) -> None:
    both.grant()
    assert "regular view" in both.consumer.refused("CREATE VIEW v AS SELECT id FROM d.mw_s.loans")


def test_another_local_database_is_read_by_three_part_names(both: Pair) -> None:
    both.producer.run("CREATE DATABASE second", "CREATE ROLE r")
    both.producer.namespace.seed_table("second", "public", "t", {"a": "int"}, [(5,)])
    assert both.producer.run("SELECT * FROM second.public.t").rows == ((5,),)
    error = both.producer.refused("SELECT * FROM second.public.t", user=READER, roles=("r",))
    assert error == "ERROR: permission denied for relation t"
    assert "another database" in both.producer.refused("GRANT SELECT ON second.public.t TO ROLE r")


def test_types_are_redshifts(both: Pair) -> None:
    columns = {"i": "int", "b": "bigint", "d": "decimal(10,2)", "f": "float8", "t": "varchar(9)", "o": "boolean"}
    columns |= {"y": "date", "s": "timestamp"}
    both.producer.namespace.seed_table("dev", "lending", "types", columns, [])
    answer = both.producer.run("SELECT *, count(*) OVER () AS n FROM lending.types")
    assert answer.types == ("int4", "int8", "numeric", "float8", "varchar", "bool", "date", "timestamp", "int8")
    assert (answer.rows, answer.affected, answer.has_result) == ((), 0, True)


def test_who_and_where_one_is(both: Pair) -> None:
    answer = both.consumer.run("SELECT current_user, current_database(), current_namespace, 'x' || current_user AS y")
    assert answer.columns == ("current_user", "current_database", "current_namespace", "y")
    assert answer.rows == (("admin", "dev", CONSUMER, "xadmin"),)


def test_names_are_folded_quoted_or_not(both: Pair) -> None:
    both.grant()
    read = 'SELECT "L"."ID" FROM "D"."MW_S"."Loans" AS l ORDER BY 1'
    assert both.consumer.run(read).rows == ((1,), (2,))
    assert both.consumer.run(READ, user=READER, roles=("r",)).columns == ("id", "name")


def test_hostile_names_are_names(both: Pair) -> None:
    both.producer.namespace.seed_table("dev", 'a"b', 'c"; drop schema lending; --', {'d"e': "int"}, [(1,)])
    both.producer.run(
        'CREATE SCHEMA "v""; --"',
        'CREATE VIEW "v""; --"."x\'y" AS SELECT "d""e" FROM "a""b"."c""; drop schema lending; --"',
        'GRANT USAGE ON SCHEMA "v""; --" TO PUBLIC',
        'GRANT SELECT ON "v""; --"."x\'y" TO PUBLIC',
    )
    answer = both.producer.run('SELECT * FROM "v""; --"."x\'y"', user=READER)
    assert (answer.columns, answer.rows) == (('d"e',), ((1,),))
    shown = both.producer.rows('SHOW VIEW "v""; --"."x\'y"')[0][0]
    assert shown == ('SELECT "c""; drop schema lending; --"."d""e" FROM "a""b"."c""; drop schema lending; --";')
