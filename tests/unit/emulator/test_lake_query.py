"""What a query reads across accounts, link and all: every door by itself shuts it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.emulator.athena import columns_visible, query
from tests.emulator.errors import AccessDenied
from tests.emulator.identity import Credentials
from tests.unit.emulator.lake import (
    ADMIN,
    CONSUMER,
    DATABASE,
    GOVERNANCE,
    READER,
    REGION,
    TABLE,
    Setting,
    columns,
    document,
    start,
)


@pytest.fixture
def setting() -> Iterator[Setting]:
    """The reader may read two columns of `loan`, through a link."""
    made = start()
    made.link()
    made.grant(DATABASE, ["DESCRIBE"])
    made.grant(columns("id", "rate"), ["SELECT"])
    yield made
    made.server.close()


def visible(setting: Setting, session: Credentials | None = None, table: str = "loan") -> set[str]:
    return set(columns_visible(setting.world, session or setting.session(), REGION, "loans", table))


def test_named_columns_return_their_rows(setting: Setting) -> None:
    found = query(setting.world, setting.session(), REGION, "loans", "loan", ["id", "rate"])
    assert found == [{"id": "id-1", "rate": "rate-1"}, {"id": "id-2", "rate": "rate-2"}]


def test_another_column_is_denied(setting: Setting) -> None:
    with pytest.raises(AccessDenied, match="Required Select on email"):
        query(setting.world, setting.session(), REGION, "loans", "loan", ["id", "email"])


def test_another_table_is_denied(setting: Setting) -> None:
    assert visible(setting) == {"id", "rate"}
    assert visible(setting, table="payment") == set()


def test_after_the_revoke_nothing_is_read(setting: Setting) -> None:
    setting.revoke(columns("id"), ["SELECT"])
    assert visible(setting) == {"rate"}
    setting.revoke(columns("rate"), ["SELECT"])
    assert visible(setting) == set()


def test_the_link_must_be_seen(setting: Setting) -> None:
    setting.revoke(DATABASE, ["DESCRIBE"], account=CONSUMER)
    assert visible(setting) == set()


def test_the_target_database_must_be_seen(setting: Setting) -> None:
    setting.revoke(DATABASE, ["DESCRIBE"])
    assert visible(setting) == set()


def glue_arns(account: str, *paths: str) -> list[str]:
    return [f"arn:aws:glue:{REGION}:{account}:{path}" for path in paths]


LOAN = ("catalog", "database/loans", "table/loans/loan")


@pytest.mark.parametrize(
    ("actions", "resources", "expected"),
    [
        (["glue:Get*", "lakeformation:GetDataAccess"], ["*"], {"id", "rate"}),
        (["glue:Get*"], ["*"], set()),
        (["lakeformation:GetDataAccess"], ["*"], set()),
        (["glue:Get*"], glue_arns(CONSUMER, *LOAN), set()),
        (["glue:Get*"], glue_arns(GOVERNANCE, *LOAN), set()),
    ],
)
def test_the_session_policy_narrows(
    setting: Setting, actions: list[str], resources: list[str], expected: set[str]
) -> None:
    assert visible(setting, setting.session(document(actions, resources))) == expected


@pytest.mark.parametrize("missing", [*glue_arns(CONSUMER, *LOAN), *glue_arns(GOVERNANCE, *LOAN)])
def test_link_and_target_both_need_iam(setting: Setting, missing: str) -> None:
    arns = [*glue_arns(CONSUMER, *LOAN), *glue_arns(GOVERNANCE, *LOAN)]
    data = {"Effect": "Allow", "Action": "lakeformation:GetDataAccess", "Resource": "*"}

    def session(resources: list[str]) -> Credentials:
        glue = {"Effect": "Allow", "Action": "glue:Get*", "Resource": resources}
        return setting.session({"Version": "2012-10-17", "Statement": [glue, data]})

    assert visible(setting, session(arns)) == {"id", "rate"}
    assert visible(setting, session([arn for arn in arns if arn != missing])) == set()


@pytest.mark.parametrize(
    ("actions", "workgroup", "expected"),
    [
        (["athena:Get*", "athena:StartQueryExecution"], "analysts", {"id", "rate"}),
        (["athena:Get*"], "analysts", set()),
        (["athena:GetQueryExecution", "athena:StartQueryExecution"], "analysts", set()),
        (["athena:*"], "primary", set()),
    ],
)
def test_the_workgroup_is_asked_where_it_is_named(
    setting: Setting, actions: list[str], workgroup: str, expected: set[str]
) -> None:
    everything = json.dumps(document("athena:*", "*"))
    setting.client("iam", CONSUMER).put_role_policy(RoleName="reader", PolicyName="query", PolicyDocument=everything)
    arn = f"arn:aws:athena:{REGION}:{CONSUMER}:workgroup/analysts"
    read = {"Effect": "Allow", "Action": ["glue:Get*", "lakeformation:GetDataAccess"], "Resource": "*"}
    ask = {"Effect": "Allow", "Action": actions, "Resource": arn}
    session = setting.session({"Version": "2012-10-17", "Statement": [read, ask]})
    found = columns_visible(setting.world, session, REGION, "loans", "loan", workgroup=workgroup)
    assert set(found) == expected


def test_an_unregistered_location_gives_no_credentials(setting: Setting) -> None:
    setting.lake().locations.clear()
    assert visible(setting) == set()


def test_the_registration_role_must_reach_the_bucket(setting: Setting) -> None:
    producer = setting.client("s3", "200000000001")
    producer.delete_bucket_policy(Bucket="lake")
    assert visible(setting) == set()


def test_who_may_not_read_a_partition_key_may_not_query(setting: Setting) -> None:
    setting.grant(columns("id", "sum", table="payment"), ["SELECT"])
    assert visible(setting, table="payment") == set()
    setting.grant(columns("day", table="payment"), ["SELECT"])
    assert visible(setting, table="payment") == {"id", "sum", "day"}
    found = query(setting.world, setting.session(), REGION, "loans", "payment", ["day", "sum"])
    assert found[0] == {"day": "day-1", "sum": "sum-1"}


def test_iam_allowed_principals_on_the_table_shuts_other_accounts_out(setting: Setting) -> None:
    setting.grant(TABLE, ["ALL"], to="IAM_ALLOWED_PRINCIPALS")
    assert visible(setting) == set()


def test_hybrid_asks_for_an_opt_in(setting: Setting) -> None:
    for location in setting.lake().locations.values():
        location.hybrid = True
    assert visible(setting) == set()
    lake_formation = setting.client("lakeformation")
    principal = {"DataLakePrincipalIdentifier": READER}
    lake_formation.create_lake_formation_opt_in(Principal=principal, Resource=TABLE)
    assert visible(setting) == {"id", "rate"}
    setting.grant(TABLE, ["ALL"], to="IAM_ALLOWED_PRINCIPALS")
    assert visible(setting) == {"id", "rate"}
    listed = lake_formation.list_lake_formation_opt_ins()["LakeFormationOptInsInfoList"]
    assert [(each["Principal"], each["Resource"], each["LastUpdatedBy"]) for each in listed] == [
        (principal, {"Table": {"CatalogId": GOVERNANCE, "DatabaseName": "loans", "Name": "loan"}}, ADMIN)
    ]
    lake_formation.delete_lake_formation_opt_in(Principal=principal, Resource=TABLE)
    assert visible(setting) == set()


def test_an_expression_wants_every_key_with_one_of_its_values(setting: Setting) -> None:
    """module=sales AND division=(...): https://docs.aws.amazon.com/lake-formation/latest/dg/lf-tag-considerations.html"""
    setting.revoke(columns("id", "rate"), ["SELECT"])
    client = setting.client("lakeformation")
    client.create_lf_tag(TagKey="module", TagValues=["sales"])
    client.create_lf_tag(TagKey="division", TagValues=["commercial", "consumer", "other"])
    expression = [
        {"TagKey": "module", "TagValues": ["sales"]},
        {"TagKey": "division", "TagValues": ["commercial", "consumer"]},
    ]
    setting.grant({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": expression}}, ["SELECT"])

    def tag(name: str, **tags: str) -> None:
        pairs = [{"TagKey": key, "TagValues": [value]} for key, value in tags.items()]
        client.add_lf_tags_to_resource(Resource=columns(name), LFTags=pairs)

    tag("id", module="sales", division="consumer")
    tag("rate", module="sales")
    tag("email", module="sales", division="other")
    assert visible(setting) == {"id"}


def test_tags_open_what_carries_them(setting: Setting) -> None:
    setting.revoke(columns("id", "rate"), ["SELECT"])
    lake_formation = setting.client("lakeformation")
    lake_formation.create_lf_tag(TagKey="class", TagValues=["open", "closed"])
    tag = [{"TagKey": "class", "TagValues": ["open"]}]
    policy = {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}
    setting.grant(policy, ["DESCRIBE", "SELECT"])
    assert visible(setting) == set()
    lake_formation.add_lf_tags_to_resource(Resource=TABLE, LFTags=tag)
    assert visible(setting) == {"id", "email", "rate"}
    closed = [{"TagKey": "class", "TagValues": ["closed"]}]
    lake_formation.add_lf_tags_to_resource(Resource=columns("email"), LFTags=closed)
    assert visible(setting) == {"id", "rate"}
    lake_formation.add_lf_tags_to_resource(Resource=TABLE, LFTags=closed)
    lake_formation.add_lf_tags_to_resource(Resource=columns("rate"), LFTags=tag)
    assert visible(setting) == {"rate"}
    lake_formation.delete_lf_tag(TagKey="class")
    assert visible(setting) == set()


def test_a_wildcard_in_an_expression_is_any_value_of_its_key(setting: Setting) -> None:
    setting.revoke(columns("id", "rate"), ["SELECT"])
    lake_formation = setting.client("lakeformation")
    lake_formation.create_lf_tag(TagKey="class", TagValues=["open", "closed"])
    lake_formation.create_lf_tag(TagKey="level", TagValues=["high"])
    expression = [{"TagKey": "class", "TagValues": ["*"]}]
    setting.grant({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": expression}}, ["SELECT"])
    for name, key, value in (("id", "class", "open"), ("rate", "class", "closed"), ("email", "level", "high")):
        tag = [{"TagKey": key, "TagValues": [value]}]
        lake_formation.add_lf_tags_to_resource(Resource=columns(name), LFTags=tag)
    assert visible(setting) == {"id", "rate"}
