"""Amazon Redshift's own API: what stands, datashares between accounts, credentials.

https://docs.aws.amazon.com/redshift/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.emulator import iam
from tests.emulator.call import Call
from tests.emulator.errors import AwsError, Refused
from tests.emulator.front import operation
from tests.emulator.paging import page
from tests.emulator.redshift.catalogue import ADMIN, Association, Datashare, Namespace
from tests.emulator.redshift.outcome import ShareError, Why
from tests.emulator.redshift_sign_in import SignIn, as_identity, as_user
from tests.emulator.world import World

LARGEST_PAGE = 100
SHORTEST, LONGEST = 900, 3600
_VISIBLE = ("AUTHORIZED", "ACTIVE")
_WORDS = {
    Why.NO_SHARE: "The datashare {arn} can't be found because the ARN doesn't exist.",
    Why.NOT_OWNER: "The datashare {arn} isn't owned by this account.",
    Why.NOT_GRANTED: "The datashare {arn} isn't granted to this data consumer.",
    Why.NOT_AUTHORIZED: "The datashare {arn} either doesn't exist or isn't associated with this data consumer.",
    Why.NOT_ASSOCIATED: "The datashare {arn} either doesn't exist or isn't associated with this data consumer.",
    Why.NOT_ENCRYPTED: "The datashare {arn} can't be shared across accounts with a namespace that isn't encrypted.",
    Why.NO_NAMESPACE: "The namespace isn't valid.",
}
"""Terraform's provider looks for what stands after `can't be found`, `either`, and for _DEAUTHORIZED; the other words
are not AWS's."""
_DEAUTHORIZED = "You can't do this because you have already removed authorization from the data share."


@operation("redshift", "DescribeClusters")
def describe_clusters(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusters.html"""
    name = call.params.get("ClusterIdentifier")
    if name is not None:
        return {"Clusters": [_cluster(cluster_named(world, call, str(name)))]}
    held = world.warehouses.namespaces.values()
    mine = [each for each in held if (each.account, each.region, each.kind) == (call.account, call.region, "cluster")]
    return _page([_cluster(each) for each in sorted(mine, key=lambda each: each.compute)], call, "Clusters")


def cluster_named(world: World, call: Call, name: str) -> Namespace:
    try:
        return world.warehouses.of_compute(call.account, call.region, "cluster", name)
    except KeyError:
        raise AwsError("ClusterNotFound", f"Cluster {name} not found.", 404) from None


@operation("redshift", "AuthorizeDataShare", "DeauthorizeDataShare")
def authorize_data_share(world: World, call: Call) -> dict[str, Any]:
    """By the producer: https://docs.aws.amazon.com/redshift/latest/APIReference/API_AuthorizeDataShare.html"""
    _read_only(call)
    arn, consumer = str(call.params["DataShareArn"]), str(call.params["ConsumerIdentifier"])
    held = world.warehouses
    change = held.authorize if call.operation == "AuthorizeDataShare" else held.deauthorize
    try:
        share = change(arn, by=call.account, consumer=consumer)
    except ShareError as error:
        if error.why is Why.NOT_AUTHORIZED:
            raise AwsError("InvalidDataShareFault", _DEAUTHORIZED) from None
        raise _fault(error) from None
    return _shown(world, call, share)


@operation("redshift", "AssociateDataShareConsumer", "DisassociateDataShareConsumer")
def associate_data_share_consumer(world: World, call: Call) -> dict[str, Any]:
    """By the consumer, with one of its namespaces.

    https://docs.aws.amazon.com/redshift/latest/APIReference/API_AssociateDataShareConsumer.html
    """
    _read_only(call)
    if "ConsumerArn" not in call.params:
        raise Refused(f"{call} with a region or a whole account")
    if call.operation == "AssociateDataShareConsumer":
        change = world.warehouses.associate
    else:
        change = world.warehouses.disassociate
    try:
        share = change(str(call.params["DataShareArn"]), by=call.account, namespace_arn=str(call.params["ConsumerArn"]))
    except ShareError as error:
        raise _fault(error) from None
    return _shown(world, call, share)


@operation("redshift", "RejectDataShare")
def reject_data_share(world: World, call: Call) -> dict[str, Any]:
    """By the consumer: https://docs.aws.amazon.com/redshift/latest/APIReference/API_RejectDataShare.html"""
    try:
        return _shown(world, call, world.warehouses.reject(str(call.params["DataShareArn"]), by=call.account))
    except ShareError as error:
        raise _fault(error) from None


@operation("redshift", "DescribeDataShares")
def describe_data_shares(world: World, call: Call) -> dict[str, Any]:
    """Those of the account in the region, and those that others let it have, from any region."""
    arn = call.params.get("DataShareArn")
    mine = [*_produced(world, call), *_consumed(world, call)]
    if arn is not None:
        if arn not in world.warehouses.shares:
            raise _fault(ShareError(Why.NO_SHARE, str(arn)))
        mine = [share for share in mine if share.arn == arn]
        if not mine:
            raise _fault(ShareError(Why.NOT_ASSOCIATED, str(arn)))
    return _page([_shown(world, call, share) for share in mine], call, "DataShares")


@operation("redshift", "DescribeDataSharesForProducer")
def describe_data_shares_for_producer(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeDataSharesForProducer.html"""
    arn, status = call.params.get("ProducerArn"), call.params.get("Status")
    found = [
        _shown(world, call, share)
        for share in _produced(world, call)
        if arn in (None, world.warehouses.of_namespace(share.namespace).arn)
        and (status is None or any(held.status == status for held in share.associations.values()))
    ]
    return _page(found, call, "DataShares")


@operation("redshift", "DescribeDataSharesForConsumer")
def describe_data_shares_for_consumer(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeDataSharesForConsumer.html"""
    arn, status = call.params.get("ConsumerArn"), call.params.get("Status")
    found = [
        _shown(world, call, share)
        for share in _consumed(world, call)
        if (arn is None or arn in share.associations[call.account].namespaces)
        and status in (None, share.associations[call.account].as_consumer_sees())
    ]
    return _page(found, call, "DataShares")


@operation("redshift", "GetClusterCredentials")
def get_cluster_credentials(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html"""
    params = call.params
    namespace = cluster_named(world, call, str(params.get("ClusterIdentifier")))
    signed = as_user(world, call, namespace, str(params["DbUser"]), params.get("DbName"))
    arn = f"arn:aws:redshift:{namespace.region}:{namespace.account}:dbuser:{namespace.compute}/{params['DbUser']}"
    if params.get("AutoCreate"):
        iam.authorize(world, call, "redshift:CreateClusterUser", arn)
        raise Refused(f"{call} with AutoCreate")
    for group in params.get("DbGroups") or ():
        joined = arn.replace(":dbuser:", ":dbgroup:").rpartition("/")[0]
        iam.authorize(world, call, "redshift:JoinGroup", f"{joined}/{group}")
        raise Refused(f"{call} with DbGroups")
    return credentials(world, SignIn(f"IAM:{signed.user}"), int(params.get("DurationSeconds") or SHORTEST))


@operation("redshift", "GetClusterCredentialsWithIAM")
def get_cluster_credentials_with_iam(world: World, call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentialsWithIAM.html"""
    namespace = cluster_named(world, call, str(call.params.get("ClusterIdentifier")))
    signed = as_identity(world, call, namespace, call.params.get("DbName"))
    given = credentials(world, signed, int(call.params.get("DurationSeconds") or SHORTEST))
    return given | {"NextRefreshTime": given["Expiration"]}


def credentials(world: World, signed: SignIn, seconds: int) -> dict[str, Any]:
    """With a password that opens nothing here: statements run through the Data API."""
    if not SHORTEST <= seconds <= LONGEST:
        raise Refused(f"credentials of a database for {seconds} seconds")
    return {
        "DbUser": signed.user,
        "DbPassword": f"{world.random.getrandbits(128):032x}",
        "Expiration": world.now() + timedelta(seconds=seconds),
    }


def _read_only(call: Call) -> None:
    if call.params.get("AllowWrites"):
        raise Refused(f"{call} with AllowWrites")


def _fault(error: ShareError) -> AwsError:
    code = "InvalidNamespaceFault" if error.why is Why.NO_NAMESPACE else "InvalidDataShareFault"
    return AwsError(code, _WORDS[error.why].format(arn=error.arn))


def _produced(world: World, call: Call) -> Iterator[Datashare]:
    for arn, share in sorted(world.warehouses.shares.items()):
        if share.account == call.account and arn.split(":")[3] == call.region:
            yield share


def _consumed(world: World, call: Call) -> Iterator[Datashare]:
    """Neither what waits for its producer nor what was rejected is told to the consumer:
    https://docs.aws.amazon.com/redshift/latest/dg/manage-datashare-other-console.html"""
    for _, share in sorted(world.warehouses.shares.items()):
        held = share.associations.get(call.account)
        if share.account != call.account and held is not None and held.status in _VISIBLE:
            yield share


def _shown(world: World, call: Call, share: Datashare) -> dict[str, Any]:
    """https://docs.aws.amazon.com/redshift/latest/APIReference/API_DataShare.html"""
    return {
        "DataShareArn": share.arn,
        "ProducerArn": world.warehouses.of_namespace(share.namespace).arn,
        "AllowPubliclyAccessibleConsumers": share.public,
        "DataShareAssociations": [
            shown
            for account, held in sorted(share.associations.items())
            if call.account in (account, share.account)
            for shown in _associations(held, held.status if call.account == share.account else held.as_consumer_sees())
        ],
        "DataShareType": "INTERNAL",
    }


def _associations(held: Association, status: str) -> Iterator[dict[str, Any]]:
    """The account's own, and one for each of its namespaces."""
    since = {"ProducerAllowedWrites": False, "ConsumerAcceptedWrites": False}
    yield since | {
        "ConsumerIdentifier": held.account,
        "Status": status,
        "CreatedDate": held.created,
        "StatusChangeDate": held.changed,
    }
    for arn, moment in sorted(held.namespaces.items()):
        yield since | {
            "ConsumerIdentifier": arn,
            "ConsumerRegion": arn.split(":")[3],
            "Status": "ACTIVE",
            "CreatedDate": moment,
            "StatusChangeDate": moment,
        }


def _cluster(namespace: Namespace) -> dict[str, Any]:
    return {
        "ClusterIdentifier": namespace.compute,
        "ClusterStatus": "available",
        "ClusterAvailabilityStatus": "Available",
        "MasterUsername": ADMIN,
        "DBName": namespace.database,
        "Encrypted": namespace.encrypted,
        "PubliclyAccessible": False,
        "ClusterNamespaceArn": namespace.arn,
    }


def _page(items: list[dict[str, Any]], call: Call, key: str) -> dict[str, Any]:
    params = {"NextToken": call.params.get("Marker"), "MaxResults": call.params.get("MaxRecords")}
    answer = page(items, params, key, LARGEST_PAGE)
    return {name if name != "NextToken" else "Marker": value for name, value in answer.items()}
