"""A datashare from agreement to query, and each thing that shuts it.

https://docs.aws.amazon.com/redshift/latest/dg/across-account.html, …/within-account.html, …/writes-granting.html
"""

from __future__ import annotations

import pytest

from tests.emulator.redshift.outcome import ShareError, Why
from tests.unit.emulator.redshift.pair import (
    CONSUMER,
    FROM_SHARE,
    ONE,
    PRODUCER,
    READ,
    ROLE_GRANTS,
    SHARE,
    SIBLING,
    TWO,
    Pair,
    Side,
)

ROWS = ((1, "Ann"), (2, "Bob"))
CREATE = f"CREATE DATABASE d WITH PERMISSIONS {FROM_SHARE}"
INSIDE = CREATE.replace(f" ACCOUNT '{ONE}'", "")


def test_across_accounts_every_step_is_needed(both: Pair) -> None:
    consumer = both.consumer
    both.producer.run(*SHARE)
    assert "cannot be used here" in consumer.refused(CREATE)
    both.producer.run(f"GRANT USAGE ON DATASHARE mw_s TO ACCOUNT '{TWO}'")
    assert both.warehouses.shares[both.arn].associations[TWO].status == "PENDING_AUTHORIZATION"
    assert "cannot be used here" in consumer.refused(CREATE)
    both.warehouses.authorize(both.arn, by=ONE, consumer=TWO)
    held = both.warehouses.shares[both.arn].associations[TWO]
    assert (held.status, held.as_consumer_sees()) == ("AUTHORIZED", "AVAILABLE")
    assert "cannot be used here" in consumer.refused(CREATE)
    both.warehouses.associate(both.arn, by=TWO, namespace_arn=consumer.namespace.arn)
    assert both.warehouses.shares[both.arn].associations[TWO].status == "ACTIVE"
    assert "cannot be used here" in consumer.refused(INSIDE)
    consumer.run(CREATE, "CREATE ROLE r")
    for grant, lacks in zip(ROLE_GRANTS, ("database d", "schema mw_s", "relation loans"), strict=True):
        error = consumer.refused(READ, user="IAMR:reader", roles=("r",))
        assert error == f"ERROR: permission denied for {lacks}"
        consumer.run(grant)
    assert consumer.run(READ, user="IAMR:reader", roles=("r",)).rows == ROWS
    assert consumer.refused(READ, user="IAMR:reader") == "ERROR: permission denied for database d"


def test_within_an_account_usage_is_enough(both: Pair) -> None:
    both.producer.run(*SHARE)
    assert "cannot be used here" in both.sibling.refused(INSIDE)
    both.producer.run(f"GRANT USAGE ON DATASHARE mw_s TO NAMESPACE '{SIBLING}'")
    assert both.warehouses.shares[both.arn].associations == {}
    both.sibling.run(INSIDE)
    assert both.sibling.run(READ).rows == ROWS
    both.producer.run(f"REVOKE USAGE ON DATASHARE mw_s FROM NAMESPACE '{SIBLING}'")
    assert "does not exist" in both.sibling.refused(READ)


@pytest.mark.parametrize(
    "to", [f"NAMESPACE '{CONSUMER}'", f"NAMESPACE '{PRODUCER}'", f"ACCOUNT '{ONE}'", "ACCOUNT '1'", "NAMESPACE 'x'"]
)
def test_a_namespace_is_of_the_account_and_an_account_is_another(both: Pair, to: str) -> None:
    both.producer.run(*SHARE)
    both.producer.refused(f"GRANT USAGE ON DATASHARE mw_s TO {to}")


@pytest.mark.parametrize(
    "cut",
    [
        f"REVOKE USAGE ON DATASHARE mw_s FROM ACCOUNT '{TWO}'",
        "ALTER DATASHARE mw_s REMOVE TABLE mw_s.loans",
        "DROP DATASHARE mw_s",
    ],
)
def test_the_producer_cuts_and_the_consumer_still_cleans_up(both: Pair, cut: str) -> None:
    both.grant()
    both.producer.run(cut)
    assert "does not exist" in both.consumer.refused(READ)
    assert "does not exist" in both.consumer.refused("REVOKE SELECT ON d.mw_s.loans FROM ROLE r")
    both.consumer.run("REVOKE USAGE ON DATABASE d FROM ROLE r", "DROP DATABASE d", "DROP ROLE r")
    assert not [grant for grant in both.consumer.namespace.state.grants if grant.on.shared]


def test_deauthorized_rejected_and_disassociated(both: Pair) -> None:
    both.grant()
    arn, consumer = both.arn, both.consumer.namespace.arn
    both.warehouses.deauthorize(arn, by=ONE, consumer=TWO)
    assert both.warehouses.shares[arn].associations[TWO].status == "DEAUTHORIZED"
    assert "does not exist" in both.consumer.refused(READ)
    both.warehouses.authorize(arn, by=ONE, consumer=TWO)
    assert "does not exist" in both.consumer.refused(READ)
    both.warehouses.associate(arn, by=TWO, namespace_arn=consumer)
    assert both.consumer.run(READ).rows == ROWS
    both.warehouses.disassociate(arn, by=TWO, namespace_arn=consumer)
    assert both.warehouses.shares[arn].associations[TWO].status == "AUTHORIZED"
    assert "does not exist" in both.consumer.refused(READ)
    both.warehouses.associate(arn, by=TWO, namespace_arn=consumer)
    both.warehouses.reject(arn, by=TWO)
    assert both.warehouses.shares[arn].associations[TWO].status == "REJECTED"
    assert "does not exist" in both.consumer.refused(READ)
    both.consumer.run("DROP DATABASE d")


def test_what_the_api_refuses(both: Pair) -> None:
    warehouses, arn, mine = both.warehouses, both.arn, both.consumer.namespace.arn

    def why(name: str, **arguments: str) -> Why:
        with pytest.raises(ShareError) as caught:
            getattr(warehouses, name)(arn, **arguments)
        return caught.value.why

    assert why("authorize", by=ONE, consumer=TWO) is Why.NO_SHARE
    both.producer.run(*SHARE)
    assert why("authorize", by=ONE, consumer=TWO) is Why.NOT_GRANTED
    assert why("associate", by=TWO, namespace_arn=mine) is Why.NOT_AUTHORIZED
    both.producer.run(f"GRANT USAGE ON DATASHARE mw_s TO ACCOUNT '{TWO}'")
    assert why("authorize", by=TWO, consumer=TWO) is Why.NOT_OWNER
    assert why("deauthorize", by=ONE, consumer=TWO) is Why.NOT_AUTHORIZED
    assert why("associate", by=TWO, namespace_arn=mine) is Why.NOT_AUTHORIZED
    assert why("reject", by=TWO) is Why.NOT_AUTHORIZED
    warehouses.authorize(arn, by=ONE, consumer=TWO)
    assert why("disassociate", by=TWO, namespace_arn=mine) is Why.NOT_ASSOCIATED
    assert why("associate", by=TWO, namespace_arn=both.sibling.namespace.arn) is Why.NO_NAMESPACE
    assert why("associate", by=ONE, namespace_arn=both.sibling.namespace.arn) is Why.NOT_AUTHORIZED
    warehouses.associate(arn, by=TWO, namespace_arn=mine)
    warehouses.deauthorize(arn, by=ONE, consumer=TWO)
    assert why("deauthorize", by=ONE, consumer=TWO) is Why.NOT_AUTHORIZED


def test_an_association_is_of_one_namespace(both: Pair) -> None:
    both.grant()
    other = both.warehouses.create(
        account=TWO,
        region="eu-west-1",
        namespace="0d9f7c2e-6b1a-4f3d-9c58-7e2a1b4d6f80",
        kind="serverless",
        compute="other",
        database="dev",
        encrypted=True,
    )
    assert "cannot be used here" in Side(other).refused(CREATE)
    both.warehouses.associate(both.arn, by=TWO, namespace_arn=other.arn)
    Side(other).run(CREATE)
    both.warehouses.disassociate(both.arn, by=TWO, namespace_arn=both.consumer.namespace.arn)
    assert "does not exist" in both.consumer.refused(READ)
    assert Side(other).run(READ).rows == ROWS


@pytest.mark.parametrize("unencrypted", ["producer", "consumer"])
def test_across_accounts_both_are_encrypted(both: Pair, unencrypted: str) -> None:
    both.grant()
    getattr(both, unencrypted).namespace.encrypted = False
    assert "does not exist" in both.consumer.refused(READ)
    both.warehouses.deauthorize(both.arn, by=ONE, consumer=TWO)
    if unencrypted == "producer":
        with pytest.raises(ShareError, match="not encrypted"):
            both.warehouses.authorize(both.arn, by=ONE, consumer=TWO)
        return
    both.warehouses.authorize(both.arn, by=ONE, consumer=TWO)
    with pytest.raises(ShareError, match="not encrypted"):
        both.warehouses.associate(both.arn, by=TWO, namespace_arn=both.consumer.namespace.arn)


def test_within_an_account_both_or_neither_are_encrypted(both: Pair) -> None:
    both.producer.run(*SHARE, f"GRANT USAGE ON DATASHARE mw_s TO NAMESPACE '{SIBLING}'")
    both.sibling.run(INSIDE)
    both.sibling.namespace.encrypted = False
    assert "does not exist" in both.sibling.refused(READ)
    both.producer.namespace.encrypted = False
    assert both.sibling.run(READ).rows == ROWS


def test_without_permissions_usage_on_the_database_opens_all(both: Pair) -> None:
    both.share()
    both.consumer.run(f"CREATE DATABASE d {FROM_SHARE}", "CREATE ROLE r")
    assert "permission denied" in both.consumer.refused(READ, user="IAMR:reader", roles=("r",))
    both.consumer.run("GRANT USAGE ON DATABASE d TO ROLE r")
    assert both.consumer.run(READ, user="IAMR:reader", roles=("r",)).rows == ROWS
    for grant in ROLE_GRANTS[1:]:
        assert "WITH PERMISSIONS" in both.consumer.refused(grant)


@pytest.mark.parametrize("grant", ROLE_GRANTS)
def test_each_grant_is_needed(both: Pair, grant: str) -> None:
    both.grant()
    both.consumer.run(grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
    assert "permission denied" in both.consumer.refused(READ, user="IAMR:reader", roles=("r",))


def test_only_what_is_shared_is_there_and_can_be_granted(both: Pair) -> None:
    both.grant()
    both.producer.run("CREATE VIEW mw_s.other AS SELECT id FROM lending.other")
    for statement in (
        "GRANT SELECT ON d.mw_s.other TO ROLE r",
        "GRANT SELECT ON d.lending.loans TO ROLE r",
        "GRANT USAGE ON SCHEMA d.lending TO ROLE r",
        "SELECT * FROM d.lending.loans",
        "SELECT * FROM d.mw_s.other",
    ):
        assert "does not exist" in both.consumer.refused(statement)
    for statement in (
        "GRANT INSERT ON d.mw_s.loans TO ROLE r",
        "GRANT ALL ON d.mw_s.loans TO ROLE r",
        "GRANT CREATE ON SCHEMA d.mw_s TO ROLE r",
        "GRANT CREATE ON DATABASE d TO ROLE r",
    ):
        assert "comes from a datashare" in both.consumer.refused(statement)
    assert both.consumer.refused("SELECT ssn FROM d.mw_s.loans") == 'ERROR: column "ssn" does not exist in loans'


def test_a_base_table_in_a_datashare_opens_its_columns(both: Pair) -> None:
    both.grant()
    both.producer.run("ALTER DATASHARE mw_s ADD SCHEMA lending", "ALTER DATASHARE mw_s ADD TABLE lending.loans")
    assert both.consumer.run("SELECT ssn FROM d.lending.loans ORDER BY 1").rows == (("111",), ("222",))


def test_one_database_a_datashare(both: Pair) -> None:
    both.grant()
    assert "already" in both.consumer.refused(CREATE.replace("DATABASE d", "DATABASE e"))
    assert "already exists" in both.consumer.refused(CREATE)


def test_nobody_connects_to_a_shared_database(both: Pair) -> None:
    both.grant()
    assert both.consumer.refused("SELECT 1", database="d") == 'FATAL: Cannot connect to shared database "d".'


def test_a_database_made_anew_holds_none_of_the_old_grants(both: Pair) -> None:
    both.grant()
    both.consumer.run("DROP DATABASE d", CREATE)
    assert "permission denied" in both.consumer.refused(READ, user="IAMR:reader", roles=("r",))


@pytest.mark.parametrize("keeps", [False, True])
def test_a_view_made_anew_may_lose_the_consumers_grant(both: Pair, *, keeps: bool) -> None:
    """No page says whether; the schema's grant stays."""
    both.grant()
    both.warehouses.play.made_anew_keeps_grants = keeps
    both.producer.run(
        "ALTER DATASHARE mw_s REMOVE TABLE mw_s.loans",
        "DROP VIEW mw_s.loans",
        "CREATE VIEW mw_s.loans AS SELECT id FROM lending.loans",
        "ALTER DATASHARE mw_s ADD TABLE mw_s.loans",
        transaction=True,
    )
    if not keeps:
        assert both.consumer.refused(READ, user="IAMR:reader", roles=("r",)) == (
            "ERROR: permission denied for relation loans"
        )
        both.consumer.run(ROLE_GRANTS[-1])
    assert both.consumer.run(READ, user="IAMR:reader", roles=("r",)).rows == ((1,), (2,))


@pytest.mark.parametrize("dropped", [False, True])
def test_an_object_that_is_shared_may_not_be_droppable(both: Pair, *, dropped: bool) -> None:
    """No page says."""
    both.grant()
    both.warehouses.play.shared_may_be_dropped = dropped
    if not dropped:
        assert "is in datashare mw_s" in both.producer.refused("DROP VIEW mw_s.loans")
        both.producer.run("ALTER DATASHARE mw_s REMOVE TABLE mw_s.loans", "DROP VIEW mw_s.loans")
        assert "is in datashare mw_s" in both.producer.refused("DROP SCHEMA mw_s")
        return
    both.producer.run("DROP VIEW mw_s.loans", "DROP SCHEMA mw_s")
    assert both.producer.rows("SELECT object_name FROM svv_datashare_objects") == []


def test_include_new_brings_what_comes(both: Pair) -> None:
    both.grant()
    both.producer.run("ALTER DATASHARE mw_s SET INCLUDENEW = TRUE FOR SCHEMA mw_s")
    both.producer.run("CREATE VIEW mw_s.other AS SELECT id FROM lending.other")
    assert both.consumer.run("SELECT * FROM d.mw_s.other").rows == ((7,),)
    both.producer.run("ALTER DATASHARE mw_s SET INCLUDENEW FALSE FOR SCHEMA mw_s")
    both.producer.run("CREATE VIEW mw_s.third AS SELECT id FROM lending.other")
    assert "does not exist" in both.consumer.refused("SELECT * FROM d.mw_s.third")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE DATASHARE mw_s",
        "ALTER DATASHARE mw_s ADD SCHEMA mw_s",
        "ALTER DATASHARE mw_s ADD TABLE mw_s.loans",
        "ALTER DATASHARE mw_s ADD TABLE lending.loans",
        "ALTER DATASHARE mw_s ADD TABLE mw_s.none",
        "ALTER DATASHARE mw_s ADD SCHEMA none",
        "ALTER DATASHARE mw_s REMOVE TABLE lending.loans",
        "ALTER DATASHARE mw_s REMOVE SCHEMA lending",
        "ALTER DATASHARE mw_s REMOVE SCHEMA mw_s",
        "ALTER DATASHARE none ADD SCHEMA mw_s",
        "ALTER DATASHARE mw_s SET INCLUDENEW TRUE FOR SCHEMA lending",
        "DROP DATASHARE none",
        f"REVOKE USAGE ON DATASHARE mw_s FROM ACCOUNT '{TWO}'",
        "DROP SCHEMA mw_s",
        "CREATE SCHEMA mw_s",
    ],
)
def test_what_cannot_be_done_to_a_datashare(both: Pair, statement: str) -> None:
    both.producer.run(*SHARE)
    was = repr(both.producer.namespace.state)
    both.producer.refused(statement)
    assert repr(both.producer.namespace.state) == was


def test_a_datashare_is_of_one_database(both: Pair) -> None:
    both.producer.run(*SHARE, "CREATE DATABASE second")
    error = both.producer.refused("ALTER DATASHARE mw_s ADD SCHEMA public", database="second")
    assert error == "ERROR: datashare mw_s is of database dev"
    both.producer.run("CREATE DATASHARE other", database="second")
    assert "has datashares" in both.producer.refused("DROP DATABASE second")


def test_a_datashare_is_found_by_its_arn(both: Pair) -> None:
    both.producer.run(*SHARE)
    assert list(both.warehouses.shares) == [f"arn:aws:redshift:eu-central-1:{ONE}:datashare:{PRODUCER}/mw_s"]
    both.producer.run("DROP DATASHARE mw_s")
    assert both.warehouses.shares == {}


def test_namespaces_by_their_names(both: Pair) -> None:
    warehouses, consumer = both.warehouses, both.consumer.namespace
    assert warehouses.of_compute(TWO, "eu-central-1", "serverless", "analytics") is consumer
    assert warehouses.of_namespace(CONSUMER) is consumer
    assert consumer.arn == f"arn:aws:redshift-serverless:eu-central-1:{TWO}:namespace/{CONSUMER}"
    assert both.producer.namespace.arn == f"arn:aws:redshift:eu-central-1:{ONE}:namespace:{PRODUCER}"
    with pytest.raises(KeyError):
        warehouses.of_compute(TWO, "eu-central-1", "cluster", "analytics")
    warehouses.remove(CONSUMER)
    with pytest.raises(KeyError):
        warehouses.of_namespace(CONSUMER)
