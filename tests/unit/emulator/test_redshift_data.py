"""The Redshift Data API: statements that are submitted, run a little later, and are looked at by their owner.

https://docs.aws.amazon.com/redshift-data/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.emulator import redshift_data, redshift_statements
from tests.emulator.identity import Credentials, add_user
from tests.emulator.redshift.outcome import Result, SqlError
from tests.unit.emulator.house import EVERYTHING, ONE, REGION, TWO, House, allow, document, refused, trusting
from tests.unit.emulator.warehouse import CLUSTER, WORKGROUP, WORKGROUP_ID, Played, build

ROWS = Result(
    ("id", "name", "rate", "ok"),
    ("int4", "varchar", "float8", "bool"),
    ((1, "a", 0.5, True), (2, None, 1.0, False)),
    -1,
    True,
)
READ = "SELECT id, name, rate, ok FROM loans"
WHERE = {"ClusterIdentifier": CLUSTER, "Database": "dev"}
SERVERLESS = {"WorkgroupName": WORKGROUP, "Database": "dev"}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CLUSTER_ARN = f"arn:aws:redshift:{REGION}:{ONE}:cluster:{CLUSTER}"
WORKGROUP_ARN = f"arn:aws:redshift-serverless:{REGION}:{TWO}:workgroup/{WORKGROUP_ID}"
DBNAME = f"arn:aws:redshift:{REGION}:{ONE}:dbname:{CLUSTER}/dev"
DBUSER = f"arn:aws:redshift:{REGION}:{ONE}:dbuser:{CLUSTER}/anna"


@pytest.fixture
def cluster(house: House) -> Played:
    made = build(house)[0]
    made.answers[READ] = ROWS
    return made


@pytest.fixture
def workgroup(house: House, cluster: Played) -> Played:
    assert cluster.warehouses is house.world.warehouses
    made = house.world.warehouses.of_compute(TWO, REGION, "serverless", WORKGROUP)
    assert isinstance(made, Played)
    return made


def data(house: House, who: Credentials | None = None) -> Any:
    return house.client("redshift-data", who)


def states(client: Any, id: str) -> list[str]:
    """Those that are shown until the statement's end."""
    seen: list[str] = []
    while not seen or seen[-1] in ("SUBMITTED", "PICKED", "STARTED"):
        seen.append(client.describe_statement(Id=id)["Status"])
        assert len(seen) < 9
    return seen


def test_a_statement_goes_through_its_states(house: House, cluster: Played) -> None:
    client = data(house)
    told = client.execute_statement(Sql=READ, **WHERE)
    assert (told["Status"], told["DbUser"], cluster.ran) == ("SUBMITTED", "IAM:admin", [])
    code, text = refused(lambda: client.get_statement_result(Id=told["Id"]))
    assert (code, text.startswith("Query does not have result.")) == ("ResourceNotFoundException", True)
    assert states(client, told["Id"]) == ["PICKED", "STARTED", "FINISHED"]
    assert cluster.ran == [("IAM:admin", frozenset(), (READ,), False)]
    described = client.describe_statement(Id=told["Id"])
    assert (described["HasResultSet"], described["ResultRows"], described["QueryString"]) == (True, 2, READ)
    assert described["ClusterIdentifier"] == CLUSTER


@pytest.mark.usefixtures("cluster")
def test_a_result_has_typed_fields_and_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redshift_data, "PAGE", 1)
    client = data(house)
    id = client.execute_statement(Sql=READ, WaitTimeSeconds=30, **WHERE)["Id"]
    first = client.get_statement_result(Id=id)
    assert first["Records"] == [[{"longValue": 1}, {"stringValue": "a"}, {"doubleValue": 0.5}, {"booleanValue": True}]]
    assert [(each["name"], each["typeName"]) for each in first["ColumnMetadata"]] == [
        ("id", "int4"),
        ("name", "varchar"),
        ("rate", "float8"),
        ("ok", "bool"),
    ]
    assert first["TotalNumRows"] == 2
    second = client.get_statement_result(Id=id, NextToken=first["NextToken"])
    assert (second["Records"][0][1], "NextToken" in second) == ({"isNull": True}, False)


def test_who_does_not_wait_builds_on_nothing(house: House, cluster: Played) -> None:
    """What is submitted has not run yet, until it is looked at or somebody else comes."""
    client = data(house)
    client.execute_statement(Sql="CREATE SCHEMA a", **WHERE)
    client.execute_statement(Sql=READ, WaitTimeSeconds=1, **WHERE)
    assert [statements for _, _, statements, _ in cluster.ran] == [(READ,)]
    house.client("sts", house.two).get_caller_identity()
    assert [statements for _, _, statements, _ in cluster.ran] == [(READ,), ("CREATE SCHEMA a",)]


def test_a_batch_is_one_transaction(house: House, cluster: Played) -> None:
    client = data(house)
    id = client.batch_execute_statement(Sqls=["CREATE SCHEMA a", READ], **WHERE)["Id"]
    assert states(client, id)[-1] == "FINISHED"
    assert cluster.ran == [("IAM:admin", frozenset(), ("CREATE SCHEMA a", READ), True)]
    described = client.describe_statement(Id=id)
    assert [(each["Id"], each["Status"], each["HasResultSet"]) for each in described["SubStatements"]] == [
        (f"{id}:1", "FINISHED", False),
        (f"{id}:2", "FINISHED", True),
    ]
    assert client.describe_statement(Id=f"{id}:2")["QueryString"] == READ
    assert len(client.get_statement_result(Id=f"{id}:2")["Records"]) == 2
    assert refused(lambda: client.get_statement_result(Id=id)) == (
        "ValidationException",
        "BatchExecuteStatement result can only be retrieved with sub-statement id.",
    )
    assert refused(lambda: client.get_statement_result(Id=f"{id}:1"))[0] == "ResourceNotFoundException"
    assert refused(lambda: client.describe_statement(Id=f"{id}:3"))[0] == "ResourceNotFoundException"


def test_a_failure_is_a_state(house: House, cluster: Played) -> None:
    cluster.answers["DROP SCHEMA a"] = SqlError('schema "a" does not exist')
    client = data(house)
    id = client.execute_statement(Sql="DROP SCHEMA a", **WHERE)["Id"]
    assert states(client, id)[-1] == "FAILED"
    assert client.describe_statement(Id=id)["Error"] == 'ERROR: schema "a" does not exist'
    batch = client.batch_execute_statement(Sqls=["CREATE SCHEMA b", "DROP SCHEMA a", READ], **WHERE)["Id"]
    assert states(client, batch)[-1] == "FAILED"
    described = client.describe_statement(Id=batch)
    assert described["Error"] == 'Query #2 failed with ERROR: schema "a" does not exist'
    assert [each["Status"] for each in described["SubStatements"]] == ["FINISHED", "FAILED", "ABORTED"]
    assert refused(lambda: client.get_statement_result(Id=f"{batch}:3"))[0] == "ResourceNotFoundException"


@pytest.mark.usefixtures("cluster")
def test_forty_statements_and_no_more(house: House) -> None:
    client = house.server.client("redshift-data", house.one, parameter_validation=False)
    client.batch_execute_statement(Sqls=[READ] * 40, **WHERE)
    assert refused(lambda: client.batch_execute_statement(Sqls=[READ] * 41, **WHERE))[0] == "ValidationException"


def test_five_hundred_active_and_no_more(house: House, cluster: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html"""
    assert redshift_statements.MOST_ACTIVE == 500
    monkeypatch.setattr(redshift_data, "MOST_ACTIVE", 3)
    client = data(house)
    ids = [client.execute_statement(Sql=READ, **WHERE)["Id"] for _ in range(3)]
    assert refused(lambda: client.execute_statement(Sql=READ, **WHERE))[0] == "ActiveStatementsExceededException"
    states(client, ids[0])
    client.execute_statement(Sql=READ, **WHERE)
    assert len(cluster.ran) == 1


def test_a_statement_that_does_not_end_is_canceled(house: House, cluster: Played) -> None:
    client = data(house)
    house.world.hold_statements = True
    id = client.execute_statement(Sql=READ, WaitTimeSeconds=1, **WHERE)["Id"]
    assert {client.describe_statement(Id=id)["Status"] for _ in range(3)} == {"STARTED"}
    house.client("sts", house.two).get_caller_identity()
    assert client.cancel_statement(Id=id)["Status"] is True
    assert client.describe_statement(Id=id)["Status"] == "ABORTED"
    assert cluster.ran == []
    code, text = refused(lambda: client.cancel_statement(Id=id))
    assert (code, "already in ABORTED state" in text) == ("ValidationException", True)


def test_the_same_token_is_the_same_statement_for_eight_hours(house: House, cluster: Played) -> None:
    house.world.set_now(NOON)
    client = data(house)
    ask = partial(client.execute_statement, Sql=READ, ClientToken="once", WaitTimeSeconds=1, **WHERE)
    first = ask()["Id"]
    house.world.pass_time(timedelta(hours=7, minutes=59))
    assert (ask()["Id"], len(cluster.ran)) == (first, 1)
    assert refused(lambda: client.execute_statement(Sql="SELECT 1", ClientToken="once", **WHERE))[0] == "Refused"
    assert "the token of another statement" in house.refusals()[0]
    house.world.pass_time(timedelta(minutes=1))
    assert ask()["Id"] != first
    assert len(cluster.ran) == 2


@pytest.mark.usefixtures("cluster")
def test_statements_are_kept_for_a_day(house: House) -> None:
    house.world.set_now(NOON)
    client = data(house)
    id = client.execute_statement(Sql=READ, WaitTimeSeconds=1, **WHERE)["Id"]
    house.world.pass_time(timedelta(hours=24))
    assert refused(lambda: client.get_statement_result(Id=id)) == (
        "ResourceNotFoundException",
        "Query does not exist.",
    )


def test_a_statement_is_its_roles(house: House, workgroup: Played) -> None:
    """Any session of the role sees it, and a policy may leave it to the one that submitted it.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-iam.html
    """
    workgroup.answers[READ] = ROWS
    role = house.role("reader", f"arn:aws:iam::{ONE}:root", EVERYTHING)
    mine = house.assume(role, session="mine")
    id = data(house, mine).execute_statement(Sql=READ, WaitTimeSeconds=1, **SERVERLESS)["Id"]
    colleague = data(house, house.assume(role, session="colleague"))
    assert colleague.get_statement_result(Id=id)["TotalNumRows"] == 2
    for stranger in (house.two, house.one):
        unseen = partial(data(house, stranger).describe_statement, Id=id)
        assert refused(unseen) == ("ResourceNotFoundException", "Query does not exist.")

    owner: dict[str, Any] = {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    own = document(allow(["redshift-data:DescribeStatement", "redshift-data:GetStatementResult"], **owner))
    house.client("iam", house.two).put_role_policy(RoleName="reader", PolicyName="inline", PolicyDocument=own)
    assert data(house, mine).get_statement_result(Id=id)["TotalNumRows"] == 2
    assert refused(lambda: colleague.get_statement_result(Id=id))[0] == "AccessDeniedException"


def test_own_statements_are_listed_by_how_their_names_begin(house: House, workgroup: Played) -> None:
    """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html"""
    workgroup.answers[READ] = ROWS
    role = house.role("runner", f"arn:aws:iam::{ONE}:root", EVERYTHING)
    one, other = (data(house, house.assume(role, session=name)) for name in ("one", "other"))
    ids = [
        one.execute_statement(Sql=READ, StatementName=name, **SERVERLESS)["Id"] for name in ("share", "share_two", "x")
    ]
    place = {"WorkgroupName": WORKGROUP}
    assert one.list_statements(**place)["Statements"] == []
    named = one.list_statements(StatementName="share", Status="ALL", **place)["Statements"]
    assert [(each["Id"], each["StatementName"]) for each in named] == [(ids[1], "share_two"), (ids[0], "share")]
    assert {each["Status"] for each in named} <= {"PICKED", "STARTED"}
    for id in ids:
        states(one, id)
    listed = other.list_statements(**place, MaxResults=2)
    assert [each["Id"] for each in listed["Statements"]] == [ids[2], ids[1]]
    rest = other.list_statements(**place, MaxResults=2, NextToken=listed["NextToken"])
    assert [each["Id"] for each in rest["Statements"]] == [ids[0]]
    assert data(house, house.two).list_statements(Status="ALL", **place)["Statements"] == []
    nothing = document(allow("redshift-data:DescribeStatement"))
    house.client("iam", house.two).put_role_policy(RoleName="runner", PolicyName="inline", PolicyDocument=nothing)
    assert refused(lambda: one.list_statements(**place))[0] == "AccessDeniedException"


RUN = "redshift-data:ExecuteStatement"


@pytest.mark.parametrize(
    ("statements", "asked", "allowed"),
    [
        ((allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentialsWithIAM", DBNAME)), {}, True),
        ((allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentials", [DBUSER, DBNAME])), {}, False),
        (
            (allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentials", [DBUSER, DBNAME])),
            {"DbUser": "anna"},
            True,
        ),
        (
            (allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentials", [DBUSER, DBNAME])),
            {"DbUser": "bob"},
            False,
        ),
        ((allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentials", DBUSER)), {"DbUser": "anna"}, False),
        ((allow(RUN, CLUSTER_ARN), allow("redshift:GetClusterCredentialsWithIAM", DBNAME)), {"DbUser": "anna"}, False),
        ((allow(RUN, CLUSTER_ARN + "2"), allow("redshift:GetClusterCredentialsWithIAM", DBNAME)), {}, False),
        ((allow("redshift:GetClusterCredentialsWithIAM", DBNAME),), {}, False),
    ],
)
def test_a_cluster_asks_for_credentials_too(
    house: House, cluster: Played, statements: Any, asked: dict[str, str], allowed: bool
) -> None:
    client = data(house, add_user(ONE, "caller", document(*statements)))
    ask = partial(client.execute_statement, Sql=READ, WaitTimeSeconds=1, **WHERE, **asked)
    if allowed:
        assert ask()["DbUser"] == asked.get("DbUser", "IAM:caller") == cluster.ran[0][0]
    else:
        assert refused(ask)[0] == "AccessDeniedException"
        assert cluster.ran == []


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ((allow(RUN, WORKGROUP_ARN), allow("redshift-serverless:GetCredentials", WORKGROUP_ARN)), True),
        ((allow(RUN, WORKGROUP_ARN),), False),
        ((allow(RUN, WORKGROUP_ARN + "0"), allow("redshift-serverless:GetCredentials", WORKGROUP_ARN)), False),
    ],
)
def test_a_tag_of_the_session_is_its_database_roles(
    house: House, workgroup: Played, statements: Any, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-federated-db-roles.html"""
    trust = trusting(f"arn:aws:iam::{ONE}:root", ["sts:AssumeRole", "sts:TagSession"])
    role = house.role("reader", trust, *statements)
    ask = {"Sql": READ, "WaitTimeSeconds": 1, **SERVERLESS}
    tagged = data(house, house.assume(role, Tags=[{"Key": "RedshiftDbRoles", "Value": "mw_a:mw_b"}]))
    plain = data(house, house.assume(role))
    if not allowed:
        assert refused(partial(tagged.execute_statement, **ask))[0] == "AccessDeniedException"
        return
    tagged.execute_statement(**ask)
    plain.execute_statement(**ask)
    assert [(user, roles) for user, roles, _, _ in workgroup.ran] == [
        ("IAMR:reader", frozenset({"mw_a", "mw_b"})),
        ("IAMR:reader", frozenset()),
    ]


@pytest.mark.usefixtures("workgroup")
def test_a_session_policy_narrows(house: House) -> None:
    role = house.role("reader", f"arn:aws:iam::{ONE}:root", EVERYTHING)
    narrow = document(allow([RUN, "redshift-serverless:GetCredentials"], WORKGROUP_ARN))
    client = data(house, house.assume(role, Policy=narrow))
    client.execute_statement(Sql=READ, **SERVERLESS)
    batch = partial(client.batch_execute_statement, Sqls=[READ], **SERVERLESS)
    assert "no session policy allows the redshift-data:BatchExecuteStatement" in refused(batch)[1]


@pytest.mark.usefixtures("cluster")
def test_what_is_not_there(house: House) -> None:
    client = data(house)
    gone = ("ValidationException", "Redshift endpoint doesn't exist in this region.")
    assert refused(lambda: client.execute_statement(Sql=READ, ClusterIdentifier="none", Database="dev")) == gone
    assert refused(lambda: client.execute_statement(Sql=READ, **SERVERLESS)) == gone
    for asked in (
        {"Database": "dev"},
        {"ClusterIdentifier": CLUSTER},
        {**WHERE, **SERVERLESS},
        {**SERVERLESS, "DbUser": "a"},
    ):
        assert refused(partial(client.execute_statement, Sql=READ, **asked))[0] == "ValidationException"


@pytest.mark.usefixtures("cluster")
def test_what_is_not_emulated_is_refused(house: House) -> None:
    client = data(house)
    for more in ({"SecretArn": "a"}, {"WithEvent": True}, {"Parameters": [{"name": "a", "value": "b"}]}):
        assert refused(partial(client.execute_statement, Sql=READ, **WHERE, **more))[0] == "Refused"
        assert str(list(more)) in house.refusals()[0]
    auto = partial(client.batch_execute_statement, Sqls=[READ], ExecutionMode="AUTO_COMMIT", **WHERE)
    assert refused(auto)[0] == "Refused"
    assert "AUTO_COMMIT" in house.refusals()[0]
