"""A transaction is all or nothing, and some statements are not run in one.

CREATE DATABASE and grants on external resources: r_CREATE_DATABASE.html and r_GRANT.html of
https://docs.aws.amazon.com/redshift/latest/dg/. SET PUBLICACCESSIBLE: seen, on no page. DROP DATABASE, USAGE on
datashares and objects of a datashare: not verified, refused as the harder case.
"""

from __future__ import annotations

import pytest

from tests.emulator.redshift.catalogue import ADMIN
from tests.emulator.redshift.outcome import SqlError
from tests.unit.emulator.redshift.pair import FROM_SHARE, ROLE_GRANTS, SHARE, SIBLING, TWO, Pair

INSIDE = "inside a transaction block"
ALONE_AT_THE_PRODUCER = [
    "ALTER DATASHARE mw_s SET PUBLICACCESSIBLE TRUE",
    f"GRANT USAGE ON DATASHARE mw_s TO NAMESPACE '{SIBLING}'",
    f"REVOKE USAGE ON DATASHARE mw_s FROM ACCOUNT '{TWO}'",
    "CREATE DATABASE x",
    "DROP DATABASE second",
]
ALONE_AT_THE_CONSUMER = [
    *ROLE_GRANTS,
    *(grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ") for grant in ROLE_GRANTS),
    f"CREATE DATABASE e WITH PERMISSIONS {FROM_SHARE}",
    "DROP DATABASE d",
]


@pytest.mark.parametrize("statement", ALONE_AT_THE_PRODUCER)
def test_not_within_a_transaction_at_the_producer(both: Pair, statement: str) -> None:
    both.share()
    both.producer.run("CREATE DATABASE second")
    was = repr(both.producer.namespace.state)
    assert INSIDE in both.producer.refused("CREATE SCHEMA first", statement, transaction=True)
    assert repr(both.producer.namespace.state) == was
    both.producer.run(statement)


@pytest.mark.parametrize("statement", ALONE_AT_THE_CONSUMER)
def test_not_within_a_transaction_at_the_consumer(both: Pair, statement: str) -> None:
    both.grant()
    assert INSIDE in both.consumer.refused(statement, transaction=True)


def test_usage_may_be_played_to_run_in_one(both: Pair) -> None:
    both.share()
    both.warehouses.play.usage_in_transaction = True
    both.producer.run(ALONE_AT_THE_PRODUCER[1], ALONE_AT_THE_PRODUCER[2], transaction=True)


def test_the_rest_runs_in_one(both: Pair) -> None:
    both.producer.run("CREATE ROLE r")
    both.producer.run(
        *SHARE,
        "GRANT USAGE ON SCHEMA mw_s TO ROLE r",
        "GRANT SELECT ON mw_s.loans TO ROLE r",
        "REVOKE SELECT ON mw_s.loans FROM ROLE r",
        "ALTER DATASHARE mw_s REMOVE TABLE mw_s.loans",
        "ALTER DATASHARE mw_s REMOVE SCHEMA mw_s",
        "DROP DATASHARE mw_s",
        "DROP VIEW mw_s.loans",
        "DROP SCHEMA mw_s",
        transaction=True,
    )


def test_nothing_is_left_of_a_transaction_that_failed(both: Pair) -> None:
    was = repr(both.producer.namespace.state)
    with pytest.raises(SqlError) as caught:
        both.producer.run(*SHARE, "DROP SCHEMA none", "CREATE SCHEMA never", transaction=True)
    assert caught.value.index == len(SHARE)
    assert repr(both.producer.namespace.state) == was


def test_statements_by_themselves_stay_when_a_later_one_fails(both: Pair) -> None:
    with pytest.raises(SqlError) as caught:
        both.producer.run(*SHARE, "DROP SCHEMA none", "CREATE SCHEMA never")
    assert caught.value.index == len(SHARE)
    assert "mw_s" in both.producer.namespace.state.shares
    assert "never" not in both.producer.namespace.state.databases["dev"].schemas


def test_a_statement_that_fails_half_way_leaves_nothing(both: Pair) -> None:
    was = repr(both.producer.namespace.state)
    both.producer.refused("GRANT SELECT ON lending.loans, lending.none TO PUBLIC")
    both.producer.refused("GRANT SELECT ON lending.loans TO PUBLIC, ROLE none")
    assert repr(both.producer.namespace.state) == was


def test_what_is_read_in_a_transaction_is_what_it_has_made(both: Pair) -> None:
    answers = both.producer.namespace.run(
        database="dev",
        user=ADMIN,
        roles=frozenset(),
        statements=(*SHARE, "SELECT count(*) AS n FROM mw_s.loans"),
        transaction=True,
    )
    assert [answer.has_result for answer in answers] == [False] * len(SHARE) + [True]
    assert answers[-1].rows == ((2,),)
