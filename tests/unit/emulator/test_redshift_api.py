"""Amazon Redshift's own API: datashares between two accounts, credentials, what stands.

https://docs.aws.amazon.com/redshift/latest/dg/datashare_status.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.emulator.identity import add_user
from tests.unit.emulator.house import EVERYTHING, ONE, REGION, STRANGER, TWO, House, allow, document, refused, trusting
from tests.unit.emulator.warehouse import (
    CLUSTER,
    CONSUMER,
    CONSUMER_ARN,
    PRODUCER,
    SHARE,
    WORKGROUP,
    WORKGROUP_ID,
    Played,
    build,
    share,
)

AUTHORIZED = {"DataShareArn": SHARE, "ConsumerIdentifier": TWO}
ASSOCIATED = {"DataShareArn": SHARE, "ConsumerArn": CONSUMER_ARN}
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DBNAME = f"arn:aws:redshift:{REGION}:{ONE}:dbname:{CLUSTER}/dev"
DBUSER = f"arn:aws:redshift:{REGION}:{ONE}:dbuser:{CLUSTER}/anna"


@pytest.fixture
def cluster(house: House) -> Played:
    return build(house)[0]


@pytest.fixture
def producer(house: House, cluster: Played) -> Any:
    share(house, cluster)
    return house.client("redshift")


@pytest.fixture
def consumer(house: House) -> Any:
    return house.client("redshift", house.two)


def states(client: Any, arn: str = SHARE) -> dict[str, str]:
    """Who the datashare is associated with, as the caller is told, and in which state."""
    (shown,) = client.describe_data_shares(DataShareArn=arn)["DataShares"]
    return {each["ConsumerIdentifier"]: each["Status"] for each in shown["DataShareAssociations"]}


def test_from_usage_to_active_and_back(producer: Any, consumer: Any) -> None:
    assert states(producer) == {TWO: "PENDING_AUTHORIZATION"}
    unseen = f"The datashare {SHARE} either doesn't exist or isn't associated with this data consumer."
    assert refused(partial(states, consumer)) == ("InvalidDataShareFault", unseen)
    assert refused(lambda: consumer.associate_data_share_consumer(**ASSOCIATED)) == ("InvalidDataShareFault", unseen)

    told = producer.authorize_data_share(**AUTHORIZED)
    assert told["ProducerArn"] == f"arn:aws:redshift:{REGION}:{ONE}:namespace:{PRODUCER}"
    assert (states(producer), states(consumer)) == ({TWO: "AUTHORIZED"}, {TWO: "AVAILABLE"})

    consumer.associate_data_share_consumer(**ASSOCIATED)
    both = {TWO: "ACTIVE", CONSUMER_ARN: "ACTIVE"}
    assert (states(producer), states(consumer)) == (both, both)

    consumer.disassociate_data_share_consumer(**ASSOCIATED)
    assert states(consumer) == {TWO: "AVAILABLE"}
    assert refused(lambda: consumer.disassociate_data_share_consumer(**ASSOCIATED)) == (
        "InvalidDataShareFault",
        unseen,
    )
    consumer.associate_data_share_consumer(**ASSOCIATED)
    producer.deauthorize_data_share(**AUTHORIZED)
    assert states(producer) == {TWO: "DEAUTHORIZED"}
    assert refused(partial(states, consumer))[1] == unseen
    assert refused(lambda: consumer.disassociate_data_share_consumer(**ASSOCIATED))[1] == unseen
    code, text = refused(lambda: producer.deauthorize_data_share(**AUTHORIZED))
    assert code == "InvalidDataShareFault"
    assert text.endswith("because you have already removed authorization from the data share.")
    producer.authorize_data_share(**AUTHORIZED)
    assert states(consumer) == {TWO: "AVAILABLE"}


def test_a_consumer_may_reject(producer: Any, consumer: Any) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/manage-datashare-other-console.html"""
    producer.authorize_data_share(**AUTHORIZED)
    consumer.associate_data_share_consumer(**ASSOCIATED)
    assert consumer.reject_data_share(DataShareArn=SHARE)["DataShareArn"] == SHARE
    assert consumer.describe_data_shares_for_consumer()["DataShares"] == []
    assert states(producer) == {TWO: "REJECTED"}
    assert refused(lambda: consumer.reject_data_share(DataShareArn=SHARE))[0] == "InvalidDataShareFault"


def test_what_is_gone_has_no_arn(producer: Any, consumer: Any, cluster: Played) -> None:
    cluster.state.shares.clear()
    calls = (
        partial(states, producer),
        partial(producer.authorize_data_share, **AUTHORIZED),
        partial(producer.deauthorize_data_share, **AUTHORIZED),
        partial(consumer.associate_data_share_consumer, **ASSOCIATED),
        partial(consumer.disassociate_data_share_consumer, **ASSOCIATED),
        partial(consumer.reject_data_share, DataShareArn=SHARE),
    )
    for call in calls:
        code, text = refused(call)
        assert (code, text.endswith("because the ARN doesn't exist.")) == ("InvalidDataShareFault", True)


def test_only_whom_sql_granted_to_only_by_its_owner(producer: Any, consumer: Any, house: House) -> None:
    stranger = {"DataShareArn": SHARE, "ConsumerIdentifier": STRANGER}
    assert "isn't granted" in refused(lambda: producer.authorize_data_share(**stranger))[1]
    assert "isn't owned" in refused(lambda: consumer.authorize_data_share(**AUTHORIZED))[1]
    producer.authorize_data_share(**AUTHORIZED)
    elsewhere = CONSUMER_ARN.replace(CONSUMER, "00000000-0000-0000-0000-000000000000")
    code, _ = refused(lambda: consumer.associate_data_share_consumer(DataShareArn=SHARE, ConsumerArn=elsewhere))
    assert code == "InvalidNamespaceFault"
    house.world.warehouses.of_namespace(CONSUMER).encrypted = False
    assert "encrypted" in refused(lambda: consumer.associate_data_share_consumer(**ASSOCIATED))[1]


def test_each_side_lists_its_own(producer: Any, consumer: Any, cluster: Played, house: House) -> None:
    for name in ("a", "b"):
        share(house, cluster, name)
    producer.authorize_data_share(**AUTHORIZED)
    first = producer.describe_data_shares(MaxRecords=2)
    rest = producer.describe_data_shares(Marker=first["Marker"])
    assert len(first["DataShares"]) + len(rest["DataShares"]) == 3
    named = producer.describe_data_shares_for_producer(ProducerArn=cluster.arn, Status="AUTHORIZED")["DataShares"]
    assert [each["DataShareArn"] for each in named] == [SHARE]
    assert consumer.describe_data_shares_for_producer()["DataShares"] == []
    assert house.client("redshift", region="eu-central-1").describe_data_shares()["DataShares"] == []
    elsewhere = house.client("redshift", house.two, "eu-central-1")
    (seen,) = elsewhere.describe_data_shares_for_consumer(Status="AVAILABLE")["DataShares"]
    assert seen["DataShareArn"] == SHARE
    assert consumer.describe_data_shares_for_consumer(ConsumerArn=CONSUMER_ARN)["DataShares"] == []
    consumer.associate_data_share_consumer(**ASSOCIATED)
    assert len(consumer.describe_data_shares_for_consumer(ConsumerArn=CONSUMER_ARN)["DataShares"]) == 1
    assert len(consumer.describe_data_shares()["DataShares"]) == 1


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow("redshift:AuthorizeDataShare", SHARE), True),
        (allow("redshift:AuthorizeDataShare", SHARE.replace("/loans", "/other")), False),
        (allow("redshift:AuthorizeDataShare", StringEquals={"redshift:ConsumerIdentifier": TWO}), True),
        (allow("redshift:AuthorizeDataShare", StringEquals={"redshift:ConsumerIdentifier": STRANGER}), False),
        (allow("redshift:AuthorizeDataShare", BoolIfExists={"redshift:AllowWrites": "false"}), True),
    ],
)
def test_who_may_authorize(house: House, producer: Any, statement: dict[str, Any], allowed: bool) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/iam-policy.html"""
    del producer
    client = house.client("redshift", add_user(ONE, "pipeline", document(statement)))
    if allowed:
        client.authorize_data_share(**AUTHORIZED)
    else:
        assert refused(lambda: client.authorize_data_share(**AUTHORIZED))[0] == "AccessDenied"


def test_a_consumer_associates_by_its_own_policy(house: House, producer: Any) -> None:
    """The datashare is another account's, and has no policy of its own."""
    producer.authorize_data_share(**AUTHORIZED)
    mine = allow("redshift:AssociateDataShareConsumer", SHARE, ArnEquals={"redshift:ConsumerArn": CONSUMER_ARN})
    other = allow("redshift:AssociateDataShareConsumer", SHARE, ArnEquals={"redshift:ConsumerArn": CONSUMER_ARN + "0"})
    unable, able = (add_user(TWO, name, document(each)) for name, each in (("unable", other), ("able", mine)))
    refused(lambda: house.client("redshift", unable).associate_data_share_consumer(**ASSOCIATED))
    house.client("redshift", able).associate_data_share_consumer(**ASSOCIATED)


class TestCredentials:
    """https://docs.aws.amazon.com/redshift/latest/mgmt/generating-iam-credentials-role-permissions.html"""

    @pytest.mark.parametrize(
        ("statements", "asked", "allowed"),
        [
            ((allow("redshift:GetClusterCredentials", [DBUSER, DBNAME]),), {"DbName": "dev"}, True),
            ((allow("redshift:GetClusterCredentials", DBUSER),), {"DbName": "dev"}, False),
            ((allow("redshift:GetClusterCredentials", DBUSER),), {}, True),
            ((allow("redshift:GetClusterCredentials", DBNAME),), {"DbName": "dev"}, False),
            ((allow("redshift:GetClusterCredentials", StringEquals={"redshift:DbUser": "anna"}),), {}, True),
            (
                (allow("redshift:GetClusterCredentials", StringEquals={"redshift:DbName": "x"}),),
                {"DbName": "dev"},
                False,
            ),
        ],
    )
    @pytest.mark.usefixtures("cluster")
    def test_as_a_user(self, house: House, statements: Any, asked: dict[str, str], allowed: bool) -> None:
        client = house.client("redshift", add_user(ONE, "caller", document(*statements)))
        house.world.set_now(NOON)

        def ask() -> dict[str, Any]:
            answer: dict[str, Any] = client.get_cluster_credentials(ClusterIdentifier=CLUSTER, DbUser="anna", **asked)
            return answer

        if allowed:
            assert (ask()["DbUser"], ask()["Expiration"]) == ("IAM:anna", NOON + timedelta(seconds=900))
        else:
            assert refused(ask)[0] == "AccessDenied"

    @pytest.mark.usefixtures("cluster")
    def test_a_user_is_not_made_nor_a_group_joined(self, house: House) -> None:
        policy = document(allow("redshift:GetClusterCredentials"))
        limited, free = (house.client("redshift", add_user(ONE, *each)) for each in (("limited", policy), ("free",)))
        for more, action in (({"AutoCreate": True}, "CreateClusterUser"), ({"DbGroups": ["g"]}, "JoinGroup")):
            asked = {"ClusterIdentifier": CLUSTER, "DbUser": "anna", **more}
            code, text = refused(partial(limited.get_cluster_credentials, **asked))
            assert (code, f"redshift:{action}" in text) == ("AccessDenied", True)
            assert refused(partial(free.get_cluster_credentials, **asked))[0] == "Refused"
            assert house.refusals()

    @pytest.mark.usefixtures("cluster")
    def test_as_an_identity(self, house: House) -> None:
        able = add_user(ONE, "able", document(allow("redshift:GetClusterCredentialsWithIAM", DBNAME)))
        client = house.client("redshift", able)
        told = client.get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER, DbName="dev")
        assert told["DbUser"] == "IAM:able"
        code, _ = refused(lambda: client.get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER, DbName="other"))
        assert code == "AccessDenied", "IAM decides first"
        code, _ = refused(lambda: client.get_cluster_credentials_with_iam(ClusterIdentifier="none", DbName="dev"))
        assert code == "ClusterNotFound"

    def test_serverless_by_its_workgroup(self, house: House) -> None:
        build(house)
        workgroup = f"arn:aws:redshift-serverless:{REGION}:{TWO}:workgroup/{WORKGROUP_ID}"
        role = house.role("reader", f"arn:aws:iam::{ONE}:root", allow("redshift-serverless:GetCredentials", workgroup))
        client = house.client("redshift-serverless", house.assume(role))
        assert client.get_credentials(workgroupName=WORKGROUP, dbName="dev")["dbUser"] == "IAMR:reader"
        closed = house.role(
            "closed", f"arn:aws:iam::{ONE}:root", allow("redshift-serverless:GetCredentials", workgroup + "0")
        )
        client = house.client("redshift-serverless", house.assume(closed))
        assert refused(lambda: client.get_credentials(workgroupName=WORKGROUP))[0] == "AccessDeniedException"
        assert refused(lambda: client.get_credentials(workgroupName="none"))[0] == "ResourceNotFoundException"

    @pytest.mark.usefixtures("cluster")
    def test_database_roles_are_for_serverless(self, house: House) -> None:
        one = House(house.world, house.server, house.two, house.one)
        trust = trusting(f"arn:aws:iam::{TWO}:root", ["sts:AssumeRole", "sts:TagSession"])
        role = one.role("reader", trust, EVERYTHING)
        session = one.assume(role, Tags=[{"Key": "RedshiftDbRoles", "Value": "mw_reader"}])
        client = house.client("redshift", session)
        code, _ = refused(lambda: client.get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER))
        assert code == "Refused"
        assert house.refusals() == ["redshift:GetClusterCredentialsWithIAM: the tag RedshiftDbRoles in a cluster"]
        closed = one.role("closed", trust, allow("redshift:GetClusterCredentials"))
        session = one.assume(closed, Tags=[{"Key": "RedshiftDbRoles", "Value": "mw_reader"}])
        client = house.client("redshift", session)
        code, _ = refused(lambda: client.get_cluster_credentials_with_iam(ClusterIdentifier=CLUSTER))
        assert code == "AccessDenied"


def test_what_stands(house: House, cluster: Played) -> None:
    (told,) = house.client("redshift").describe_clusters()["Clusters"]
    assert (told["ClusterIdentifier"], told["ClusterNamespaceArn"], told["Encrypted"]) == (CLUSTER, cluster.arn, True)
    assert house.client("redshift").describe_clusters(ClusterIdentifier=CLUSTER)["Clusters"] == [told]
    assert refused(lambda: house.client("redshift").describe_clusters(ClusterIdentifier="none"))[0] == (
        "ClusterNotFound"
    )
    serverless = house.client("redshift-serverless", house.two)
    assert serverless.get_workgroup(workgroupName=WORKGROUP)["workgroup"]["workgroupId"] == WORKGROUP_ID
    assert serverless.get_namespace(namespaceName=WORKGROUP)["namespace"]["namespaceArn"] == CONSUMER_ARN
    assert refused(lambda: serverless.get_namespace(namespaceName="none"))[0] == "ResourceNotFoundException"


def test_what_is_not_emulated_is_refused(house: House, producer: Any, consumer: Any) -> None:
    asked = (
        partial(producer.authorize_data_share, AllowWrites=True, **AUTHORIZED),
        partial(consumer.associate_data_share_consumer, DataShareArn=SHARE, AssociateEntireAccount=True),
        partial(producer.get_cluster_credentials, ClusterIdentifier=CLUSTER, DbUser="anna", DurationSeconds=60),
    )
    for ask in asked:
        assert refused(ask)[0] == "Refused"
        assert house.refusals()
