"""Warehouses before a deploy; and that what their DBAs grant is enough for the reconciler, which runs here as it is
deployed: from its zip, as a function, with its role's policy alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import pytest

from cdktf_app.code import reconciler_code
from engine.grants.datashare.invocations import called, hashed
from engine.grants.datashare.reconciler import Reconciler
from engine.model.plan import WarehousePlan
from tests.emulator.identity import Credentials
from tests.emulator.redshift.outcome import SqlError
from tests.emulator.seed import add_role
from tests.emulator.seed_warehouses import (
    SeedWarehouse,
    WarehouseTable,
    administer,
    consumers_rights,
    producers_rights,
    seed_warehouses,
)
from tests.unit.emulator.house import ONE, REGION, TWO, House, allow, trusting

LOAN = WarehouseTable("lending", "loan", (("id", "integer"), ("email", "varchar(40)"), ("rate", "double precision")))
PRODUCER = WarehousePlan(
    "dwh", ONE, REGION, "3f0c9a52-6f1e-4c0b-9d57-2a8f6be1c901", "cluster", "dwh", None, "lending", True
)
CONSUMER = WarehousePlan(
    "marts",
    TWO,
    REGION,
    "1a94c7d3-52e8-4b70-a3f9-7c6e0d18b204",
    "serverless",
    "marts",
    "c2b8f4a6-1e57-4d93-a0c8-7f3e92d61b04",
    "analytics",
    True,
)
SIDES = (Reconciler(ONE, REGION, "producer", (PRODUCER,)), Reconciler(TWO, REGION, "consumer", (CONSUMER,)))
SHARE, ROLE, DATABASE = "mw_analyst__loans__marts", "mw_analyst", "mw_loans"
ARN = f"arn:aws:redshift:{REGION}:{ONE}:datashare:{PRODUCER.namespace}/{SHARE}"
CONSUMER_ARN = f"arn:aws:redshift-serverless:{REGION}:{TWO}:namespace/{CONSUMER.namespace}"
READ = f"SELECT id, rate FROM {DATABASE}.{SHARE}.loan ORDER BY id"
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def seeded(house: House) -> House:
    sides = {side.side: side for side in SIDES}
    rights = {
        "producer": tuple(producers_rights(sides["producer"].user, PRODUCER.database, [LOAN])),
        "consumer": tuple(consumers_rights(sides["consumer"].user)),
    }
    seed_warehouses(
        house.world,
        [
            SeedWarehouse(
                plan.account,
                plan.region,
                plan.namespace,
                plan.kind,
                plan.compute,
                plan.database,
                plan.encrypted,
                plan.workgroup_id,
                tables,
                rights[side],
            )
            for side, plan, tables in (("producer", PRODUCER, (LOAN,)), ("consumer", CONSUMER, ()))
        ],
    )
    for side in SIDES:
        policy = {"Version": "2012-10-17", "Statement": list(side.permissions)}
        add_role(side.account, side.role, {"Version": "2012-10-17", "Statement": [LAMBDA]}, policy)
        house.client("lambda", administrator(house, side)).create_function(
            FunctionName=side.function,
            Role=side.role_arn,
            Runtime="python3.12",
            Handler="redshift.handler.reconcile",
            Code={"ZipFile": reconciler_code().content},
            Timeout=60,
        )
    return house


def administrator(house: House, side: Reconciler) -> Credentials:
    return house.one if side.account == ONE else house.two


def run(house: House, side: Reconciler, body: Mapping[str, Any], action: Any = "make") -> list[str]:
    """The statements that one invocation has run."""
    warehouse = {
        "kind": side.warehouses[0].kind,
        "compute": side.warehouses[0].compute,
        "database": side.warehouses[0].database,
        "namespace": side.warehouses[0].namespace,
        "account": side.account,
        "region": side.region,
    }
    event = called(hashed({"version": 1, "warehouse": warehouse, **body}), action)
    client = house.client("lambda", administrator(house, side))
    answer = client.invoke(FunctionName=side.function, Payload=json.dumps(event))
    told = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, told
    done: list[str] = told["done"]
    return done


SHARING = {
    "do": "share",
    "share": SHARE,
    "views": {"loan": {"of": ["lending", "loan"], "columns": ["id", "rate"]}},
    "to": {"account": TWO},
}
USING = {"do": "role", "role": ROLE, "user": None}
READING = {
    "do": "database",
    "database": DATABASE,
    "share": SHARE,
    "from": {"account": ONE, "namespace": PRODUCER.namespace},
    "schema": SHARE,
    "views": {"loan": ["id", "rate"]},
    "role": ROLE,
}


def query(house: House, session: Credentials, sql: str) -> Any:
    """The rows, or what Redshift says instead."""
    client = house.client("redshift-data", session)
    asked = {"WorkgroupName": CONSUMER.compute, "Database": CONSUMER.database, "WaitTimeSeconds": 30}
    id = client.execute_statement(Sql=sql, **asked)["Id"]
    described = client.describe_statement(Id=id)
    if described["Status"] != "FINISHED":
        return described["Error"]
    return [[next(iter(field.values())) for field in row] for row in client.get_statement_result(Id=id)["Records"]]


def test_the_least_rights_share_and_end_it(seeded: House) -> None:
    producer, consumer = SIDES
    held = seeded.world.warehouses
    before = [copy.deepcopy(held.of_namespace(each.namespace).state) for each in (PRODUCER, CONSUMER)]
    assert run(seeded, producer, SHARING)[-1] == f"GRANT USAGE ON DATASHARE \"{SHARE}\" TO ACCOUNT '{TWO}'"
    seeded.client("redshift").authorize_data_share(DataShareArn=ARN, ConsumerIdentifier=TWO)
    theirs = seeded.client("redshift", seeded.two)
    theirs.associate_data_share_consumer(DataShareArn=ARN, ConsumerArn=CONSUMER_ARN)
    run(seeded, consumer, USING)
    run(seeded, consumer, READING)
    assert run(seeded, producer, SHARING) == run(seeded, consumer, READING) == []

    trust = trusting(f"arn:aws:iam::{ONE}:root", ["sts:AssumeRole", "sts:TagSession"])
    role = seeded.role("analyst", trust, allow(["redshift-data:*", "redshift-serverless:GetCredentials"]))
    tagged = seeded.assume(role, Tags=[{"Key": "RedshiftDbRoles", "Value": ROLE}])
    assert query(seeded, tagged, READ) == [[1, 1.0], [2, 2.0]]
    for closed in (f"SELECT email FROM {DATABASE}.{SHARE}.loan", f"SELECT id FROM {DATABASE}.lending.loan"):
        assert isinstance(query(seeded, tagged, closed), str)
    assert isinstance(query(seeded, seeded.assume(role), READ), str)

    seeded.client("redshift").deauthorize_data_share(DataShareArn=ARN, ConsumerIdentifier=TWO)
    assert isinstance(query(seeded, tagged, READ), str)
    run(seeded, producer, SHARING, "delete")
    run(seeded, consumer, READING, "delete")
    run(seeded, consumer, USING, "delete")
    administer(held.of_namespace(CONSUMER.namespace), ['DROP USER "IAMR:analyst"'])
    assert [held.of_namespace(each.namespace).state for each in (PRODUCER, CONSUMER)] == before


def test_nobody_seeded_is_a_superuser(seeded: House) -> None:
    for plan in (PRODUCER, CONSUMER):
        users = seeded.world.warehouses.of_namespace(plan.namespace).state.users.values()
        assert [user.name for user in users if user.superuser] == ["admin"]


def test_tables_have_rows_that_the_superuser_reads_alone(seeded: House) -> None:
    namespace = seeded.world.warehouses.of_namespace(PRODUCER.namespace)
    sql = ["SELECT * FROM lending.loan ORDER BY id"]

    def rows(user: str) -> tuple[tuple[object, ...], ...]:
        (told,) = namespace.run(database="lending", user=user, roles=frozenset(), statements=sql, transaction=False)
        return told.rows

    assert rows("admin") == ((1, "email-1", 1.0), (2, "email-2", 2.0))
    with pytest.raises(SqlError):
        rows("IAM:somebody")
