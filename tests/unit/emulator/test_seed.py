"""What stands before a deploy: the producers' catalog and data, the central catalog over the same locations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.emulator.athena import columns_visible, query
from tests.emulator.catalog import Catalog
from tests.emulator.seed import SeedDatabase, SeedTable, add_role, register_locations, seed_lake
from tests.unit.emulator.lake import GOVERNANCE, LOANS, PRODUCER, REGION, Setting, document, start, trust


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = start()
    yield made
    made.server.close()


def test_the_central_catalog_names_the_producers_locations(setting: Setting) -> None:
    raw = setting.world.state(Catalog, PRODUCER, REGION).databases["loans_raw"]
    central = setting.world.state(Catalog, GOVERNANCE, REGION).databases["loans"]
    assert raw.tables.keys() == central.tables.keys() == {"loan", "payment"}
    for table in LOANS.tables:
        assert raw.tables[table.name].location == central.tables[table.name].location == table.location
        assert central.tables[table.name].all_columns == tuple(n for n, _ in (*table.columns, *table.partition_keys))


def test_data_lie_in_the_producers_bucket(setting: Setting) -> None:
    keys = [each["Key"] for each in setting.client("s3", PRODUCER).list_objects_v2(Bucket="lake")["Contents"]]
    assert keys == ["loan/part-0.json", "payment/day=day-1/part-0.json"]


def test_nobody_reads_the_central_tables_before_a_grant(setting: Setting) -> None:
    user = setting.client("glue", name="analyst")
    assert user.get_databases()["DatabaseList"] == []
    credentials = setting.users[f"{GOVERNANCE}/analyst"]
    assert columns_visible(setting.world, credentials, REGION, "loans", "loan") == frozenset()


def test_the_producers_own_stay_as_iam_has_them(setting: Setting) -> None:
    """IAMAllowedPrincipals and no registered location: who may in S3, reads."""
    setting.client("s3", PRODUCER, "owner")
    rows = query(setting.world, setting.users[f"{PRODUCER}/owner"], REGION, "loans_raw", "loan", ["email"])
    assert rows == [{"email": "email-1"}, {"email": "email-2"}]


def test_a_role_has_its_path(setting: Setting) -> None:
    """A trust policy names it by its whole ARN."""
    broker = add_role(PRODUCER, "company/broker", trust(PRODUCER))
    assert (
        broker
        == add_role(PRODUCER, "company/broker", trust(PRODUCER))
        == f"arn:aws:iam::{PRODUCER}:role/company/broker"
    )
    create = setting.client("iam").create_role
    trusted = document("sts:AssumeRole", None, Principal={"AWS": broker})
    create(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trusted))


def test_a_second_seed_is_readable_too(setting: Setting) -> None:
    more = SeedDatabase(PRODUCER, REGION, "more_raw", "more", (SeedTable("t", (("c", "string"),), "s3://more/t"),))
    seed_lake(setting.world, GOVERNANCE, [more])
    register_locations(setting.world, GOVERNANCE, [more])
    reader = f"arn:aws:iam::{GOVERNANCE}:user/analyst"
    setting.client("glue", name="analyst")
    setting.grant({"Table": {"DatabaseName": "more", "TableWildcard": {}}}, ["SELECT"], to=reader)
    credentials = setting.users[f"{GOVERNANCE}/analyst"]
    assert columns_visible(setting.world, credentials, REGION, "more", "t") == {"c"}
